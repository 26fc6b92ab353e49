"""Checking the two forms that other people's tools read: a tlog-proof text, and a transparent statement (RFC 9943).

Neither carries the enrolment of the key that signed the entry, so whoever wants the signature of an organisation
checked gives its enrolment's proof beside (`--issuer`); registrars and roots are in the policy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from civicroot_wire import (
    checkpoint,
    enrolment,
    entry,
    entry_verifier,
    head,
    logged,
    receipt,
    revocation,
    sodium,
    statement,
    status_list,
    steps,
    tlog_proof,
)
from civicroot_wire import policy as policies
from civicroot_wire.claims import Claims
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import MalformedError, SignatureError, TrustError
from civicroot_wire.finding import CHECKED, NOT_CHECKED, Finding
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy
from civicroot_wire.receipt import Receipt
from civicroot_wire.steps import Check

from . import entry_verdict, sentences
from .inflating import inflate
from .verdict import Verdict

TLOG_STEPS = ("format", "checkpoint", "witnesses", "entry-log", "signature")
TRANSPARENT_STEPS = ("format", "realm", "receipt", "issuer", "signature", "witnesses", "revocation")
TLOG_FORMAT, TRANSPARENT_FORMAT = tlog_proof.FIRST_LINE, "transparent-statement"
_REGISTRAR: dict[str, tuple[Callable[[bytes], Any], Callable[..., object]]] = {
    entry.ENROLMENT: (enrolment.decode, enrolment.verify),
    entry.REVOCATION: (revocation.decode, revocation.verify),
    entry.STATUS_LIST: (status_list.decode, status_list.verify),
}
_Result = tuple[str, str]


@dataclass(frozen=True)
class Issuer:
    """The enrolment of who signed, as another file proves it: log entry `index`."""

    enrolment: Enrolment
    index: int


def issuer_of(data: bytes, policy: Policy) -> Issuer:
    """The issuer from an entry proof of its enrolment. Raises ProofError."""
    report = entry_verifier.verify(data, policy, sodium.verify, inflate)
    if not isinstance(report.content, Enrolment):
        raise MalformedError("wrong-kind", f"a {report.kind} enrols nobody")
    return Issuer(report.content, report.bundle.entry.index)


class _Inclusion(Check):
    """What both forms share."""

    def __init__(self, data: bytes, policy: Policy, issuer: Issuer | None) -> None:
        super().__init__(policy, sodium.verify, inflate)
        self.data = data
        self.findings: list[Finding] = []
        self.who = issuer
        self.kind = ""
        self.entry = b""
        self.index = 0
        self.size = 0
        self.content: object = None
        self.signer = ""

    def by_policy(self) -> _Result:
        """The signature of a kind whose signers the policy names."""
        if self.kind == entry.POLICY:
            found = policies.from_entry(self.entry)
            if found.realm != self.policy.realm:
                raise TrustError("wrong-realm", "policy is of " + found.realm)
            policies.verify(found, sodium.verify, self.policy.roots, self.policy.threshold)
            self.content, self.signer = found, "the roots"
        else:
            decode, verify = _REGISTRAR[self.kind]
            content = decode(self.entry)
            registrar = self.policy.registrar(content.message.kid, self.index)
            verify(content, self.policy.realm, registrar.public, sodium.verify)
            self.content, self.signer = content, "registrar " + registrar.name
        return CHECKED, "signed by " + self.signer

    def by_issuer(self, who: Issuer) -> _Result:
        """An organisation's signature, under its own name, enrolled before."""
        content = statement.decode(self.entry)
        found = who.enrolment
        if found.kid != content.message.kid:
            raise SignatureError("key-mismatch", "the issuer's enrolment is of another key")
        if found.role != statement.ROLE:
            raise TrustError("wrong-role", f"{found.subject} is enrolled as {found.role}")
        if content.claims.issuer != found.subject:
            raise TrustError("untrusted", f"{found.subject} signed as {content.claims.issuer}")
        if who.index >= self.index:
            raise TrustError("wrong-order", "enrolled after what it signed")
        statement.verify(content, self.policy.realm, found.public, sodium.verify)
        self.content, self.signer = content, found.subject
        return CHECKED, f"signed by {found.subject}, key {found.kid.hex()}"


class _Tlog(_Inclusion):
    """One tlog-proof."""

    proof: tlog_proof.TlogProof
    not_after: int | None = None

    def format(self) -> _Result:
        self.proof = tlog_proof.parse(self.data)
        if self.proof.extra is None:
            raise MalformedError("missing-key", "the text does not carry the entry (its extra line)")
        self.entry, self.index = self.proof.extra, self.proof.index
        return CHECKED, f"a tlog-proof of {len(self.data)} bytes"

    def checkpoint(self) -> _Result:
        # Lines of unknown keys are ignored, as signed-note asks: the text may come from anybody's tool.
        self.head = head.verify(self.proof.checkpoint, self.policy, sodium.verify)
        self.size = self.head.checkpoint.size
        return CHECKED, f"log {self.head.checkpoint.origin} signed its head of {self.size} entries"

    def witnesses(self) -> _Result:
        found = self.check_quorum(self.head)
        self.not_after = self.head.seen_by(self.policy.quorum)
        return found

    def entry_log(self) -> _Result:
        logged.verify(Logged(self.entry, self.index, self.proof.path), self.head.checkpoint)
        self.kind = entry.kind_of(self.entry)
        return CHECKED, f"{self.kind} is log entry {self.index}"

    def signature(self) -> _Result:
        if self.kind in (*_REGISTRAR, entry.POLICY):
            return self.by_policy()
        if self.kind == entry.STATEMENT and self.who is not None:
            return self.by_issuer(self.who)
        return NOT_CHECKED, "the text does not carry the enrolment of the key that signed it"


