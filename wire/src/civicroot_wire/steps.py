"""Steps that the verifiers of readings and of entries share (SPEC.md §7).

Each raises WireError, which the verifier that runs it gives the step's name.
"""

from . import anchors, enrolment, head, keys, logged, revocation, sighting, status_list
from .errors import MalformedError, ProofError, SignatureError, TrustError, WireError
from .finding import CHECKED, NOT_CHECKED, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from . import entry_proof, proof
    from .anchors import AnchorCheck, AnchorFinding
    from .cose import Verify
    from .finding import Found
    from .logged import Logged
    from .policy import Policy

    Inflate = Callable[[bytes, int], bytes]


def run(steps: "tuple[str, ...]", check: object, findings: "list[Finding]") -> None:
    """Call `check`'s method of each step in turn; raises ProofError naming the one that fails."""
    for step in steps:
        try:
            status, says = getattr(check, step.replace("-", "_"))()
        except WireError as error:
            raise ProofError(step, error.reason, error.detail, findings) from error
        findings.append(Finding(step, status, says))


class Check:
    """What every verification knows. The policy has been verified by the caller."""

    def __init__(self, policy: "Policy", verify_signature: "Verify", inflate: "Inflate") -> None:
        self.policy = policy
        self.verify_signature = verify_signature
        self.inflate = inflate
        self.head: head.Head

    def check_checkpoint(self, text: str) -> "Found":
        """Excludes another log and an edited tree head; strict: nothing unverified travels along."""
        self.head = head.verify(text, self.policy, self.verify_signature, True)
        found = self.head.checkpoint
        return CHECKED, "log %s signed its head of %d entries" % (found.origin, found.size)

    def check_quorum(self, found: head.Head) -> "Found":
        """Excludes a history that only you were shown."""
        if len(found.cosigned) < self.policy.quorum:
            raise TrustError("quorum-missed", "%d of %d cosignatures" % (len(found.cosigned), self.policy.quorum))
        if not self.policy.quorum:
            return NOT_CHECKED, "the policy asks for no witnesses"
        known = len(head.keys_at(self.policy.witnesses, max(found.checkpoint.size - 1, 0)))
        return CHECKED, "seen by %d of %d witnesses: %s" % (len(found.cosigned), known, found.witnesses())

    def enrolled(self, entry: "Logged", kid: bytes, role: str, before: int) -> enrolment.Enrolment:
        """The enrolment of the key `kid` in `role`, logged before index `before`."""
        # a. In the same log: enrolled in public.
        logged.verify(entry, self.head.checkpoint)
        found = enrolment.decode(entry.entry)
        # b. By a registrar that the policy trusts at this index; the key's owner asked for it.
        registrar = self.policy.registrar(found.registrar_kid, entry.index)
        enrolment.verify(found, self.policy.realm, registrar.public, self.verify_signature)
        # c. Of the key that signed, in the role that signs this kind.
        if found.kid != kid:
            raise SignatureError("key-mismatch", "enrolment is of another key")
        if found.role != role:
            raise TrustError("wrong-role", "%s is enrolled as %s" % (found.subject, found.role))
        # d. Before what it signed.
        if entry.index >= before:
            raise TrustError("wrong-order", "enrolled after what it signed")
        return found

    def status_bits(self, entry: "Logged", after: int) -> "Status":
        """The status list that was logged at or after index `after`."""
        listed = status_list.decode(logged.verify(entry, self.head.checkpoint).entry)
        if entry.index < after:
            raise TrustError("wrong-order", "status list is older than what it should cover")
        if listed.message is None:
            raise TrustError("untrusted", "status list is not signed")
        registrar = self.policy.registrar(listed.message.kid, entry.index)
        status_list.verify(listed, self.policy.realm, registrar.public, self.verify_signature)
        try:
            bits = self.inflate(listed.compressed, status_list.MAX_KEYS // 8)
        except ValueError as error:
            raise TrustError("malformed", "status list does not decompress") from error
        return Status(listed.uri, bits, entry.index)

    def standing(
        self,
        who: enrolment.Enrolment,
        status: "Status",
        withdrawal: "Logged | None",
        signed_at: int,
        seq: "int | None" = None,
    ) -> str:
        """Excludes a key that was withdrawn before it signed the entry at `signed_at`; what is found, for people."""
        # a. The list is the one that covers this key.
        if who.status is None or who.status[1] != status.uri:
            raise TrustError("untrusted", who.subject + " is not in this status list")
        # b. Not withdrawn: then nothing withdraws it.
        if not status_list.is_set(status.bits, who.status[0]):
            if withdrawal is not None:
                raise TrustError("wrong-order", "the status list does not know of the revocation")
            return "%s not revoked as of log entry %d" % (who.subject, status.index)
        # c. Withdrawn: when, says the revocation, logged before the list.
        if withdrawal is None:
            raise TrustError("revoked", who.subject)
        found = self._revocation(withdrawal, who)
        if withdrawal.index >= status.index:
            raise TrustError("wrong-order", "the revocation is younger than the status list")
        # d. By the log's order alone.
        if revocation.covers(found, withdrawal.index, signed_at, seq):
            raise TrustError("revoked", "%s by log entry %d" % (who.subject, withdrawal.index))
        return "%s withdrawn only by log entry %d" % (who.subject, withdrawal.index)

    def _revocation(self, entry: "Logged", who: enrolment.Enrolment) -> revocation.Revocation:
        found = revocation.decode(logged.verify(entry, self.head.checkpoint).entry)
        registrar = self.policy.registrar(found.registrar_kid, entry.index)
        revocation.verify(found, self.policy.realm, registrar.public, self.verify_signature)
        if found.thumbprint != keys.thumbprint(who.public):
            raise SignatureError("key-mismatch", "revocation is of another key")
        return found


class Verified:
    """What the verification of any bundle gives: `findings` in order, the `bundle`, its `head`.

    `not_after`: Unix seconds by which the policy's quorum of witnesses had seen it, or None; that rests on the clocks
    of those who cosigned `seen`: an earlier head, if the bundle has a sighting. `anchored`: what each external anchor
    shows.
    """

    def __init__(self) -> None:
        self.findings: "list[Finding]" = []
        self.bundle: "proof.Proof | entry_proof.EntryProof"
        self.head: head.Head
        self.seen: head.Head
        self.not_after: "int | None" = None
        self.anchored: "list[AnchorFinding]" = []


class BundleCheck(Check):
    """One verification of a bundle's `data`, and the steps that every bundle has, after its format."""

    report: Verified

    def __init__(
        self,
        data: bytes,
        policy: "Policy",
        verify_signature: "Verify",
        inflate: "Inflate",
        anchor_checks: "dict[str, AnchorCheck] | None",
    ) -> None:
        super().__init__(policy, verify_signature, inflate)
        self.data = data
        self.anchor_checks = anchor_checks or {}

    def realm(self) -> "Found":
        # 2. Excludes a proof of another city.
        if self.report.bundle.realm != self.policy.realm:
            raise TrustError("wrong-realm", "proof is of " + self.report.bundle.realm)
        return CHECKED, self.policy.realm

    def checkpoint(self) -> "Found":
        # 3. Excludes another log and an edited tree head.
        found = self.check_checkpoint(self.report.bundle.checkpoint)
        self.report.head = self.head
        return found

    def witnesses(self) -> "Found":
        # 4. Excludes a history that only you were shown.
        found = self.check_quorum(self.head)
        self.report.seen = self.head
        self.report.not_after = self.head.seen_by(self.policy.quorum)
        bundle = self.report.bundle
        if bundle.sighting is not None:
            first = sighting.verify(bundle.sighting, bundle.main, self.head, self.policy, self.verify_signature)
            time = first.seen_by(self.policy.quorum)
            # Witnesses' clocks differ, so an earlier tree may have the later time; it says nothing then.
            if time is not None and self.report.not_after is not None and time < self.report.not_after:
                self.report.seen, self.report.not_after = first, time
        return found

    def check_anchors(self) -> "Found":
        """Excludes evidence that does not hold for a tree with the bundle's main entry."""
        origin = self.head.checkpoint.origin
        bundle = self.report.bundle
        self.report.anchored = anchors.verify(bundle.anchors, bundle.main, origin, self.policy, self.anchor_checks)
        return anchors.finding_of(self.report.anchored)


class Status:
    """A verified status list: its `uri`, decompressed `bits`, and log `index`."""

    __slots__ = ("bits", "index", "uri")

    def __init__(self, uri: str, bits: bytes, index: int) -> None:
        self.uri = uri
        self.bits = bits
        self.index = index


def no_status_list(*withdrawals: "Logged | None") -> "Found":
    """What is said without a status list; revocations without one are refused, since nothing would look at them."""
    if any(entry is not None for entry in withdrawals):
        raise MalformedError("missing-key", "a revocation comes with the status list that knows of it")
    return NOT_CHECKED, "the proof carries no status list"
