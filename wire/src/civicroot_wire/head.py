"""Head: a checkpoint that the trust policy vouches for, with what its witnesses said (SPEC.md §5, §6)."""

from . import checkpoint, cosignature, note
from .errors import SignatureError, TrustError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .policy import Policy, TrustedKey


class Head:
    """A verified `checkpoint`, its `note`, and `cosigned`: (witness name, Unix seconds) of each known witness."""

    __slots__ = ("checkpoint", "cosigned", "note")

    def __init__(self, found: checkpoint.Checkpoint, signed: note.Note, cosigned: "list[tuple[str, int]]") -> None:
        self.checkpoint = found
        self.note = signed
        self.cosigned = cosigned

    def seen_by(self, quorum: int) -> "int | None":
        """Unix seconds by which the tree was seen, if fewer than `quorum` witnesses lie; None if too few cosigned.

        Among any `quorum` witnesses one is honest, so the latest of the `quorum` earliest times is late enough.
        """
        if not 0 < quorum <= len(self.cosigned):
            return None
        return sorted([time for _, time in self.cosigned])[quorum - 1]

    def signed_after(self, quorum: int) -> "int | None":
        """Unix seconds before which the cosigned head did not exist as it is; None if too few cosigned.

        Nobody knew the cosignatures before the last witness signed, so before the earliest of their times.
        """
        if not 0 < quorum <= len(self.cosigned):
            return None
        return min([time for _, time in self.cosigned])

    def witnesses(self) -> str:
        """Who saw it, for people."""
        return ", ".join([name for name, _ in self.cosigned])


def verify(text: "str | bytes", policy: "Policy", verifier: "Verify", strict: bool = False) -> Head:
    """Return the head if a log key of the policy signed it; cosignatures are verified, their number is not judged.

    Lines of unknown keys are ignored as signed-note asks, or refused if `strict`, as in a proof bundle. A known
    witness's line that does not verify is always refused.
    """
    # 1. Text and body are well-formed.
    signed = note.parse(text)
    found = checkpoint.parse_body(signed.body)
    at = max(found.size - 1, 0)
    # 2. The log that the policy trusts at this size signed it: no other log, no edited head.
    log = _log(policy, found.origin, at)
    note.verify(signed, log, verifier)
    return Head(found, signed, cosigned_by(signed, policy, at, verifier, strict, log))


def cosigned_by(
    signed: note.Note,
    policy: "Policy",
    at: int,
    verifier: "Verify",
    strict: bool,
    log: "note.VerifierKey | None" = None,
) -> "list[tuple[str, int]]":
    """(name, Unix seconds) of each witness that the policy knows at index `at`; lines by `log` are its own affair."""
    witnesses = keys_at(policy.witnesses, at)
    cosigned = []
    for line in signed.lines:
        witness = [key for key in witnesses if line.is_by(key)]
        # 1. Every cosignature of a known witness verifies.
        if witness:
            cosigned.append((line.name, cosignature.verify(signed.body, line, witness[0], verifier)))
        elif strict and (log is None or not line.is_by(log)):
            raise TrustError("untrusted", "signature line by unknown key " + line.name)
    # 2. No witness counts twice.
    if len({name for name, _ in cosigned}) != len(cosigned):
        raise SignatureError("not-deterministic", "a witness signed twice")
    return cosigned


def _log(policy: "Policy", origin: str, at: int) -> note.VerifierKey:
    for key in keys_at(policy.logs, at):
        if key.name == origin:
            return key
    raise TrustError("untrusted", "log %s at index %d" % (origin, at))


def keys_at(trusted: "list[TrustedKey]", at: int) -> "list[note.VerifierKey]":
    """The note keys that are trusted at log index `at`."""
    return [item.key for item in trusted if item.key is not None and item.covers(at)]
