"""The report as lines for people. What others wrote stands there printable."""

from civicroot_cli.main import printable

from .book import Entry
from .findings import CATALOGUE
from .report import FAILED, HELD, NOT_CHECKED, Newest, Report
from .sink import spelled
from .standing import KeyAccount
from .times import moment

MARKS = {HELD: "✓", FAILED: "✗", NOT_CHECKED: "–"}
MAX_LISTED = 20  # keys and enrolments; JSON has all


def as_text(report: Report) -> str:
    """The whole report."""
    width = max((len(check.name) for check in report.checks), default=0)
    lines = [f"Audit of {report.city}, realm {report.realm}, {moment(report.started)}"]
    lines += [f"  {MARKS[check.status]} {check.name:<{width}}  {check.says}" for check in report.checks]
    lines += [summary(report)]
    for item in report.alarms:
        lines += _finding(item, "ALARM")
    for item in report.notices:
        lines += _finding(item, "notice")
    if report.acknowledged:
        lines.append(f"{len(report.acknowledged)} findings are acknowledged: they are in the JSON and HTML reports")
    lines += [f"newest of {item.kind} anchor {item.name}: {newest(item)}" for item in report.anchors]
    lines += _enrolments(report)
    lines += _keys(report)
    if report.findings and any(item.evidence for item in report.findings):
        lines.append(f"evidence: {report.evidence_folder}")
    lines.append(verdict(report))
    return "\n".join(printable(line) for line in lines)


def alarms_as_text(report: Report) -> str:
    """For cron: only the alarms, and why an audit was not finished; empty if all is well."""
    lines = [line for item in report.alarms for line in _finding(item, "ALARM")]
    if lines or report.not_done is not None:
        lines = [f"Audit of {report.city}, realm {report.realm}, {moment(report.started)}", *lines, verdict(report)]
    return "\n".join(printable(line) for line in lines)


def summary(report: Report) -> str:
    """How much was read, and how fast."""
    entries = sum(report.entries.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.entries.items()))
    records = ", ".join(f"{count} {what}" for what, count in sorted(report.records.items()))
    says = f"{report.size} log entries, {entries} new" + (f" ({kinds})" if kinds else "")
    says += f"; records: {records}" if records else ""
    if report.seconds > 1:
        total = sum(report.records.values())
        says += f"; {entries / report.seconds:.0f} entries/s, {total / report.seconds:.0f} records/s"
    return says


def verdict(report: Report) -> str:
    """The last line."""
    if report.alarms:
        said = f"{len(report.alarms)} ALARM{'S' if len(report.alarms) > 1 else ''}"
        return said + (f"; the audit was not finished: {report.not_done}" if report.not_done else "")
    if report.not_done is not None:
        return f"NOT FINISHED: {report.not_done}"
    return "NO ALARMS"


def newest(item: Newest) -> str:
    """What the newest of an anchor is."""
    if item.size is None or item.time is None:
        return "none"
    how = f"{item.count} in all" if item.checked == item.count else f"{item.checked} of {item.count} checked"
    return f"{item.size} entries, {moment(item.time)} ({how})"


def _finding(item: Entry, severity: str) -> list[str]:
    where = f" · log entry {item.index}" if item.index is not None else ""
    lines = [
        f"{severity} {item.name}: {CATALOGUE[item.name].means}",
        f"    {item.about}",
        f"    {item.detail}",
        f"    {item.fingerprint}{where} · first seen {moment(item.first_seen)}",
    ]
    if item.evidence:
        lines.append(f"    evidence: {', '.join(item.evidence)}")
    return lines


def _enrolments(report: Report) -> list[str]:
    if not report.enrolments:
        return []
    lines = [f"{len(report.enrolments)} new enrolments"]
    for item in report.enrolments[:MAX_LISTED]:
        label = f", {item.label}" if item.label else ""
        simulated = ", SIMULATED" if item.simulated else ""
        lines.append(
            f"    {item.index}: {item.subject} ({item.kid.hex()}) as {item.role} by {item.registrar}{label}{simulated}"
        )
    if len(report.enrolments) > MAX_LISTED:
        lines.append(f"    and {len(report.enrolments) - MAX_LISTED} more")
    return lines


def _keys(report: Report) -> list[str]:
    total = {
        name: sum(item.account.counts[name] for item in report.accounts)
        for name in ("received", "skipped", "thinned", "rejected", "pruned", "lost")
    }
    lines = [f"{len(report.accounts)} keys: " + ", ".join(f"{count} {name}" for name, count in total.items())]
    marked = [item for item in report.accounts if is_marked(item)]
    lines += [f"    {_account(item)}" for item in marked[:MAX_LISTED]]
    if len(marked) > MAX_LISTED:
        lines.append(f"    and {len(marked) - MAX_LISTED} more of which not every number was received")
    return lines


def is_marked(item: KeyAccount) -> bool:
    """Whether there is something to say of a key beside that all arrived."""
    found = item.account
    return bool(found.lost or found.rejected or found.conflicts or found.equivocated or found.thinned or found.pruned)


def _account(item: KeyAccount) -> str:
    found = item.account
    parts = [
        f"{name} {spelled(getattr(found, name), 5)}"
        for name in ("lost", "rejected", "skipped", "thinned", "pruned", "conflicts", "equivocated")
        if getattr(found, name)
    ]
    return f"{item.subject} ({item.kid.hex()}): {found.received.count} received; " + "; ".join(parts)
