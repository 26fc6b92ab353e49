"""A next policy, signed by the roots of both versions, one medium after another; the draft keeps what there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli.main import CommandError
from civicroot_cli.policy import draft, signatures
from civicroot_cli.policy.signatures import Standing
from civicroot_wire import policy as policies
from civicroot_wire import sodium
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from civicroot_backend.ceremony.errors import SameMedium, TooFewRoots
from civicroot_backend.ceremony.medium import Medium
from civicroot_backend.ceremony.secret_source import Console


@dataclass(frozen=True)
class Signing:
    """A draft on its way: `path` is rewritten after every signature. `previous` is None for version 1 only."""

    path: Path
    policy: Policy
    previous: Policy | None

    @property
    def roots(self) -> list[bytes]:
        """Everybody whose signature counts, each once."""
        before = [] if self.previous is None else self.previous.roots
        return list(dict.fromkeys(self.policy.roots + before))

    def standings(self) -> list[Standing]:
        """How far the policy's own roots are, then those before it."""
        found = [signatures.standing(self.policy, self.policy.roots, self.policy.threshold)]
        if self.previous is not None:
            found.append(signatures.standing(self.policy, self.previous.roots, self.previous.threshold))
        return found

    @property
    def complete(self) -> bool:
        """Whether both versions' roots signed it by their thresholds."""
        return all(standing.enough for standing in self.standings())


def begin(path: Path, previous: Path | None) -> Signing:
    """Read a draft, signed in part or not at all. CommandError unless it follows `previous`, which holds itself."""
    policy = draft.read(path)
    before = None if previous is None else _held(previous)
    if before is None and policy.version > 1:
        raise TooFewRoots(
            f"version {policy.version} needs the roots of version {policy.version - 1} too: give it with --previous"
        )
    if before is not None and (policy.realm, policy.version) != (before.realm, before.version + 1):
        raise CommandError(
            f"{path} is version {policy.version} of {policy.realm}; it does not follow version {before.version} of "
            f"{before.realm}"
        )
    signing = Signing(path, policy, before)
    signatures.refuse_wrong(policy, signing.roots)
    return signing


def _held(path: Path) -> Policy:
    found = draft.read(path)
    try:
        return policies.verify(found, sodium.verify)
    except WireError as error:
        raise CommandError(f"{path} does not hold: {error}") from error


def collect(signing: Signing, media: Sequence[Medium], console: Console) -> Iterator[Signing]:
    """The draft after each medium's signature. Whatever it raises, the signatures before are in the file.

    Raises SameMedium, WrongMedium, WrongPassphrase and as the media do.
    """
    seen: set[str] = set()
    for medium in media:
        console.ready(f"put in {medium}")
        known = medium.peek(signing.roots)
        if known is not None and known in _signed(signing):
            console.say(f"{medium}: its root has signed already")
            _once(medium.identity(), seen, medium)
            continue
        with medium.opened(signing.roots, console) as key:
            _once(key.identity, seen, medium)
            made = policies.sign(signing.policy.model, [(key.public, key.sign)])
        combined = signatures.combine([Policy(signing.policy.model, _others(signing.policy, made)), made])
        signatures.refuse_wrong(combined, signing.roots)
        draft.write(signing.path, combined)
        signing = Signing(signing.path, combined, signing.previous)
        yield signing


def _once(identity: str, seen: set[str], medium: Medium) -> None:
    if identity in seen:
        raise SameMedium(f"{medium} was shown already; every root signs from its own")
    seen.add(identity)


def _signed(signing: Signing) -> set[bytes]:
    return {public for public in signing.roots if signatures.standing(signing.policy, [public], 1).signed}


def _others(policy: Policy, made: Policy) -> dict[bytes, bytes]:
    """All signatures but the new one's: a token may sign the same twice, in another way."""
    return {kid: signature for kid, signature in policy.signatures.items() if kid not in made.signatures}
