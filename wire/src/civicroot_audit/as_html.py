"""The report as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from typing import Any

import jinja2
from civicroot_cli.main import printable

from .as_text import is_marked, newest, summary, verdict
from .findings import CATALOGUE
from .report import FAILED, HELD, NOT_CHECKED, Report
from .sink import spelled
from .standing import KeyAccount
from .times import moment

MAX_KEYS = 500  # rows; JSON has all
MAX_ENROLMENTS = 200
_BAR = ("received", "skipped", "thinned", "rejected", "pruned", "lost")


def as_html(report: Report) -> str:
    """The page. Everything that others wrote is escaped, and printable."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("civicroot_audit", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
    )
    ordered = sorted(report.accounts, key=lambda item: (not item.account.lost, not is_marked(item)))
    return environment.get_template("report.html.j2").render(
        report=report,
        verdict=verdict(report),
        summary=summary(report),
        moment=moment,
        newest=newest,
        spelled=spelled,
        catalogue=CATALOGUE,
        status_words={HELD: "held", FAILED: "failed", NOT_CHECKED: "not checked"},
        marks={HELD: "✓", FAILED: "✗", NOT_CHECKED: "–"},
        tone="alarm" if report.alarms else "open" if report.not_done is not None else "good",
        keys=ordered[:MAX_KEYS],
        more_keys=max(0, len(ordered) - MAX_KEYS),
        enrolments=report.enrolments[:MAX_ENROLMENTS],
        more_enrolments=max(0, len(report.enrolments) - MAX_ENROLMENTS),
        bar=_bar,
        totals={name: sum(item.account.counts[name] for item in report.accounts) for name in _BAR},
    )


def _bar(item: KeyAccount) -> list[tuple[str, int, str]]:
    """(class, count, share in percent) of a key's numbers, the present ones only."""
    counts = item.account.counts
    whole = sum(counts[name] for name in _BAR)
    return [(name, counts[name], f"{100 * counts[name] / whole:.2f}") for name in _BAR if counts[name]]


def _finalize(value: Any) -> Any:
    return printable(value) if type(value) is str else value
