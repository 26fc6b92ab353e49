"""Verifying an entry's bundle against a trust policy, offline, in the steps of SPEC.md §7.3."""

from . import (
    batch,
    configuration,
    enrolment,
    entry,
    entry_proof,
    logged,
    policy,
    pruning,
    release,
    statement,
    status_list,
    steps,
)
from . import revocation as revocations
from .errors import MalformedError, TrustError
from .finding import CHECKED
from .steps import BundleCheck, Verified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .anchors import AnchorCheck
    from .cose import Verify
    from .finding import Found
    from .policy import Policy
    from .steps import Inflate

STEPS = ("format", "realm", "checkpoint", "witnesses", "entry-log", "issuer", "signature", "revocation", "anchors")
_DECODE = {
    entry.BATCH: batch.decode_header,
    entry.ENROLMENT: enrolment.decode,
    entry.REVOCATION: revocations.decode,
    entry.STATUS_LIST: status_list.decode,
    entry.CONFIGURATION: configuration.decode,
    entry.RELEASE: release.decode,
    entry.PRUNING: pruning.decode,
    entry.STATEMENT: statement.decode,
    entry.POLICY: policy.from_entry,
}
_ROLES = {
    entry.BATCH: batch.ROLE,
    entry.CONFIGURATION: configuration.ROLE,
    entry.RELEASE: release.ROLE,
    entry.PRUNING: pruning.ROLE,
    entry.STATEMENT: statement.ROLE,
}
_VERIFY: "dict[str, Callable[..., object]]" = {
    entry.ENROLMENT: enrolment.verify,
    entry.REVOCATION: revocations.verify,
    entry.STATUS_LIST: status_list.verify,
    entry.BATCH: batch.verify_header,
    entry.CONFIGURATION: configuration.verify,
    entry.RELEASE: release.verify,
    entry.PRUNING: pruning.verify,
    entry.STATEMENT: statement.verify,
}


class EntryReport(Verified):
    """A verified entry: `findings` in order, its `kind`, what it decodes to (`content`), `subject` and `issuer`.

    `subject` is what it is about (None for a policy or batch), `issuer` who signed it: a subject, a registrar, or
    "roots".
    `enrolment` is the signer's, None for a registrar or the roots. `not_after`: Unix seconds by which the witnesses
    saw it, or None.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bundle: entry_proof.EntryProof
        self.kind = ""
        self.content: object = None
        self.subject: "str | None" = None
        self.issuer = ""
        self.enrolment: "enrolment.Enrolment | None" = None


def verify(
    data: bytes,
    policy: "Policy",
    verify_signature: "Verify",
    inflate: "Inflate",
    anchor_checks: "dict[str, AnchorCheck] | None" = None,
) -> EntryReport:
    """Return the report of a proof that holds; raises ProofError naming the step that fails (see verifier.verify)."""
    check = _Check(data, policy, verify_signature, inflate, anchor_checks)
    check.report = EntryReport()
    steps.run(STEPS, check, check.report.findings)
    return check.report


class _Check(BundleCheck):
    """One verification; each step is a method that returns (status, says) or raises WireError."""

    report: EntryReport
    key = b""  # of whoever signed, once it is found

    def format(self) -> "Found":
        # 1. Strict decoding excludes anything that is not a proof, and bytes that no step would look at.
        self.report.bundle = entry_proof.decode(self.data)
        return CHECKED, "an entry's proof bundle of %d bytes" % len(self.data)

    def entry_log(self) -> "Found":
        # 5. Excludes an entry that was never published, and one that is of no kind.
        found = logged.verify(self.report.bundle.entry, self.head.checkpoint)
        self.report.kind = entry.kind_of(found.entry)
        self.report.content = _DECODE[self.report.kind](found.entry)
        self.report.subject = _subject(self.report.content)
        return CHECKED, "%s is log entry %d" % (self.report.kind, found.index)

    def issuer(self) -> "Found":
        # 6. Excludes a signer who may not sign this kind at this place in the log.
        bundle, kind = self.report.bundle, self.report.kind
        if kind in _ROLES:
            return self._enrolled_issuer(_ROLES[kind])
        # Of what registrars sign, only an enrolment names a key that can be withdrawn.
        if bundle.issuer is not None or (bundle.revocation is not None and kind != entry.ENROLMENT):
            raise MalformedError("unknown-key", "an enrolment or revocation that nothing here needs")
        if kind == entry.POLICY:
            self.report.issuer = "roots"
            return CHECKED, "the roots sign policies"
        registrar = self.policy.registrar(_kid(self.report.content), bundle.entry.index)
        self.key, self.report.issuer = registrar.public, registrar.name
        return CHECKED, "registrar %s is trusted at index %d" % (registrar.name, bundle.entry.index)

    def _enrolled_issuer(self, role: str) -> "Found":
        bundle = self.report.bundle
        if bundle.issuer is None:
            raise MalformedError("missing-key", "the enrolment of the key that signed")
        found = self.enrolled(bundle.issuer, _kid(self.report.content), role, bundle.entry.index)
        if self.report.kind == entry.STATEMENT and _issuer(self.report.content) != found.subject:
            raise TrustError("untrusted", "%s signed as %s" % (found.subject, _issuer(self.report.content)))
        self.report.enrolment, self.report.issuer, self.key = found, found.subject, found.public
        return CHECKED, "%s, enrolled as log entry %d" % (found.subject, bundle.issuer.index)

    def signature(self) -> "Found":
        # 7. Excludes an altered entry.
        content = self.report.content
        if isinstance(content, policy.Policy):
            if content.realm != self.policy.realm:
                raise TrustError("wrong-realm", "policy is of " + content.realm)
            policy.verify(content, self.verify_signature, self.policy.roots, self.policy.threshold)
        else:
            _VERIFY[self.report.kind](content, self.policy.realm, self.key, self.verify_signature)
        return CHECKED, "signed by " + self.report.issuer

    def revocation(self) -> "Found":
        # 8. Excludes a signer, or an enrolled key, that was withdrawn before.
        bundle, who = self.report.bundle, self.report.enrolment
        at, seq = bundle.entry.index, None
        if isinstance(self.report.content, enrolment.Enrolment):
            who = self.report.content
        elif isinstance(self.report.content, batch.Header):
            seq = self.report.content.sequence.seq
        if bundle.status_list is None:
            return steps.no_status_list(bundle.revocation)
        if who is None:
            raise MalformedError("unknown-key", "a status list that nothing here needs")
        status = self.status_bits(bundle.status_list, at)
        return CHECKED, self.standing(who, status, bundle.revocation, at, seq)

    def anchors(self) -> "Found":
        # 9. Excludes a time that nobody outside the city gave.
        return self.check_anchors()


def _kid(content: object) -> bytes:
    """The key that says it signed."""
    if isinstance(content, batch.Header):
        return content.kid
    message = getattr(content, "message", None)
    kid: bytes = message.kid if message is not None else b""
    return kid


def _subject(content: object) -> "str | None":
    about = getattr(content, "claims", None)
    return about.subject if about is not None else None


def _issuer(content: object) -> "str | None":
    about = getattr(content, "claims", None)
    return about.issuer if about is not None else None
