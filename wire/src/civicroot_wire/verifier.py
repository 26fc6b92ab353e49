"""Verifying a reading's bundle against a trust policy, offline, in the steps of SPEC.md §7."""

from . import batch, beacon, head, logged, merkle, proof, record, steps
from .errors import MerkleError, SignatureError
from .finding import CHECKED, NOT_CHECKED
from .steps import BundleCheck, Verified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import enrolment
    from .anchors import AnchorCheck
    from .cose import Verify
    from .finding import Found
    from .policy import Policy
    from .steps import Inflate

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


class Report(Verified):
    """A verified proof: `findings` in order, and the verified parts; `beacon_head` is None without a beacon.

    `not_before` and `not_after` are Unix seconds between which the policy's quorum of witnesses places the reading, or
    None. They rest on the clocks of those who cosigned `beacon_head` and `head`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bundle: proof.Proof
        self.header: batch.Header
        self.record: record.Record
        self.device: enrolment.Enrolment
        self.gateway: enrolment.Enrolment
        self.beacon_head: "head.Head | None" = None
        self.not_before: "int | None" = None


def verify(
    data: bytes,
    policy: "Policy",
    verify_signature: "Verify",
    inflate: "Inflate",
    anchor_checks: "dict[str, AnchorCheck] | None" = None,
) -> Report:
    """Return the report of a proof that holds; raises ProofError naming the step that fails.

    `inflate(compressed, limit)` decompresses zlib to at most `limit` bytes or raises ValueError. `anchor_checks` verify
    the evidence of anchors, by kind (anchors.verify). The policy has been verified by the caller.
    """
    check = _Check(data, policy, verify_signature, inflate, anchor_checks)
    check.report = Report()
    steps.run(STEPS, check, check.report.findings)
    return check.report


class _Check(BundleCheck):
    """One verification; each step is a method that returns (status, says) or raises WireError."""

    report: Report

    def format(self) -> "Found":
        # 1. Strict decoding excludes anything that is not a proof, and bytes that no step would look at.
        self.report.bundle = proof.decode(self.data)
        return CHECKED, "a proof bundle of %d bytes" % len(self.data)

    def header_log(self) -> "Found":
        # 5. Excludes a batch that was never published.
        entry = logged.verify(self.report.bundle.header, self.head.checkpoint)
        self.report.header = batch.decode_header(entry.entry)
        return CHECKED, "batch header is log entry %d" % entry.index

    def gateway_enrolment(self) -> "Found":
        # 6. Excludes an invented gateway.
        bundle = self.report.bundle
        self.report.gateway = self.enrolled(bundle.gateway, self.report.header.kid, batch.ROLE, bundle.header.index)
        return CHECKED, "gateway %s, enrolled as log entry %d" % (self.report.gateway.subject, bundle.gateway.index)

    def gateway_signature(self) -> "Found":
        # 7. Excludes a batch that no gateway vouches for.
        public = self.report.gateway.public
        batch.verify_header(self.report.header, self.policy.realm, public, self.verify_signature)
        return CHECKED, "batch signed by " + self.report.gateway.subject

    def record_batch(self) -> "Found":
        # 8. Excludes a record slipped in later.
        bundle, header = self.report.bundle, self.report.header
        leaf = merkle.leaf_hash(bundle.record)
        merkle.verify_inclusion(leaf, bundle.index, header.size, bundle.path, header.root)
        self.report.record = record.decode(bundle.record)
        return CHECKED, "record %d of %d in the batch" % (bundle.index + 1, header.size)

    def device_enrolment(self) -> "Found":
        # 9. Excludes an invented device.
        bundle = self.report.bundle
        self.report.device = self.enrolled(bundle.device, self.report.record.kid, record.ROLE, bundle.header.index)
        return CHECKED, "device %s, enrolled as log entry %d" % (self.report.device.subject, bundle.device.index)

    def device_signature(self) -> "Found":
        # 10. Excludes an altered reading.
        public = self.report.device.public
        record.verify(self.report.record, self.policy.realm, public, self.verify_signature)
        return CHECKED, "reading %d signed by %s" % (self.report.record.seq, self.report.device.subject)

    def revocation(self) -> "Found":
        # 11. Excludes a key withdrawn before, judged by the log's order, as far as the list is recent.
        bundle = self.report.bundle
        if bundle.status_list is None:
            return steps.no_status_list(bundle.device_revocation, bundle.gateway_revocation)
        status = self.status_bits(bundle.status_list, bundle.header.index)
        device, gateway, at = self.report.device, self.report.gateway, bundle.header.index
        return CHECKED, "; ".join([
            self.standing(device, status, bundle.device_revocation, at, self.report.record.seq),
            self.standing(gateway, status, bundle.gateway_revocation, at, self.report.header.sequence.seq),
        ])  # fmt: skip

    def beacon(self) -> "Found":
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
        status, says = self.check_quorum(found)
        self.report.beacon_head = found
        self.report.not_before = found.signed_after(self.policy.quorum)
        return status, says

    def anchors(self) -> "Found":
        # 13. Excludes a time that nobody outside the city gave.
        return self.check_anchors()
