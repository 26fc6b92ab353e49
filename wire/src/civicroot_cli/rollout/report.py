"""What a roll-out prints: a table with a line for each stage, and who failed; or the same as lines of JSON.

On a terminal the line of a stage changes as its devices come to something: a stage may take hours.
"""

import json
import sys
from collections import Counter
from typing import Any

from civicroot_cli.main import printable
from civicroot_cli.rollout.outcome import COMMITTED, FAILED, WAITING, Outcome, count
from civicroot_cli.rollout.run import OVER, WAITS, End, Stage

EXIT_OK, EXIT_STOPPED = 0, 1
_STATES = (COMMITTED, FAILED, WAITING)
_ROW = "{:<8} {:>8} {:>10} {:>8} {:>8}"


class Report:
    """To standard output, a line at a time. `total`: how many stages there are."""

    def __init__(self, as_json: bool, total: int) -> None:
        self._json = as_json
        self._total = total
        self._headed = False
        self._live = not as_json and sys.stdout.isatty()
        self._open = False  # the cursor is on a line that will be written once more

    def stage(self, stage: Stage) -> None:
        """A stage has begun, or has ended: one line each; on a terminal one for both, and what comes between."""
        if stage.moment == WAITS and not self._live:
            return
        counts = _counts({subject: stage.outcomes[subject] for subject in stage.told})
        if self._json:
            _line({"stage": stage.number, "of": self._total, "told": len(stage.told)} | counts)
            return
        if not self._headed:
            print(_ROW.format("stage", "told", *_STATES))
            self._headed = True
        name = f"{stage.number} of {self._total}"
        self._open = self._live and stage.moment != OVER
        row = _ROW.format(name, len(stage.told), *(counts[state] for state in _STATES))
        print(row, end="\r" if self._open else "\n", flush=True)

    def close(self) -> None:
        """It ends here, in whatever way: what is printed next begins a line."""
        if self._open:
            print(flush=True)
            self._open = False

    def end(self, end: End) -> int:
        """How it ended; the exit code."""
        failed = {subject: outcome.says for subject, outcome in end.outcomes.items() if outcome.state == FAILED}
        if self._json:
            counts = _counts(end.outcomes)
            whole = {"stopped": end.stopped, "told": len(end.outcomes)} | counts
            lists = {"failures": failed, "not_told": end.not_told, "gone": end.gone, "unsure": end.unsure}
            _line(whole | lists)
        else:
            _in_words(end, failed)
        return EXIT_OK if end.stopped is None else EXIT_STOPPED


def _in_words(end: End, failed: dict[str, str]) -> None:
    for subject, says in failed.items():
        print(f"  {subject}: {printable(says)}")
    for subject in end.gone:
        print(f"  {subject}: has no device any more, was not told")
    for subject in end.unsure:
        print(f"  {subject}: was perhaps told, when this command was interrupted")
    committed = count(end.outcomes.values(), COMMITTED)
    print(f"{committed} of {len(end.outcomes)} who were told have it")
    if end.stopped is not None:
        print(f"stopped: {end.stopped}; {len(end.not_told)} were not told")


def standing(version: str, rows: list[tuple[str, str, str | None]], as_json: bool) -> None:
    """How devices stand: subject, what it says of the version, when its last record came."""
    if as_json:
        for subject, says, received in rows:
            _line({"subject": subject, "version": version, "says": says, "last_record": received})
        return
    for subject, says, received in rows:
        print(f"{subject:<24} {printable(says):<28} last record {received or 'never'}")
    for says, number in Counter(says for _, says, _ in rows).most_common():
        print(f"{number} of {len(rows)}: {printable(says)}")


def plan(stages: list[list[str]], as_json: bool) -> None:
    """Who would be told when."""
    for number, stage in enumerate(stages, start=1):
        if as_json:
            _line({"stage": number, "of": len(stages), "subjects": stage})
        else:
            print(f"{number} of {len(stages)}: {len(stage)}: {' '.join(stage)}")


def _counts(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    return {state: count(outcomes.values(), state) for state in _STATES}


def _line(values: dict[str, Any]) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)
