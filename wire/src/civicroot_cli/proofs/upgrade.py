"""Upgrading a bundle from the public log alone: tiles and entries, no answer of the city believed, no blob needed.

old bundle ── its checkpoint is a prefix of the newest one (or the log forked, and both checkpoints show it)
   └─ every entry in it again, with a path to the newest root
      ├─ the newest status list at or after the entry, and the revocations that it needs
      ├─ the earliest tree that the witnesses are known to have seen it in (sighting_part.py)
      ├─ the checkpoint behind a record's beacon (beacon_part.py)
      └─ the external anchors that there are by now (anchor_part.py)
         └─ the whole verified against the policy before anybody gets it
"""

from dataclasses import dataclass

from civicroot_anchor.evm_blocks import BlockSource
from civicroot_wire import enrolment, entry, entry_proof, head, merkle, proof, sodium
from civicroot_wire.anchors import Anchored, AnchorFinding
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.entry_proof import MAX_ENTRY_PROOF_BYTES, EntryProof
from civicroot_wire.errors import MerkleError, ProofError, WireError
from civicroot_wire.finding import CHECKED
from civicroot_wire.head import Head
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy
from civicroot_wire.proof import MAX_PROOF_BYTES, Proof

from .. import verify
from ..main import CommandError, Refused
from ..public_log import PublicLog
from ..verdict import Verdict
from . import anchor_part, beacon_part, sighting_part, standing
from .fork import LogForked


@dataclass(frozen=True)
class Upgraded:
    """The new bundle, verified, what it comes to, and what it has that the old one had not, a sentence each.

    `missing`: what could not be had, or did not hold, a sentence each.
    """

    data: bytes
    verdict: Verdict
    gained: list[str]
    missing: list[str]


def upgrade(data: bytes, policy: Policy, log: PublicLog, blocks: BlockSource | None = None) -> Upgraded:
    """The bundle as of the log's newest checkpoint. CommandError, Refused (LogForked), or ProofError of the result.

    `blocks` says which blocks of EVM chains are on them; without it their anchors are taken up and not checked.
    """
    bundle = _decode(data)
    if bundle.realm != policy.realm:
        raise Refused(f"the proof is of {bundle.realm}, the policy of {policy.realm}")
    # 1. The same log, grown: nothing that the old checkpoint covers was changed or taken back.
    old = _check_growth(bundle.checkpoint, policy, log)
    # 2. The earliest time that the witnesses put to it stays.
    bundle.sighting, unseen = sighting_part.renew(bundle, old, policy, log)
    # 3. Everything again, with paths to the newest root; then who is withdrawn since.
    notes = _reading(bundle, policy, log) if isinstance(bundle, Proof) else _entry(bundle, policy, log)
    bundle.checkpoint = sighting_part.checkpoint(old, policy, log)
    notes += unseen
    # 4. Between which moments: the beacon's checkpoint from below, external anchors from above.
    if isinstance(bundle, Proof):
        notes += beacon_part.renew(bundle, policy, log)
    bundle.anchors, missing = anchor_part.renew(bundle.anchors, bundle.main, policy, log, blocks)
    notes += missing
    fresh = fit(bundle, notes)
    # 5. What comes out is verified as anybody would.
    found = verify.check(fresh, policy, blocks=blocks)
    return Upgraded(fresh, found, _gained(data, found, policy, old.checkpoint.size, log.size, blocks), notes)


def _decode(data: bytes) -> Proof | EntryProof:
    try:
        return entry_proof.decode(data) if verify.form_of(data) == entry_proof.FORMAT else proof.decode(data)
    except WireError as error:
        raise CommandError(f"no proof bundle that can be upgraded: {error}") from error


def fit(bundle: Proof | EntryProof, notes: list[str]) -> bytes:
    """The bundle's bytes; what makes it too large is left out, and said: anchors, sighting, status list."""
    limit = MAX_PROOF_BYTES if isinstance(bundle, Proof) else MAX_ENTRY_PROOF_BYTES
    data = _encoded(bundle)
    while len(data) > limit and bundle.anchors:
        notes.append(_without_largest(bundle.anchors, len(data), limit))
        data = _encoded(bundle)
    if len(data) > limit and bundle.sighting is not None:
        size = bundle.sighting.size
        notes.append(
            f"the earlier tree of {size} entries is left out: the file would have {len(data)} bytes, over {limit}"
        )
        bundle.sighting = None
        data = _encoded(bundle)
    if len(data) <= limit or bundle.status_list is None:
        return data
    notes.append(f"nothing on revocation: with the status list the file would have {len(data)} bytes, over {limit}")
    bundle.status_list = None
    if isinstance(bundle, Proof):
        bundle.device_revocation = bundle.gateway_revocation = None
    else:
        bundle.revocation = None
    return _encoded(bundle)


def _encoded(bundle: Proof | EntryProof) -> bytes:
    return proof.encode(bundle) if isinstance(bundle, Proof) else entry_proof.encode(bundle)


def _without_largest(anchored: list[Anchored], size: int, limit: int) -> str:
    """Take the anchor with the most evidence out; what is said of it."""
    tree, part = max(((tree, part) for tree in anchored for part in tree.evidence), key=lambda pair: len(pair[1][1]))
    tree.evidence.remove(part)
    if not tree.evidence:
        anchored.remove(tree)
    return f"anchor {part[0]} is left out: with it the file would have {size} bytes, over {limit}"


