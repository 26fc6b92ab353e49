"""The verdict on an entry's proof bundle (SPEC.md §7.3), and what an entry says, for people."""

from civicroot_wire import base64, entry, entry_proof, keys
from civicroot_wire import revocation as revocations
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.entry_verifier import EntryReport
from civicroot_wire.policy import Policy
from civicroot_wire.revocation import Revocation
from civicroot_wire.statement import PAYLOAD_LOCATION, PREIMAGE_CONTENT_TYPE, Statement
from civicroot_wire.status_list import StatusList

from . import anchor_sentences, interval, sentences
from .times import time_of
from .verdict import Verdict

REASONS = {
    revocations.RETIRED: "retired",
    revocations.ROTATED: "rotated",
    revocations.COMPROMISED: "compromised",
    revocations.LOST: "lost",
}
MAX_TEXT = 400  # characters of a payload that are shown
CONTENT_TYPE = 3
NO_TRUTH = "that what is stated is true: only who stated it, and when at the latest"


def of(report: EntryReport, policy: Policy) -> Verdict:
    """What a proof that holds comes to."""
    bundle = report.bundle
    return Verdict(
        entry_proof.FORMAT,
        f"{report.kind} {describe(report.content, report.subject)}, log entry {bundle.entry.index}",
        report.findings,
        facts(report.content),
        _proved(report, policy),
        _not_proved(report, policy),
        {
            "kind": report.kind,
            "subject": report.subject,
            "issuer": report.issuer,
            **fields(report.content),
            "log_index": bundle.entry.index,
            "log_size": report.head.checkpoint.size,
            "not_after": report.not_after,
            "seen": sentences.seen_first(report.seen),
            "witnesses": sentences.witnesses(report.head),
            "witnesses_known": sentences.witnesses_known(report.head, policy),
            "quorum": policy.quorum,
            "interval": interval.fields(interval.of(report, policy)),
            "anchors": anchor_sentences.fields(report.anchored),
            "status_list": None if bundle.status_list is None else bundle.status_list.index,
        },
        report.content,
        report.anchored,
        interval.of(report, policy),
    )


def describe(content: object, subject: str | None) -> str:
    """What an entry is about, in a few words."""
    if isinstance(content, Enrolment):
        return f"of key {content.kid.hex()} as {content.subject} ({content.role})"
    if isinstance(content, Revocation):
        return f"of key {content.thumbprint[: keys.KID_BYTES].hex()} of {content.subject} ({REASONS[content.reason]})"
    if isinstance(content, Policy):
        return f"of {content.realm}, version {content.version}"
    return f"about {subject}" if subject is not None else "of a gateway"


def facts(content: object) -> list[str]:
    """What an entry carries, a line each."""
    if isinstance(content, Enrolment):
        simulated = ["SIMULATED: the registrar enrolled this device as a simulation"] if content.simulated else []
        return simulated + ([f"at      {content.label}"] if content.label else [])
    if isinstance(content, Statement):
        return _statement_facts(content)
    if isinstance(content, StatusList):
        return [f"issued {time_of(content.issued_at)} by the registrar's clock"]
    return []


def _statement_facts(content: Statement) -> list[str]:
    headers = content.message.headers
    lines = [f"type    {content.claims.typ}"]
    if content.detached:
        lines.append(f"digest  {content.payload.hex()} (SHA-256 of a document that is kept elsewhere)")
        kind = headers.get(PREIMAGE_CONTENT_TYPE)
        if PAYLOAD_LOCATION in headers:
            lines.append(f"lies at {headers[PAYLOAD_LOCATION]}")
    else:
        lines.append(f"says    {payload_text(content.payload)}")
        kind = headers.get(CONTENT_TYPE)
    return lines if kind is None else [*lines, f"content {kind}"]


def payload_text(payload: bytes) -> str:
    """A payload as text if it is some, otherwise in hex; cut if it is long."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = payload.hex()
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(payload)} bytes)"


def fields(content: object) -> dict[str, object]:
    """For JSON: what an entry of its kind carries."""
    if isinstance(content, Enrolment):
        return {"kid": content.kid.hex(), "role": content.role, "label": content.label, "simulated": content.simulated}
    if isinstance(content, Revocation):
        return {
            "thumbprint": content.thumbprint.hex(),
            "reason": REASONS[content.reason],
            "last_seq": content.last_seq,
            "successor": None if content.successor is None else content.successor.hex(),
        }
    if isinstance(content, Policy):
        return {"version": content.version}
    if isinstance(content, Statement):
        return _statement_fields(content)
    return {}


def _statement_fields(content: Statement) -> dict[str, object]:
    headers = content.message.headers
    return {
        "typ": content.claims.typ,
        "detached": content.detached,
        "digest": content.payload.hex() if content.detached else None,
        "content_type": headers.get(PREIMAGE_CONTENT_TYPE if content.detached else CONTENT_TYPE),
        "location": headers.get(PAYLOAD_LOCATION),
        "payload": None if content.detached else base64.encode(content.payload),
    }


def _proved(report: EntryReport, policy: Policy) -> list[str]:
    bundle = report.bundle
    who = report.enrolment
    if who is not None and bundle.issuer is not None:
        signer = f"{report.issuer}, key {who.kid.hex()}, {sentences.enrolled(who, bundle.issuer.index, policy)}"
    elif report.kind == entry.POLICY:
        signer = "the roots, by their threshold"
    else:
        signer = f"registrar {report.issuer}, whom the policy trusts at that place"
    return [
        f"signed by {signer}; unaltered since",
        f"in the public log: entry {bundle.entry.index} of {report.head.checkpoint.size}",
        *sentences.no_later(report.not_after, report.seen, policy),
        *sentences.seen(report.head, policy),
        *anchor_sentences.proved(report.anchored),
        *sentences.checked(report.findings, "revocation"),
    ]


def _not_proved(report: EntryReport, policy: Policy) -> list[str]:
    unchecked = sentences.unchecked(report.findings)
    lines = []
    if "witnesses" in unchecked:
        lines.append(sentences.NO_WITNESS)
    if "revocation" in unchecked and (report.enrolment is not None or report.kind == entry.ENROLMENT):
        lines.append(sentences.NO_STATUS)
    if report.not_after is None:
        lines.append("since when it is public: no quorum of witnesses put a time to the checkpoint")
    lines.extend(anchor_sentences.not_proved(report.anchored, policy))
    return [*lines, NO_TRUTH] if report.kind == entry.STATEMENT else lines
