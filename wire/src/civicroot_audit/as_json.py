"""The report as data for JSON. Times are Unix seconds, ranges pairs [first, last], keys hexadecimal."""

from dataclasses import asdict
from typing import Any

from .findings import CATALOGUE
from .report import Report, Witnessed
from .standing import KeyAccount

FORMAT = "civicroot-audit-report/1"
_CLASSES = ("received", "skipped", "thinned", "rejected", "pruned", "lost", "conflicts", "equivocated")


def as_json(report: Report) -> dict[str, Any]:
    """Everything that the audit has to say."""
    return {
        "format": FORMAT,
        "exit_code": report.exit_code,
        "city": report.city,
        "realm": report.realm,
        "policy_version": report.policy_version,
        "started": report.started,
        "finished": report.finished,
        "not_done": report.not_done,
        "log": {
            "origin": report.origin,
            "size": report.size,
            "size_before": report.size_before,
            "root": report.root,
        },
        "new": {"entries": report.entries, "records": report.records, "seconds": round(report.seconds, 3)},
        "checks": [asdict(check) for check in report.checks],
        "witnesses": None if report.witnesses is None else _witnesses(report.witnesses),
        "anchors": [asdict(item) for item in report.anchors],
        "beacons": None if report.beacons is None else asdict(report.beacons),
        "evidence_folder": report.evidence_folder,
        "findings": [
            {**asdict(item), "means": CATALOGUE[item.name].means, "who": CATALOGUE[item.name].who}
            for item in report.findings
        ],
        "keys": [_key(item) for item in report.accounts],
        "new_enrolments": [
            {
                "log_index": item.index,
                "kid": item.kid.hex(),
                "subject": item.subject,
                "role": item.role,
                "registrar": item.registrar,
                "label": item.label,
                "simulated": item.simulated,
            }
            for item in report.enrolments
        ],
    }


def _witnesses(found: Witnessed) -> dict[str, Any]:
    return {
        "known": list(found.known),
        "cosigned": [{"name": name, "time": time} for name, time in found.cosigned],
        "quorum": found.quorum,
        "checkpoints_seen": found.seen,
        "checkpoints_with_quorum": found.met,
    }


def _key(item: KeyAccount) -> dict[str, Any]:
    found = item.account
    return {
        "kid": item.kid.hex(),
        "subject": item.subject,
        "role": item.role,
        "highest": found.highest,
        **{name: [list(pair) for pair in getattr(found, name)] for name in _CLASSES},
        "counts": found.counts,
        "reported": item.reported,
        "silent_since": item.silent_since,
        "withdrawn_at": item.withdrawn_at,
    }
