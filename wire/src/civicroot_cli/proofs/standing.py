"""Which keys are withdrawn, found in the public log: the newest status list, and the revocations that it needs."""

from civicroot_wire import entry, keys, revocation, sodium, status_list
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy
from civicroot_wire.revocation import Revocation
from civicroot_wire.status_list import StatusList

from ..inflating import inflate
from ..main import CommandError
from ..public_log import PublicLog

Found = tuple[int, bytes]  # log index and exact bytes of an entry


def newest_list(log: PublicLog, policy: Policy, uri: str, first: int) -> tuple[Found, StatusList] | None:
    """The newest list at `uri` that a registrar of the policy signed and that is logged at or after `first`."""
    name = uri.encode()
    for index, data in log.entries(first, log.size, backwards=True):
        if name not in data:
            continue
        try:
            if entry.kind_of(data) != entry.STATUS_LIST:
                continue
            listed = status_list.decode(data)
            if listed.uri != uri or listed.message is None:
                continue
            registrar = policy.registrar(listed.message.kid, index)
            status_list.verify(listed, policy.realm, registrar.public, sodium.verify)
        except WireError:
            continue  # not one that the policy covers; the next older may be
        return (index, data), listed
    return None


def is_revoked(listed: StatusList, who: Enrolment) -> bool:
    """Whether the list says that the key is withdrawn. CommandError if the list does not have its bit."""
    if who.status is None or who.status[1] != listed.uri:
        raise CommandError(f"{who.subject} is not in the list {listed.uri}")
    try:
        bits = inflate(listed.compressed, status_list.MAX_KEYS // 8)
        return status_list.is_set(bits, who.status[0])
    except ValueError as error:
        raise CommandError(f"the newest status list {listed.uri} says nothing of {who.subject}: {error}") from error


def first_revocation(log: PublicLog, policy: Policy, who: Enrolment, first: int, end: int) -> Found | None:
    """The first revocation of the key from index `first` to before `end`: the one that counts."""
    thumbprint = keys.thumbprint(who.public)
    for index, data in log.entries(first, end):
        if thumbprint not in data:
            continue
        try:
            if entry.kind_of(data) != entry.REVOCATION:
                continue
            found = revocation.decode(data)
            if _is_of(found, thumbprint, policy, index):
                return index, data
        except WireError:
            continue
    return None


def _is_of(found: Revocation, thumbprint: bytes, policy: Policy, index: int) -> bool:
    if found.thumbprint != thumbprint or found.message is None:
        return False
    registrar = policy.registrar(found.message.kid, index)
    revocation.verify(found, policy.realm, registrar.public, sodium.verify)
    return True
