"""The acceptance sheet: each reading of the self-test beside its limits, and whether the unit is accepted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hardware.factory.jig import EXPECTED_FAULT, LIMITS, Limit


class UnknownBoard(Exception):
    """The self-test is of a board without limits."""


@dataclass(frozen=True)
class Row:
    """A limit, what was measured (None: nothing), and whether it is within."""

    limit: Limit
    measured: float | None

    @property
    def accepted(self) -> bool:
        """Whether it is there and within."""
        return self.measured is not None and self.limit.low <= self.measured <= self.limit.high


@dataclass(frozen=True)
class Sheet:
    """Rows and faults of one unit."""

    board: str
    rows: tuple[Row, ...]
    faults: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the unit goes out."""
        return not self.faults and all(row.accepted for row in self.rows)


def judge(answer: Mapping[str, Any]) -> Sheet:
    """What `--self-test` printed, judged. Raises UnknownBoard."""
    board = str(answer.get("board"))
    if board not in LIMITS:
        raise UnknownBoard(f"no limits for the board {board}")
    sensors = answer["sensors"]
    rows = []
    for limit in LIMITS[board]:
        raw = sensors.get(limit.driver, {}).get("raw", {})
        rows.append(Row(limit, raw.get(limit.reading)))
    return Sheet(board, tuple(rows), tuple(_faults(sensors)))


def text(sheet: Sheet) -> str:
    """The sheet to be printed, signed and kept."""
    lines = [
        f"# Acceptance: {sheet.board}",
        "",
        "Serial number: ____________   Key (kid): ____________   Date: ____________   Name: ____________",
        "",
        "| part | reading | limits | measured | |",
        "|---|---|---|---|---|",
    ]
    for row in sheet.rows:
        limit = row.limit
        measured = "nothing" if row.measured is None else f"{row.measured:g}"
        verdict = "ok" if row.accepted else f"**wrong**: {limit.wrong}"
        span = f"{limit.low:g} to {limit.high:g} {limit.unit}"
        lines.append(f"| {limit.driver} | {limit.reading} | {span} | {measured} | {verdict} |")
    lines += ["", *(f"- **fault** {fault}" for fault in sheet.faults)]
    by_hand = (
        "display and lamp show the test picture",
        "aerial connected, no part of metal near it",
        "box closed, gasket",
    )
    lines += [*(f"- [ ] {item}" for item in by_hand), "", "**Accepted**" if sheet.accepted else "**Not accepted**", ""]
    return "\n".join(lines)


def _faults(sensors: Mapping[str, Any]) -> Iterator[str]:
    for driver, found in sensors.items():
        for quantity, flag in found["faults"].items():
            if flag != EXPECTED_FAULT:
                yield f"{driver}, {quantity}: {flag}"
