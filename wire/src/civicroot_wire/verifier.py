"""Verifying a proof bundle against a trust policy, offline, in the steps of SPEC.md §7."""

from . import batch, beacon, enrolment, head, logged, merkle, proof, record, status_list
from .errors import MerkleError, ProofError, SignatureError, TrustError, WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .cose import Verify
    from .policy import Policy

    Inflate = Callable[[bytes, int], bytes]

STEPS = (
    "format",
    "realm",
    "checkpoint",
    "witnesses",
    "header-log",
    "gateway-enrolment",
    "gateway-signature",
    "record-batch",
    "device-enrolment",
    "device-signature",
    "revocation",
    "beacon",
    "anchors",
)
CHECKED, NOT_CHECKED = "checked", "not-checked"


class Finding:
    """What one step found: `step`, `status` (CHECKED or NOT_CHECKED), `says` for people."""

    __slots__ = ("says", "status", "step")

    def __init__(self, step: str, status: str, says: str) -> None:
        self.step = step
        self.status = status
        self.says = says


class Report:
    """A verified proof: `findings` in order, and the verified parts.

    `not_before` and `not_after` are the witnesses' times around the reading in Unix seconds, or None.
    """

    def __init__(self) -> None:
        self.findings: "list[Finding]" = []
        self.bundle: proof.Proof
        self.head: head.Head
        self.header: batch.Header
        self.record: record.Record
        self.device: enrolment.Enrolment
        self.gateway: enrolment.Enrolment
        self.not_before: "int | None" = None
        self.not_after: "int | None" = None


def verify(data: bytes, policy: "Policy", verify_signature: "Verify", inflate: "Inflate") -> Report:
    """Return the report of a proof that holds; raises ProofError naming the step that fails.

    `inflate(compressed, limit)` decompresses zlib to at most `limit` bytes or raises ValueError. The policy has been
    verified by the caller.
    """
    check = _Check(policy, verify_signature, inflate)
    for step in STEPS:
        try:
            status, says = getattr(check, "_" + step.replace("-", "_"))(data)
        except WireError as error:
            raise ProofError(step, error.reason, error.detail, check.report.findings) from error
        check.report.findings.append(Finding(step, status, says))
    return check.report


