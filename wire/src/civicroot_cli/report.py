"""What `civicroot verify` found, as lines for people or as data for JSON."""

from datetime import UTC, datetime

from civicroot_wire import verifier
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.errors import ProofError
from civicroot_wire.senml import Measurement

from .main import printable

_MARKS = {verifier.CHECKED: "✓", verifier.NOT_CHECKED: "–"}
_WIDTH = max(len(step) for step in verifier.STEPS)


def as_text(report: verifier.Report) -> str:
    """Every step, then what the device signed. What others wrote stands there printable."""
    unchecked = [found.step for found in report.findings if found.status == verifier.NOT_CHECKED]
    device = report.device
    lines = _steps(report.findings)
    lines.append(f"VERIFIED: reading {report.record.seq} of {device.subject} (key {device.kid.hex()})")
    if device.simulated:
        lines.append("  SIMULATED: the registrar enrolled this device as a simulation")
    if device.label:
        lines.append(f"  at      {device.label}")
    lines.extend(f"  {item.name:<10} {_value(item)}" for item in report.record.pack.measurements)
    if report.record.pack.base_time is not None:
        lines.append(f"  device's own clock: {_time(report.record.pack.base_time)} (a claim)")
    if report.not_before is not None:
        lines.append(f"  not made before {_time(report.not_before)}, say the witnesses")
    if report.not_after is not None:
        lines.append(f"  in the log by {_time(report.not_after)}, say the witnesses")
    if unchecked:
        lines.append("not checked: " + ", ".join(unchecked))
    return "\n".join(printable(line) for line in lines)


def failure_as_text(error: ProofError) -> str:
    """The steps before, with what each found, and the one that failed."""
    lines = [
        *_steps(error.passed),
        f"  ✗ {error.step}: {error.reason}" + (f" ({error.detail})" if error.detail else ""),
    ]
    return "\n".join(printable(line) for line in lines)


def _steps(findings: list[verifier.Finding]) -> list[str]:
    return [f"  {_MARKS[found.status]} {found.step:<{_WIDTH}}  {found.says}" for found in findings]


def _value(item: Measurement) -> str:
    value = item.value.hex() if isinstance(item.value, bytes) else str(item.value)
    return f"{value} {item.unit or ''}".rstrip()


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # beyond the year 9999; a device may claim anything
        return f"{seconds} seconds after 1970"


def as_json(report: verifier.Report) -> dict[str, object]:
    """The result of a proof that holds."""
    return {
        "verified": True,
        "device": report.device.kid.hex(),
        "subject": report.device.subject,
        "simulated": report.device.simulated,
        "seq": report.record.seq,
        "time": report.record.pack.base_time,
        "values": {item.name: _json_value(item.value) for item in report.record.pack.measurements},
        "log_index": report.bundle.header.index,
        "log_size": report.head.checkpoint.size,
        "not_before": report.not_before,
        "not_after": report.not_after,
        "steps": _json_steps(report.findings),
    }


def failure_as_json(error: ProofError) -> dict[str, object]:
    """The result of a proof that does not hold; `steps` are those before the failed one."""
    return {
        "verified": False,
        "step": error.step,
        "reason": error.reason,
        "detail": error.detail,
        "steps": _json_steps(error.passed),
    }


def _json_steps(findings: list[verifier.Finding]) -> list[dict[str, str]]:
    return [{"step": item.step, "status": item.status, "says": item.says} for item in findings]


def _json_value(value: "int | DecimalFraction | str | bool | bytes") -> "int | str | bool":
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, DecimalFraction) else value
