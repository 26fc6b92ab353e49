"""Whether the keys of a city are where they should be, can be opened, and are those that the policy trusts."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from civicroot_cli import files, keyfile
from civicroot_cli.main import CommandError
from civicroot_cli.policy.check import FAILED, HELD, NOT_CHECKED, Found
from civicroot_wire import enrolment, sodium
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy, TrustedKey
from civicroot_wire.tile import MAX_ENTRY_BYTES

from civicroot_backend.ceremony.errors import CeremonyError
from civicroot_backend.ceremony.medium import Medium
from civicroot_backend.ceremony.secret_source import Console

CHALLENGE_BYTES = 32
_CONTEXT = b"civicroot/medium-check/v1\x00"  # nothing that anybody could take for a signed thing of this city


def roots(policy: Policy, media: Sequence[Medium], console: Console) -> Iterator[Found]:
    """Each medium: it can be read, opened and signed with, and its key is a root of the policy, each on its own."""
    seen: dict[bytes, str] = {}
    identities: dict[str, str] = {}
    for medium in media:
        console.ready(f"put in {medium}")
        try:
            with medium.opened(policy.roots, console) as key:
                challenge = _CONTEXT + os.urandom(CHALLENGE_BYTES)
                sodium.verify(key.public, challenge, key.sign(challenge))
        except (CeremonyError, WireError) as error:
            yield Found("root", FAILED, f"{medium}: {error}")
            continue
        if key.identity in identities:
            yield Found("root", FAILED, f"same-medium: {medium} is {identities[key.identity]}")
        elif key.public in seen:
            yield Found("root", HELD, f"{medium} is a copy of {key.name} ({key.kid.hex()}) on {seen[key.public]}")
        else:
            yield Found("root", HELD, f"{medium} holds root {key.name} ({key.kid.hex()}), opens and signs")
        seen.setdefault(key.public, str(medium))
        identities.setdefault(key.identity, str(medium))
    yield _count(policy, len(seen))


def _count(policy: Policy, shown: int) -> Found:
    says = f"{shown} of {len(policy.roots)} roots were shown, {policy.threshold} are needed to sign"
    if shown < policy.threshold:
        return Found("threshold", FAILED, f"too-few-roots: {says}")
    return Found("threshold", HELD if shown == len(policy.roots) else NOT_CHECKED, says)


def working_key(policy: Policy, path: Path) -> Found:
    """A key file: it can be read, and the policy, or an enrolment beside it, says what it is."""
    try:
        public = keyfile.load(path).public
    except CommandError as error:
        return Found("key", FAILED, str(error))
    for what, listed in (("log", policy.logs), ("registrar", policy.registrars)):
        for trusted in listed:
            if trusted.public == public:
                return Found("key", HELD, f"{path} is the {what} key {trusted.name}, {_span(trusted)}")
    for candidate in sorted(path.parent.glob("*.enrolment")):
        with suppress(WireError):
            found = enrolment.decode(files.read(candidate, MAX_ENTRY_BYTES))
            if found.public == public:
                return _enrolled(policy, path, candidate, found)
    return Found("key", FAILED, f"{path}: neither the policy nor an enrolment beside it knows this key")


def _enrolled(policy: Policy, path: Path, candidate: Path, found: enrolment.Enrolment) -> Found:
    known = {trusted.kid: trusted.public for trusted in policy.registrars}
    try:
        if found.registrar_kid not in known:
            raise CommandError("by a registrar that the policy does not know")
        enrolment.verify(found, policy.realm, known[found.registrar_kid], sodium.verify)
    except (WireError, CommandError) as error:
        return Found("key", FAILED, f"{path}: {candidate} does not hold: {error}")
    return Found("key", HELD, f"{path} is {found.subject}, enrolled as {found.role}")


def _span(trusted: TrustedKey) -> str:
    return f"from index {trusted.first}" + ("" if trusted.last is None else f" to {trusted.last}")