class _Transparent(_Inclusion):
    """One transparent statement."""

    receipts: list[Receipt]
    log = ""

    def format(self) -> _Result:
        self.entry, encoded = receipt.detach(self.data)
        self.kind = entry.kind_of(self.entry)
        if self.kind not in (*_REGISTRAR, entry.STATEMENT):
            raise MalformedError("wrong-kind", f"a {self.kind} is no statement with a receipt that this checks")
        decode = statement.decode if self.kind == entry.STATEMENT else _REGISTRAR[self.kind][0]
        self.about: Claims = decode(self.entry).claims
        self.receipts = [receipt.decode(item) for item in encoded]
        return CHECKED, f"a {self.kind} of {len(self.entry)} bytes with {len(encoded)} receipts"

    def realm(self) -> _Result:
        if self.about.realm != self.policy.realm:
            raise TrustError("wrong-realm", "statement is for " + self.about.realm)
        return CHECKED, self.policy.realm

    def receipt(self) -> _Result:
        """Excludes a statement that this city's log does not have; other logs' receipts are not looked at."""
        known = [found for found in self.receipts if self._verified(found)]
        if not known:
            raise TrustError("untrusted", "no receipt by a log that the policy trusts")
        first = known[0]
        self.index, self.size, self.log = first.index, first.size, first.issuer
        return CHECKED, f"log {first.issuer} has it as entry {first.index}"

    def _verified(self, found: Receipt) -> bool:
        """Whether a receipt is by a log that the policy trusts; one that is and does not hold is refused."""
        key = self._log_key(found)
        if key is None:
            return False
        receipt.verify(found, self.entry, key.public, sodium.verify)
        if found.subject != self.about.subject:
            raise TrustError("untrusted", "the receipt is about " + found.subject)
        return True

    def _log_key(self, found: Receipt) -> policies.TrustedKey | None:
        at = min(found.size - 1, checkpoint.MAX_SIZE)
        for key in self.policy.logs:
            if key.kid == found.kid and key.name == found.issuer and key.covers(at):
                return key
        return None

    def issuer(self) -> _Result:
        if self.kind in _REGISTRAR:
            return CHECKED, "registrars are in the policy"
        if self.who is None:
            raise TrustError(
                "missing-key", "who signed it is not in the file: give its enrolment's proof with --issuer"
            )
        return CHECKED, f"{self.who.enrolment.subject}, enrolled as log entry {self.who.index}"

    def signature(self) -> _Result:
        return self.by_policy() if self.who is None or self.kind in _REGISTRAR else self.by_issuer(self.who)

    def witnesses(self) -> _Result:
        return NOT_CHECKED, "a receipt carries no cosignatures"

    def revocation(self) -> _Result:
        return NOT_CHECKED, "a receipt carries no status list"


def check_tlog(data: bytes, policy: Policy, issuer: Issuer | None) -> Verdict:
    """The verdict on a tlog-proof. Raises ProofError."""
    check = _Tlog(data, policy, issuer)
    steps.run(TLOG_STEPS, check, check.findings)
    signed = check.content is not None
    proved = [*_signed(check), f"in the public log: entry {check.index} of {check.size}"]
    proved += sentences.no_later(check.not_after, check.head, policy) + sentences.seen(check.head, policy)
    missing = [] if policy.quorum else [sentences.NO_WITNESS]
    missing += [] if signed else ["who signed it: the text carries no enrolment (`--issuer` gives one)"]
    return Verdict(
        TLOG_FORMAT,
        f"{check.kind}, log entry {check.index}"
        if signed
        else f"log entry {check.index} is in the log, a {check.kind}",
        check.findings,
        entry_verdict.facts(check.content),
        proved,
        [*missing, sentences.NO_STATUS],
        {
            "kind": check.kind,
            "issuer": check.signer or None,
            **entry_verdict.fields(check.content),
            "log_index": check.index,
            "log_size": check.size,
            "not_after": check.not_after,
            "seen": sentences.seen_first(check.head),
            "witnesses": sentences.witnesses(check.head),
            "quorum": policy.quorum,
        },
        check.content,
    )


def check_transparent(data: bytes, policy: Policy, issuer: Issuer | None) -> Verdict:
    """The verdict on a transparent statement. Raises ProofError."""
    check = _Transparent(data, policy, issuer)
    steps.run(TRANSPARENT_STEPS, check, check.findings)
    return Verdict(
        TRANSPARENT_FORMAT,
        f"{check.kind} {entry_verdict.describe(check.content, check.about.subject)}, log entry {check.index}",
        check.findings,
        entry_verdict.facts(check.content),
        [*_signed(check), f"the log {check.log} promised in writing that it is entry {check.index}"],
        [
            "that everybody is shown this same log, and since when: a receipt carries no cosignatures",
            sentences.NO_STATUS,
            entry_verdict.NO_TRUTH,
        ],
        {
            "kind": check.kind,
            "subject": check.about.subject,
            "issuer": check.signer,
            **entry_verdict.fields(check.content),
            "log_index": check.index,
        },
        check.content,
    )


def _signed(check: _Inclusion) -> list[str]:
    if check.content is None:
        return []
    if check.who is not None and check.kind == entry.STATEMENT:
        return [f"signed by {sentences.enrolled(check.who.enrolment, check.who.index, check.policy)}; unaltered since"]
    return [f"signed by {check.signer}; unaltered since"]