def _check_growth(note: str, policy: Policy, log: PublicLog) -> Head:
    try:
        found = head.verify(note, policy, sodium.verify)
    except WireError as error:
        raise Refused(f"the proof's checkpoint is not what the policy trusts: {error}") from error
    old = found.checkpoint
    if old.origin != log.head.checkpoint.origin:
        raise Refused(f"the proof is of log {old.origin}, not of {log.head.checkpoint.origin}")
    if old.size > log.size:
        raise CommandError(f"the log that is served has {log.size} entries, the proof's {old.size}: it is an old copy")
    try:
        log.reader.consistency(old)
    except MerkleError as error:
        evidence = f"{note}\n{log.note}"
        detail = f"its {log.size} entries do not begin with the {old.size} that the proof's checkpoint was signed for"
        raise LogForked(detail, evidence) from error
    return found


def _again(old: Logged, log: PublicLog, what: str) -> Logged:
    if old.index >= log.size or log.reader.leaf(old.index) != merkle.leaf_hash(old.entry):
        raise Refused(f"the proof's {what} is not log entry {old.index}")
    return Logged(old.entry, old.index, log.reader.inclusion_path(old.index))


def _logged(found: standing.Found | None, log: PublicLog) -> Logged | None:
    return None if found is None else Logged(found[1], found[0], log.reader.inclusion_path(found[0]))


def _enrolment(logged: Logged, what: str) -> Enrolment:
    try:
        return enrolment.decode(logged.entry)
    except WireError as error:
        raise Refused(f"the proof's {what} does not decode: {error}") from error


def _reading(bundle: Proof, policy: Policy, log: PublicLog) -> list[str]:
    """Renew the parts of a reading's bundle; what could not be had, a sentence each."""
    bundle.header = _again(bundle.header, log, "batch header")
    bundle.device = _again(bundle.device, log, "device enrolment")
    bundle.gateway = _again(bundle.gateway, log, "gateway enrolment")
    device, gateway = _enrolment(bundle.device, "device enrolment"), _enrolment(bundle.gateway, "gateway enrolment")
    bundle.status_list = bundle.device_revocation = bundle.gateway_revocation = None
    if device.status is None or gateway.status is None or device.status[1] != gateway.status[1]:
        return ["nothing on revocation: one status list does not cover both device and gateway"]
    newest = standing.newest_list(log, policy, device.status[1], bundle.header.index)
    if newest is None:
        return [f"nothing on revocation: no status list is logged after entry {bundle.header.index} yet"]
    found, listed = newest
    bundle.status_list = _logged(found, log)
    if standing.is_revoked(listed, device):
        bundle.device_revocation = _revocation(log, policy, device, bundle.device.index, found[0])
    if standing.is_revoked(listed, gateway):
        bundle.gateway_revocation = _revocation(log, policy, gateway, bundle.gateway.index, found[0])
    return []


def _entry(bundle: EntryProof, policy: Policy, log: PublicLog) -> list[str]:
    """Renew the parts of an entry's bundle; what could not be had, a sentence each."""
    bundle.entry = _again(bundle.entry, log, "entry")
    bundle.status_list = bundle.revocation = None
    if bundle.issuer is not None:
        bundle.issuer = _again(bundle.issuer, log, "issuer's enrolment")
        who, enrolled = _enrolment(bundle.issuer, "issuer's enrolment"), bundle.issuer.index
    elif entry.kind_of(bundle.entry.entry) == entry.ENROLMENT:
        who, enrolled = _enrolment(bundle.entry, "enrolment"), bundle.entry.index
    else:
        return []
    if who.status is None:
        return [f"nothing on revocation: {who.subject} is in no status list"]
    newest = standing.newest_list(log, policy, who.status[1], bundle.entry.index)
    if newest is None:
        return [f"nothing on revocation: no status list is logged after entry {bundle.entry.index} yet"]
    found, listed = newest
    bundle.status_list = _logged(found, log)
    if standing.is_revoked(listed, who):
        bundle.revocation = _revocation(log, policy, who, enrolled, found[0])
    return []


def _revocation(log: PublicLog, policy: Policy, who: Enrolment, enrolled: int, end: int) -> Logged:
    found = _logged(standing.first_revocation(log, policy, who, enrolled + 1, end), log)
    if found is None:
        raise Refused(f"the status list says that {who.subject} is revoked, and the log has no revocation of it")
    return found


def _gained(
    before: bytes, after: Verdict, policy: Policy, old_size: int, size: int, blocks: BlockSource | None
) -> list[str]:
    gained = [] if old_size == size else [f"the checkpoint of {size} entries, which extends the old one of {old_size}"]
    try:
        old = verify.check(before, policy, blocks=blocks)
    except ProofError as error:
        return [*gained, f"it holds; the old one did not: {error.step}: {error.reason}", *_unchecked_anchors(after, [])]
    had = {sentence for sentence in old.proved if not _is_place(sentence)}
    gained += [sentence for sentence in after.proved if sentence not in had and not _is_place(sentence)]
    return [*gained, *_unchecked_anchors(after, old.anchored), *_later(old, after)]


def _unchecked_anchors(after: Verdict, before: list[AnchorFinding]) -> list[str]:
    """Those that came, and that only a node or its reader can say more of."""
    had = {(found.name, found.size) for found in before}
    return [
        f"{found.says} (not checked; `civicroot verify` says how)"
        for found in after.anchored
        if found.status != CHECKED and (found.name, found.size) not in had
    ]


def _later(old: Verdict, after: Verdict) -> list[str]:
    """What was too large to stay may have bounded the reading more closely."""
    ends = [found.interval.end for found in (old, after)]
    if ends[0] is None or ends[1] is None or ends[1].seconds <= ends[0].seconds:
        return []
    return [f"the upper bound is later by {ends[1].seconds - ends[0].seconds} s: keep the old file for the earlier one"]


def _is_place(sentence: str) -> bool:
    """Sentences that only say how long the log is."""
    return sentence.startswith("in the public log")
