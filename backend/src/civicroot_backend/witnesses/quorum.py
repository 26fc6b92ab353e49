"""Whose cosignatures count, and how many are needed, as the trust policy says (wire specification §5.3, §6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from civicroot_wire import cosignature, note
from civicroot_wire.errors import WireError
from civicroot_wire.note import SignatureLine, VerifierKey
from civicroot_wire.policy import Policy, TrustedKey
from civicroot_wire.sodium import verify

TIME_BYTES = 8  # of a cosignature, before the signature


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified line by the witness `name`, which says that it signed at `time` (Unix seconds)."""

    name: str
    time: int
    line: SignatureLine


class Quorum:
    """`needed` of the `trusted` witnesses; a key counts for a checkpoint of size n if it covers index n−1."""

    def __init__(self, trusted: Sequence[TrustedKey], needed: int) -> None:
        self._trusted = list(trusted)
        self.needed = needed

    @classmethod
    def of_policy(cls, policy: Policy) -> "Quorum":
        """The policy's."""
        return cls(policy.witnesses, policy.quorum)

    @property
    def names(self) -> set[str]:
        """Every witness that the policy knows, now or at other sizes."""
        return {item.name for item in self._trusted}

    def key_of(self, name: str, size: int) -> VerifierKey | None:
        """The key of a witness for checkpoints of `size`; None if it has none."""
        for item in self._trusted:
            if item.name == name and item.covers(max(size - 1, 0)):
                return item.key
        return None

    def keys_at(self, size: int) -> list[VerifierKey]:
        """The keys that count for checkpoints of `size`."""
        return [item.key for item in self._trusted if item.key is not None and item.covers(max(size - 1, 0))]

    def counted(self, text: str, size: int) -> tuple[Cosignature, ...]:
        """The cosignatures in the note of a checkpoint of `size` that count, by name. Raises WireError."""
        signed = note.parse(text)
        found: dict[str, Cosignature] = {}
        for line in signed.lines:
            for key in self.keys_at(size):
                if not line.is_by(key):
                    continue
                try:
                    time = cosignature.verify(signed.body, line, key, verify)
                except WireError:
                    continue  # it counts for nobody
                found[key.name] = Cosignature(key.name, time, line)
        return tuple(found[name] for name in sorted(found))


def cosigned_note(own: str, cosignatures: Sequence[Cosignature]) -> str:
    """A checkpoint's note with the log's `own` signature first, then the cosignatures by name."""
    lines = sorted(cosignatures, key=lambda item: item.name)
    return note.render(note.Note(note.parse(own).body, note.parse(own).lines + [item.line for item in lines]))


def said_in(content: bytes | None, origin: str) -> list[tuple[str, int]]:
    """(witness, Unix seconds) of the cosignatures in a note that was recorded, which were verified then, by name."""
    if content is None:
        return []
    lines = [line for line in note.parse(content).lines if line.name != origin]
    return sorted((line.name, int.from_bytes(line.signature[:TIME_BYTES], "big")) for line in lines)