class _Check:
    """One verification; each step is a method that returns (status, says) or raises WireError."""

    def __init__(self, policy: "Policy", verify_signature: "Verify", inflate: "Inflate") -> None:
        self.policy = policy
        self.verify_signature = verify_signature
        self.inflate = inflate
        self.report = Report()

    def _format(self, data: bytes) -> "tuple[str, str]":
        # 1. Strict decoding excludes anything that is not a proof, and bytes that no step would look at.
        self.report.bundle = proof.decode(data)
        return CHECKED, "a proof bundle of %d bytes" % len(data)

    def _realm(self, _data: bytes) -> "tuple[str, str]":
        # 2. Excludes a proof of another city.
        if self.report.bundle.realm != self.policy.realm:
            raise TrustError("wrong-realm", "proof is of " + self.report.bundle.realm)
        return CHECKED, self.policy.realm

    def _checkpoint(self, _data: bytes) -> "tuple[str, str]":
        # 3. Excludes another log and an edited tree head; strict: nothing unverified travels along.
        found = head.verify(self.report.bundle.checkpoint, self.policy, self.verify_signature, True)
        self.report.head = found
        return CHECKED, "log %s signed its head of %d entries" % (found.checkpoint.origin, found.checkpoint.size)

    def _witnesses(self, _data: bytes) -> "tuple[str, str]":
        # 4. Excludes a history that only you were shown.
        return self._quorum(self.report.head)

    def _quorum(self, found: head.Head) -> "tuple[str, str]":
        if len(found.cosigned) < self.policy.quorum:
            raise TrustError("quorum-missed", "%d of %d cosignatures" % (len(found.cosigned), self.policy.quorum))
        if not self.policy.quorum:
            return NOT_CHECKED, "the policy asks for no witnesses"
        if found is self.report.head:
            self.report.not_after = max(time for _, time in found.cosigned)
        return CHECKED, "seen by " + ", ".join([name for name, _ in found.cosigned])

    def _header_log(self, _data: bytes) -> "tuple[str, str]":
        # 5. Excludes a batch that was never published.
        entry = logged.verify(self.report.bundle.header, self.report.head.checkpoint)
        self.report.header = batch.decode_header(entry.entry)
        return CHECKED, "batch header is log entry %d" % entry.index

    def _gateway_enrolment(self, _data: bytes) -> "tuple[str, str]":
        # 6. Excludes an invented gateway.
        self.report.gateway = self._enrolled(self.report.bundle.gateway, self.report.header.kid, batch.ROLE)
        return CHECKED, "gateway %s, enrolled as log entry %d" % self._who(self.report.gateway)

    def _gateway_signature(self, _data: bytes) -> "tuple[str, str]":
        # 7. Excludes a batch that no gateway vouches for.
        public = self.report.gateway.public
        batch.verify_header(self.report.header, self.policy.realm, public, self.verify_signature)
        return CHECKED, "batch signed by " + self.report.gateway.subject

    def _record_batch(self, _data: bytes) -> "tuple[str, str]":
        # 8. Excludes a record slipped in later.
        bundle, header = self.report.bundle, self.report.header
        leaf = merkle.leaf_hash(bundle.record)
        merkle.verify_inclusion(leaf, bundle.index, header.size, bundle.path, header.root)
        self.report.record = record.decode(bundle.record)
        return CHECKED, "record %d of %d in the batch" % (bundle.index + 1, header.size)

    def _device_enrolment(self, _data: bytes) -> "tuple[str, str]":
        # 9. Excludes an invented device.
        self.report.device = self._enrolled(self.report.bundle.device, self.report.record.kid, record.ROLE)
        return CHECKED, "device %s, enrolled as log entry %d" % self._who(self.report.device)

    def _device_signature(self, _data: bytes) -> "tuple[str, str]":
        # 10. Excludes an altered reading.
        public = self.report.device.public
        record.verify(self.report.record, self.policy.realm, public, self.verify_signature)
        return CHECKED, "reading %d signed by %s" % (self.report.record.seq, self.report.device.subject)

    def _revocation(self, _data: bytes) -> "tuple[str, str]":
        # 11. Excludes a key withdrawn before, as far as the list is recent.
        entry = self.report.bundle.status_list
        if entry is None:
            return NOT_CHECKED, "the proof carries no status list"
        listed = status_list.decode(logged.verify(entry, self.report.head.checkpoint).entry)
        if entry.index < self.report.bundle.header.index:
            raise TrustError("wrong-order", "status list is older than the batch")
        if listed.message is None:
            raise TrustError("untrusted", "status list is not signed")
        registrar = self.policy.registrar(listed.message.kid, entry.index)
        status_list.verify(listed, self.policy.realm, registrar.public, self.verify_signature)
        bits = self._bits(listed)
        for who in (self.report.device, self.report.gateway):
            if who.status is None or who.status[1] != listed.uri:
                raise TrustError("untrusted", who.subject + " is not in this status list")
            if status_list.is_set(bits, who.status[0]):
                raise TrustError("revoked", who.subject)
        return CHECKED, "neither key revoked as of log entry %d" % entry.index

    def _bits(self, listed: status_list.StatusList) -> bytes:
        try:
            return self.inflate(listed.compressed, status_list.MAX_KEYS // 8)
        except ValueError as error:
            raise TrustError("malformed", "status list does not decompress") from error

    def _beacon(self, _data: bytes) -> "tuple[str, str]":
        # 12. Excludes a reading made before the beacon's checkpoint was witnessed.
        told = self.report.record.sequence.beacon
        if self.report.bundle.beacon is None:
            return NOT_CHECKED, "the proof carries no beacon checkpoint" if told else "the record names no beacon"
        found = head.verify(self.report.bundle.beacon, self.policy, self.verify_signature, True)
        witnesses = head.keys_at(self.policy.witnesses, max(found.checkpoint.size - 1, 0))
        if told is None or beacon.of(found.note, witnesses) != told:
            raise SignatureError("wrong-beacon")
        if found.checkpoint.size > self.report.bundle.header.index:
            raise MerkleError("wrong-order", "beacon checkpoint is younger than the batch")
        status, says = self._quorum(found)
        if status == CHECKED:
            self.report.not_before = min(time for _, time in found.cosigned)
        return status, says

    def _anchors(self, _data: bytes) -> "tuple[str, str]":
        # 13. No kind of anchor exists in this version.
        return NOT_CHECKED, "the proof carries no external anchors"

    def _enrolled(self, entry: logged.Logged, kid: bytes, role: str) -> enrolment.Enrolment:
        # a. In the same log: enrolled in public.
        logged.verify(entry, self.report.head.checkpoint)
        found = enrolment.decode(entry.entry)
        # b. By a registrar that the policy trusts at this index; the key's owner asked for it.
        registrar = self.policy.registrar(found.registrar_kid, entry.index)
        enrolment.verify(found, self.policy.realm, registrar.public, self.verify_signature)
        # c. Of the key that signed, in the role that signs this kind.
        if found.kid != kid:
            raise SignatureError("key-mismatch", "enrolment is of another key")
        if found.role != role:
            raise TrustError("wrong-role", "%s is enrolled as %s" % (found.subject, found.role))
        # d. Before the batch.
        if entry.index >= self.report.bundle.header.index:
            raise TrustError("wrong-order", "enrolled after the batch")
        return found

    def _who(self, who: enrolment.Enrolment) -> "tuple[str, int]":
        bundle = self.report.bundle
        return who.subject, bundle.gateway.index if who is self.report.gateway else bundle.device.index
