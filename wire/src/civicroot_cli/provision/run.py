"""One run of the command: what was left over, the devices that are plugged in, and the readings that are waited for."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from civicroot_wire.policy import Policy

from civicroot_cli.main import CommandError, Refused

from . import blank, first_reading, flashing, port, waits
from .box_list import Row
from .crew import Crew
from .errors import DeviceRefused, Faulty, Unplugged, Waiting, WrongDevice
from .flashing import Firmware
from .journal import DONE, ENROLLED, QUEUED, Journal
from .options import Options
from .port import SerialLine
from .site import Site, registrar_of
from .waits import Waits

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
        self._waits = Waits()
        keys = registrar_of(policy) | site.keys
        self._crew = Crew(replace(site, keys=keys), self._journal, folder, options, say, self._waits)
        self._options = options
        self._say = say
        self._refused: list[str] = []

    def all(self, given: str | None, seconds: float, firmware: Firmware | None, batch: bool) -> int:
        """Do everything; 0. Raises CommandError, Refused, Waiting if something is left that only time can do."""
        for kid in self._options.broken:
            self._crew.give_up(kid)
        # Until the city does not answer: whom it was not asked about stays queued.
        all(self._goes_on(self._crew.registrar.look_after, row) for row in self._in(QUEUED))
        all(self._goes_on(self._crew.operator.configure, row) for row in self._lacking())
        try:
            if self._missing():
                self._devices(given, firmware, batch)
        finally:
            self._crew.labels.draw_all(self._rows)
        self._await(seconds)
        self._say(str(self._waits))
        self._finish()
        return 0

    def _goes_on(self, do: Callable[[Row], bool], row: Row) -> bool:
        """Do what is left of a row that is queued; one that is refused keeps nobody else waiting. False: off line."""
        try:
            return do(row)
        except Refused as error:
            self._refused.append(row.subject)
            self._say(f"  {row.subject}: {error}")
            return True

    def _finish(self) -> None:
        """Say how far all are. Raises Waiting, Refused."""
        left = (
            (len(self._in(QUEUED)), "queued for the registrar"),
            (len(self._lacking()), "queued for the operator"),
            (len(self._in(ENROLLED)), "without a first reading"),
        )
        said = [f"{count} {what}" for count, what in left if count]
        if self._refused:
            raise Refused(f"refused: {', '.join(self._refused)}" + "".join(f"; {text}" for text in said))
        if said:
            raise Waiting(f"{', '.join(said)}; run the same command again")
        self._say(f"{len(self._in(DONE))} of {len(self._rows)} devices are done")

    def _devices(self, given: str | None, firmware: Firmware | None, batch: bool) -> None:
        while missing := self._missing():
            self._say(f"{len(self._rows) - len(missing)} of {len(self._rows)}; next: {missing[0].subject}")
            if batch:
                self._one_of_a_box(given, firmware)
                continue
            where = port.choose(given)
            self._flash(where, firmware)
            with SerialLine(where if firmware is None else port.wait_for_port(given)) as line:
                self._crew.take(line, self._rows)
            return

    def _one_of_a_box(self, given: str | None, firmware: Firmware | None) -> None:
        """Take the device that is plugged in next, and wait until it is out. Raises CommandError."""
        try:
            where = port.wait_for_port(given)
            flashed = self._is_taken(lambda: self._flash(where, firmware))
            with SerialLine(port.wait_for_port(given)) as line:
                if flashed:
                    self._is_taken(lambda: self._crew.take(line, self._rows))
                if self._missing():
                    self._say("  unplug it, plug in the next one")
                    port.wait_for_unplugging(line)
        except Unplugged as error:
            self._say(f"  not finished: {error}; plug it in again")

    def _is_taken(self, step: Callable[[], object]) -> bool:
        """Whether this step is done; a device that is another one, or broken, does not end its box."""
        try:
            step()
        except (WrongDevice, Faulty, DeviceRefused) as error:
            self._say(f"  not taken: {error}")
            return False
        return True

    def _flash(self, found: str, firmware: Firmware | None) -> None:
        """Flash the board at this port, if it is asked for and the board needs it."""
        if firmware is None:
            return
        with SerialLine(found) as line:
            if not blank.is_blank(self._waits.line(line), self._journal, self._site.version):
                self._say("  it has firmware already")
                return
        with self._waits.on(waits.FLASHING):
            flashing.flash(firmware, found, self._say)
            port.wait_for_restart(found)

    def _await(self, seconds: float) -> None:
        """First readings, of all that are enrolled."""
        until = time.monotonic() + seconds
        for row in self._in(ENROLLED):
            self._say(f"{row.subject}: waiting for its first reading")
            left = max(0.0, until - time.monotonic())
            kid = str(self._journal.of(row.subject)["kid"])
            try:
                with self._waits.on(waits.READING):
                    seq = first_reading.wait(self._site.url, kid, self._policy, left)
            except CommandError as error:
                self._say(f"  {row.subject}: {error}")
                if error.exit_code == 1:
                    raise
                continue
            if seq is not None:
                self._journal.note(row.subject, state=DONE, seq=seq)
                self._say(f"  {row.subject}: reading {seq} is public, and its proof holds")

    def _missing(self) -> list[Row]:
        return [row for row in self._rows if not self._journal.of(row.subject).get("committed")]

    def _lacking(self) -> list[Row]:
        """Rows whose devices are configured, and whose first configuration the city has not."""
        known = [row for row in self._rows if self._journal.of(row.subject).get("committed")]
        return [row for row in known if self._crew.operator.lacks(row)]

    def _in(self, state: str) -> list[Row]:
        """Rows whose devices are configured, and in this state."""
        known = [(row, self._journal.of(row.subject)) for row in self._rows]
        return [row for row, found in known if found.get("committed") and found.get("state") == state]
