"""One run of the command: what was left over, the devices that are plugged in, and the readings that are waited for."""

import time
from collections.abc import Callable
from pathlib import Path

from civicroot_wire.policy import Policy

from civicroot_cli.main import CommandError

from . import first_reading, flashing, port
from .box_list import Row
from .crew import Crew, Options
from .errors import Faulty, Unplugged, Waiting, WrongDevice
from .flashing import Firmware
from .journal import DONE, ENROLLED, QUEUED, Journal
from .port import SerialLine
from .site import Site

JOURNAL = "journal.jsonl"


class Run:
    """See the module; `say` takes a line for people."""

    def __init__(
        self, site: Site, rows: list[Row], policy: Policy, folder: Path, options: Options, say: Callable[[str], None]
    ) -> None:
        self._site = site
        self._rows = rows
        self._policy = policy
        self._journal = Journal(folder / JOURNAL)
        self._crew = Crew(site, self._journal, folder, options, say)
        self._say = say

    def all(self, given: str | None, seconds: float, firmware: Firmware | None, batch: bool) -> int:
        """Do everything; 0. Raises CommandError, Waiting if something is left that only time can do."""
        for row in self._in(QUEUED):
            self._crew.look_after(row)
        try:
            if self._missing():
                self._devices(given, firmware, batch)
        finally:
            self._crew.draw_all(self._rows)
        self._await(seconds)
        queued, silent = self._in(QUEUED), self._in(ENROLLED)
        if queued or silent:
            said = [f"{len(queued)} queued for the registrar"] if queued else []
            said += [f"{len(silent)} without a first reading"] if silent else []
            raise Waiting(f"{', '.join(said)}; run the same command again")
        self._say(f"{len(self._in(DONE))} of {len(self._rows)} devices are done")
        return 0

    def _devices(self, given: str | None, firmware: Firmware | None, batch: bool) -> None:
        while missing := self._missing():
            self._say(f"{len(self._rows) - len(missing)} of {len(self._rows)}; next: {missing[0].subject}")
            if firmware is not None:
                flashing.flash(firmware, port.wait_for_port(given), self._say)
            with SerialLine(port.wait_for_port(given) if batch else port.choose(given)) as line:
                if not batch:
                    self._crew.take(line, self._rows)
                    return
                try:
                    self._crew.take(line, self._rows)
                except (WrongDevice, Faulty) as error:
                    self._say(f"  not taken: {error}")
                except Unplugged as error:
                    self._say(f"  not finished: {error}; plug it in again")
                    continue
                if self._missing():
                    self._say("  unplug it, plug in the next one")
                    port.wait_for_unplugging(line)

    def _await(self, seconds: float) -> None:
        """First readings, of all that are enrolled."""
        until = time.monotonic() + seconds
        for row in self._in(ENROLLED):
            self._say(f"{row.subject}: waiting for its first reading")
            left = max(0.0, until - time.monotonic())
            kid = str(self._journal.of(row.subject)["kid"])
            try:
                seq = first_reading.wait(self._site.url, kid, self._policy, left)
            except CommandError as error:
                self._say(f"  {row.subject}: {error}")
                if error.exit_code == 1:
                    raise
                continue
            if seq is not None:
                self._crew.done(row, seq)

    def _missing(self) -> list[Row]:
        return [row for row in self._rows if not self._journal.of(row.subject).get("committed")]

    def _in(self, state: str) -> list[Row]:
        """Rows whose devices are configured, and in this state."""
        known = [(row, self._journal.of(row.subject)) for row in self._rows]
        return [row for row, found in known if found.get("committed") and found.get("state") == state]
