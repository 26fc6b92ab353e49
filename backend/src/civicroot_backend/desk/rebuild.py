"""The register again, from the public log: every enrolment and revocation in it, verified."""

from collections.abc import Iterator

from civicroot_cli.public_log import PublicLog
from civicroot_wire import enrolment, entry, keys, revocation, sodium
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from civicroot_backend.desk.register import Key, Register


def from_log(log: PublicLog, policy: Policy, registrars: set[bytes], uris: set[str]) -> list[Key]:
    """The keys that one of `registrars` (kids) enrolled last, or that a list of `uris` covers. CommandError."""
    newest: dict[bytes, tuple[int, Enrolment]] = {}
    withdrawn: dict[bytes, tuple[int, int]] = {}
    for index, data in log.entries(0, log.size):
        try:
            kind = entry.kind_of(data)
            if kind == entry.ENROLMENT:
                _enrolled(newest, withdrawn, index, _verified(policy, index, data))
            elif kind == entry.REVOCATION:
                _revoked(newest, withdrawn, index, policy, data)
        except WireError:
            continue  # the policy does not cover it, so nobody who follows it counts it; an audit names it
    return [
        _key(index, found, withdrawn.get(found.kid))
        for index, found in newest.values()
        if found.registrar_kid in registrars or (found.status is not None and found.status[1] in uris)
    ]


def _verified(policy: Policy, index: int, data: bytes) -> Enrolment:
    found = enrolment.decode(data)
    registrar = policy.registrar(found.registrar_kid, index)
    return enrolment.verify(found, policy.realm, registrar.public, sodium.verify)


def _enrolled(
    newest: dict[bytes, tuple[int, Enrolment]], withdrawn: dict[bytes, tuple[int, int]], index: int, found: Enrolment
) -> None:
    before = newest.get(found.kid)
    if before is not None and (before[1].public != found.public or found.kid in withdrawn):
        return  # another key under this kid, or one that was revoked: neither counts
    newest[found.kid] = index, found


def _revoked(
    newest: dict[bytes, tuple[int, Enrolment]],
    withdrawn: dict[bytes, tuple[int, int]],
    index: int,
    policy: Policy,
    data: bytes,
) -> None:
    found = revocation.decode(data)
    if found.message is None:
        return
    registrar = policy.registrar(found.message.kid, index)
    revocation.verify(found, policy.realm, registrar.public, sodium.verify)
    kid = found.thumbprint[: keys.KID_BYTES]
    if kid in newest and keys.thumbprint(newest[kid][1].public) == found.thumbprint:
        withdrawn.setdefault(kid, (index, found.reason))  # the first one counts


def _key(index: int, found: Enrolment, withdrawn: tuple[int, int] | None) -> Key:
    status_index, uri = found.status or (None, None)
    revoked, reason = withdrawn or (None, None)
    return Key(found.kid, found.public, found.subject, found.role, uri, status_index, index, revoked, reason)


def differences(register: Register, logged: list[Key]) -> Iterator[str]:
    """What the register says otherwise than the log, line by line; what is pending may be either way."""
    mine = {key.kid: key for key in register.all_keys()}
    waiting = {pending.kid for pending in register.pending()}
    for key in logged:
        if mine.get(key.kid) != key and key.kid not in waiting:
            yield f"{key.subject} ({key.kid.hex()}): the log says {_says(key)}, the register {_says(mine.get(key.kid))}"
    known = {key.kid for key in logged}
    for key in mine.values():
        if key.kid not in known and key.enrolled is not None:
            yield f"{key.subject} ({key.kid.hex()}): the log has no such enrolment, the register says {_says(key)}"


def _says(key: Key | None) -> str:
    if key is None:
        return "nothing"
    end = "valid" if key.revoked is None else f"revoked by entry {key.revoked}"
    return f"{key.subject} enrolled by entry {key.enrolled}, status index {key.status_index}, {end}"
