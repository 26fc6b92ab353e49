"""A verdict: what a check of a file found, in the form that is printed, for people or as JSON with stable keys."""

import json
from dataclasses import dataclass, field

from civicroot_wire.anchors import AnchorFinding
from civicroot_wire.errors import ProofError
from civicroot_wire.finding import CHECKED, NOT_CHECKED, Finding

from .interval import Interval
from .main import printable

_MARKS = {CHECKED: "✓", NOT_CHECKED: "–"}
_WIDTH = 18  # the longest step's name is gateway-enrolment


@dataclass
class Verdict:
    """Of a file that holds. `what` it is, in half a sentence; `facts` it carries; sentences of what is proved, and not.

    `fields` are those of its kind in JSON, beside the ones that every verdict has; `content` the entry, decoded.
    `anchored`: what each external anchor shows; `interval`: between which moments it was made.
    """

    format: str
    what: str
    findings: list[Finding]
    facts: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=list)
    fields: dict[str, object] = field(default_factory=dict)
    content: object = None
    anchored: list[AnchorFinding] = field(default_factory=list)
    interval: Interval = field(default_factory=Interval)


def as_text(verdict: Verdict) -> str:
    """Every step, then what it comes to. What others wrote stands there printable."""
    lines = _steps(verdict.findings)
    lines.append(f"VERIFIED: {verdict.what}")
    lines.extend(f"  {fact}" for fact in verdict.facts)
    if verdict.proved:
        lines.append("proved:")
        lines.extend(f"  + {sentence}" for sentence in verdict.proved)
    if verdict.not_proved:
        lines.append("not proved:")
        lines.extend(f"  - {sentence}" for sentence in verdict.not_proved)
    return "\n".join(printable(line) for line in lines)


def failure_as_text(error: ProofError) -> str:
    """The steps before, with what each found, and the one that failed."""
    lines = [
        *_steps(error.passed),
        f"  ✗ {error.step}: {error.reason}" + (f" ({error.detail})" if error.detail else ""),
    ]
    return "\n".join(printable(line) for line in lines)


def as_json(verdict: Verdict) -> str:
    """One JSON object."""
    return json.dumps(
        {
            "verified": True,
            "format": verdict.format,
            **verdict.fields,
            "steps": _json_steps(verdict.findings),
            "proved": verdict.proved,
            "not_proved": verdict.not_proved,
        }
    )


def failure_as_json(error: ProofError) -> str:
    """One JSON object; `steps` are those before the failed one."""
    return json.dumps(
        {
            "verified": False,
            "step": error.step,
            "reason": error.reason,
            "detail": error.detail,
            "steps": _json_steps(error.passed),
        }
    )


def _steps(findings: list[Finding]) -> list[str]:
    return [f"  {_MARKS[found.status]} {found.step:<{_WIDTH}} {found.says}" for found in findings]


def _json_steps(findings: list[Finding]) -> list[dict[str, str]]:
    return [{"step": item.step, "status": item.status, "says": item.says} for item in findings]
