"""Checking a policy: its own roots' signatures, the hand-over by the version before, and its place in the log."""

from collections.abc import Iterator
from dataclasses import dataclass

from civicroot_wire import policy as policies
from civicroot_wire import sodium
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from ..public_log import PublicLog
from . import coverage
from .signatures import standing, strangers

HELD, FAILED, NOT_CHECKED = "held", "failed", "not-checked"
_POLICY_PREFIX = bytes([0xD8, policies.SIGN_TAG])  # the head of CBOR tag 98: no other entry begins so


@dataclass(frozen=True)
class Found:
    """One thing that was looked at: `check` names it, `status` is HELD, FAILED or NOT_CHECKED, `says` for people."""

    check: str
    status: str
    says: str


def signatures(policy: Policy) -> Iterator[Found]:
    """Excludes a policy that its own roots do not accept."""
    own = standing(policy, policy.roots, policy.threshold)
    yield Found("signatures", HELD if own.enough else FAILED, own.says())


def witnesses(policy: Policy) -> Iterator[Found]:
    """Excludes a policy whose quorum nobody can meet: the log would have to stop, or to publish without."""
    if not policy.quorum:
        return
    start, count = coverage.open_end(policy)
    says = f"{count} witnesses from index {start} on, {policy.quorum} of them must cosign"
    yield Found("witnesses", HELD if count >= policy.quorum else FAILED, says)


def succession(policy: Policy, previous: Policy | None) -> Iterator[Found]:
    """Excludes a policy of another city, one that skips a version, and one that the roots before did not hand over."""
    if previous is None:
        if policy.version > 1:
            yield Found("succession", NOT_CHECKED, f"give version {policy.version - 1} with --previous, or --url")
        return
    if policy.realm != previous.realm:
        yield Found("succession", FAILED, f"it is of {policy.realm}, the one before of {previous.realm}")
    elif policy.version != previous.version + 1:
        yield Found("succession", FAILED, f"version {policy.version} does not follow version {previous.version}")
    else:
        handed = standing(policy, previous.roots, previous.threshold)
        says = f"handed over by version {previous.version}: {handed.says()}"
        yield Found("succession", HELD if handed.enough else FAILED, says)
    unknown = strangers(policy, policy.roots, previous.roots)
    if unknown:
        listed = ", ".join(kid.hex() for kid in unknown)
        yield Found("strangers", NOT_CHECKED, f"signatures that count for nothing, by keys that are no roots: {listed}")


def in_log(policy: Policy, log: PublicLog) -> Iterator[Found]:
    """Excludes a policy that only some people are shown: it and all before it are in public, one after another."""
    known: dict[int, Policy] = {}
    for index, data in log.entries(0, log.size):
        if not data.startswith(_POLICY_PREFIX):
            continue
        try:
            found = policies.from_entry(data)
        except WireError as error:
            yield Found("log", FAILED, f"log entry {index} is a policy that cannot be read: {error}")
            continue
        yield from _logged_version(policy, index, found, known)
        known.setdefault(found.version, found)
    missing = [number for number in range(1, policy.version + 1) if number not in known]
    if missing:
        listed = ", ".join(map(str, missing))
        yield Found("log", FAILED, f"not in the log of {log.size} entries: version {listed}")
    newest = max(known, default=0)
    if newest > policy.version:
        yield Found("newest", NOT_CHECKED, f"the log has version {newest} already; this one is {policy.version}")


def _logged_version(policy: Policy, index: int, found: Policy, known: dict[int, Policy]) -> Iterator[Found]:
    says = f"version {found.version} is log entry {index}"
    # 1. One content per version.
    twin = policy if found.version == policy.version else known.get(found.version)
    if twin is not None and twin.model != found.model:
        yield Found("log", FAILED, says + ", and says otherwise than another version of that number")
        return
    # 2. Its own roots and those of the version before it signed it.
    before = known.get(found.version - 1)
    try:
        if found.version > 1 and before is not None:
            policies.verify(found, sodium.verify, before.roots, before.threshold)
        else:
            policies.verify(found, sodium.verify)
    except WireError as error:
        yield Found("log", FAILED, f"{says}, and is not signed as it should be: {error}")
        return
    # 3. In order.
    if known and found.version not in known and found.version != max(known) + 1:
        yield Found("log", FAILED, f"{says}, after version {max(known)}")
        return
    yield Found("log", HELD, says)
