"""The verdict on a reading's proof bundle (SPEC.md §7)."""

from civicroot_wire import proof, verifier
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.policy import Policy
from civicroot_wire.senml import Measurement
from civicroot_wire.verifier import Report

from . import anchor_sentences, interval, sentences
from .times import time_of
from .verdict import Verdict

_NEVER = "that the sensor measured right, or that the device stood where its enrolment says: no signature shows that"


def of(report: verifier.Report, policy: Policy) -> Verdict:
    """What a proof that holds comes to."""
    return Verdict(
        proof.FORMAT,
        f"reading {report.record.seq} of {report.device.subject} (key {report.device.kid.hex()})",
        report.findings,
        _facts(report),
        _proved(report, policy),
        _not_proved(report, policy),
        _fields(report, policy),
        anchored=report.anchored,
        interval=_interval(report, policy),
    )


def _facts(report: Report) -> list[str]:
    lines = []
    if report.device.simulated:
        lines.append("SIMULATED: the registrar enrolled this device as a simulation")
    if report.device.label:
        lines.append(f"at      {report.device.label}")
    lines.extend(f"{item.name:<10} {_value(item)}" for item in report.record.pack.measurements)
    if report.record.pack.base_time is not None:
        lines.append(f"device's own clock: {time_of(report.record.pack.base_time)} (a claim)")
    return lines


def _proved(report: Report, policy: Policy) -> list[str]:
    bundle = report.bundle
    device = sentences.enrolled(report.device, bundle.device.index, policy)
    gateway = sentences.enrolled(report.gateway, bundle.gateway.index, policy)
    size = report.head.checkpoint.size
    return [
        f"signed by device {report.device.kid.hex()}, {device}; unaltered since",
        f"in the public log: batch header {bundle.header.index} of {size} entries, by gateway "
        f"{report.gateway.kid.hex()}, {gateway}",
        *interval.sentences(_interval(report, policy)),
        *sentences.no_later(report.not_after, report.seen, policy),
        *sentences.no_earlier(report.not_before, report.beacon_head, policy),
        *sentences.seen(report.head, policy),
        *anchor_sentences.proved(report.anchored),
        *sentences.checked(report.findings, "revocation"),
    ]


def _interval(report: Report, policy: Policy) -> interval.Interval:
    return interval.of(report, policy, report.not_before, report.beacon_head)


def _not_proved(report: Report, policy: Policy) -> list[str]:
    unchecked = sentences.unchecked(report.findings)
    lines = []
    if "witnesses" in unchecked:
        lines.append(sentences.NO_WITNESS)
    if "revocation" in unchecked:
        lines.append(sentences.NO_STATUS)
    if report.not_before is None:
        why = unchecked.get("beacon", "its checkpoint has no quorum of cosignatures")
        named = report.record.sequence.beacon is not None and report.bundle.beacon is None
        how = " (`civicroot proof upgrade` adds it if the city has kept it)" if named else ""
        lines.append(f"when the reading was made at the earliest: {why}{how}")
    if report.not_after is None:
        lines.append("since when it is public: no quorum of witnesses put a time to the checkpoint")
    return [*lines, *anchor_sentences.not_proved(report.anchored, policy), _NEVER]


def _fields(report: Report, policy: Policy) -> dict[str, object]:
    device, index = report.device, report.bundle.device.index
    status = report.bundle.status_list
    return {
        "kind": "reading",
        "device": device.kid.hex(),
        "subject": device.subject,
        "simulated": device.simulated,
        "seq": report.record.seq,
        "time": report.record.pack.base_time,
        "values": {item.name: _json_value(item.value) for item in report.record.pack.measurements},
        "enrolled": {
            "index": index,
            "registrar": sentences.registrar(device, index, policy),
            "time": device.issued_at,
        },
        "gateway": {
            "kid": report.gateway.kid.hex(),
            "subject": report.gateway.subject,
            "index": report.bundle.gateway.index,
        },
        "log_index": report.bundle.header.index,
        "log_size": report.head.checkpoint.size,
        "not_before": report.not_before,
        "not_after": report.not_after,
        "seen": sentences.seen_first(report.seen),
        "witnesses": sentences.witnesses(report.head),
        "witnesses_known": sentences.witnesses_known(report.head, policy),
        "quorum": policy.quorum,
        "interval": interval.fields(_interval(report, policy)),
        "anchors": anchor_sentences.fields(report.anchored),
        "status_list": None if status is None else status.index,
    }


def _value(item: Measurement) -> str:
    value = item.value.hex() if isinstance(item.value, bytes) else str(item.value)
    return f"{value} {item.unit or ''}".rstrip()


def _json_value(value: "int | DecimalFraction | str | bool | bytes") -> "int | str | bool":
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, DecimalFraction) else value
