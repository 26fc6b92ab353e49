"""The steps from a plugged-in device to one that is enrolled, configured and labelled; a cut may follow any.

Whatever the device and the journal say decides what is done next, so the same command goes on where it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from civicroot_cli import files
from civicroot_cli.main import CommandError, Refused

from . import account, enrolling, label_pdf, label_svg
from .box_list import Row
from .conversation import SELF_TEST_SECONDS, Conversation, Line
from .errors import Faulty, WrongDevice
from .journal import ASKED, BEGUN, DONE, ENROLLED, QUEUED, Journal
from .label import Label
from .label_pdf import Font
from .site import Site

REQUESTS = "requests.jsonl"
LABELS = "labels.pdf"
COMMITTED = "committed"  # the device's own word
UNCALIBRATED = "uncalibrated"  # what a sensor says that works and was not told what it sees


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a crew works today. `calibrate`: (sensor, point, known number or None)."""

    registrar_key: Path | None = None
    calibrate: list[tuple[str, str, int | None]] = field(default_factory=list)
    allow_faults: bool = False
    start_over: bool = False
    font: Font | None = None


class Crew:
    """Provisions devices of `site` into `folder`; `say` takes a line for people. Raises CommandError."""

    def __init__(
        self, site: Site, journal: Journal, folder: Path, options: Options, say: Callable[[str], None]
    ) -> None:
        self._site = site
        self._journal = journal
        self._folder = folder
        self._options = options
        self._say = say

    def take(self, line: Line, rows: list[Row]) -> Row:
        """Do all that needs the device itself; the row that it became."""
        talk = Conversation(line)
        about = talk.begin()
        kid, status = str(about["kid"]), talk.ask("status")
        self._say(f"device {kid}: {about['model']}, firmware {about['version']}, {status['state']}")
        self._check_realm(status)
        row = self._row(rows, kid, status)
        self._check_board(about, row)
        if status["state"] == COMMITTED:
            self._committed_before(row, kid)
        else:
            self._journal.note(row.subject, kid=kid, state=self._journal.of(row.subject).get("state", BEGUN))
            self._provision(talk, row, about)
        self.draw(row)
        return row

    def _check_realm(self, status: dict[str, Any]) -> None:
        realm = status["set"].get("realm")
        if realm in (None, self._site.realm):
            return
        if status["state"] != COMMITTED and self._options.start_over:
            return  # what it was told is told again, all of it
        hint = "the operator there can unlock it" if status["state"] == COMMITTED else "--start-over, if it is yours"
        raise WrongDevice(f"this device is of realm {realm}, not of {self._site.realm}; {hint}")

    def _row(self, rows: list[Row], kid: str, status: dict[str, Any]) -> Row:
        """Which row this device is, or becomes."""
        by_subject = {row.subject: row for row in rows}
        # 1. It was given to somebody already.
        given = self._journal.subject_of(kid)
        if given is not None:
            if given not in by_subject:
                raise WrongDevice(f"this device is {given} already")
            if self._journal.of(given).get("committed"):
                raise WrongDevice(f"this device is provisioned already, as {given}")
            return by_subject[given]
        # 2. It says itself who it is, and nobody else is that.
        told = status["set"].get("subject")
        if told in by_subject and "kid" not in self._journal.of(told):
            return by_subject[told]
        if status["state"] == COMMITTED:
            raise WrongDevice(f"this device is provisioned already, as {told}")
        # 3. The next one that has none; at last one whose device was never asked to be enrolled: it was broken.
        for without in (None, BEGUN):
            for row in rows:
                if self._journal.of(row.subject).get("state") == without:
                    return row
        taken = ", ".join(f"{row.subject} is device {self._journal.of(row.subject)['kid']}" for row in rows[:3])
        raise WrongDevice(f"this is device {kid}, and nobody is left for it: {taken}")

    def _check_board(self, about: dict[str, Any], row: Row) -> None:
        for wanted, what, found in (
            (self._site.model, "board", about["model"]),
            (row.model or None, "board", about["model"]),
            (self._site.version, "firmware", about["version"]),
        ):
            if wanted is not None and wanted != found:
                raise WrongDevice(f"{row.subject}: the {what} is {found}, not {wanted}")

    def _committed_before(self, row: Row, kid: str) -> None:
        """The cut came after the device's last step, and before the journal's."""
        if self._journal.of(row.subject).get("state") not in (ENROLLED, QUEUED):
            if not enrolling.is_enrolled(self._site.url, kid, row.subject):
                raise WrongDevice(
                    f"this device is {row.subject} already, and was never enrolled: unlock it, begin anew"
                )
            self._journal.note(row.subject, kid=kid, state=ENROLLED)
        self._journal.note(row.subject, committed=True)

    def _provision(self, talk: Conversation, row: Row, about: dict[str, Any]) -> None:
        self._tell(talk, row)
        for sensor, point, known in self._options.calibrate:
            found = talk.ask("calibrate", sensor=sensor, point=point, known=known, seconds=SELF_TEST_SECONDS)
            self._say(f"  calibrated {sensor}: {found['set']}")
        self._test(talk, row)
        again = self._journal.of(row.subject).get("state") != BEGUN
        if not again:
            self._ask(talk, row, about)
        if self._journal.of(row.subject).get("state") == ASKED:
            self.enrol(row, again)
        talk.ask("commit")
        self._journal.note(row.subject, committed=True)
        self._say("  configured: it starts, and speaks only its protocol from now on")

    def _tell(self, talk: Conversation, row: Row) -> None:
        site = self._site
        if self._options.start_over:
            talk.ask("forget")
        talk.ask("set_realm", realm=site.realm)
        talk.ask("set_subject", subject=row.subject)
        if site.keys:
            talk.ask("set_keys", **site.keys)
        kid = self._journal.of(row.subject)["kid"]
        gateway = {
            name: value.replace("{kid}", kid) if name == "username" else value for name, value in site.gateway.items()
        }
        if site.account is not None:
            gateway |= account.make(site.account, kid)
        talk.ask("set_gateway", **gateway)
        if site.wifi is not None:
            talk.ask("set_wifi", **site.wifi)
        talk.ask("set_place", **site.place, label=row.label)
        self._say(f"  told: it is {row.subject} of {site.realm}")

    def _test(self, talk: Conversation, row: Row) -> None:
        self._say("  self-test")
        done = talk.ask("self_test", progress=self._tested, seconds=SELF_TEST_SECONDS)
        faults = {name: flag for name, flag in done["faults"].items() if flag != UNCALIBRATED}
        if faults and not self._options.allow_faults:
            named = ", ".join(f"{name}: {flag}" for name, flag in faults.items())
            raise Faulty(f"{row.subject} does not pass its self-test: {named}; mend it, or say --allow-faults")

    def _tested(self, part: str, found: Any) -> None:
        if not isinstance(found, dict):
            good = found in ("shown", "joined", "reached", "not-set")
            self._say(f"    {'✓' if good else '✗'} {part:<10} {found}")
            return
        values = {**found.get("raw", {}), **found.get("values", {})}
        faults = [f"{name} {flag}" for name, flag in found.get("faults", {}).items()]
        bad = any(flag != UNCALIBRATED for flag in found.get("faults", {}).values())
        text = ", ".join([f"{name} {value}" for name, value in values.items()] + faults)
        self._say(f"    {'✗' if bad else '✓'} {part:<10} {text}")

    def _ask(self, talk: Conversation, row: Row, about: dict[str, Any]) -> None:
        nonce = enrolling.nonce()
        answer = talk.ask("possession", nonce=nonce)
        simulated = bool(about.get("simulated"))
        asked = enrolling.request(row, self._site.realm, nonce, answer, simulated)
        asked.setdefault("model", about["model"])
        if enrolling.kid_of(asked) != about["kid"]:
            raise WrongDevice("the device names another key than the one it signs with")
        known = {name: value for name, value in (("asset", row.asset), ("photo", row.photo)) if value}
        self._journal.note(row.subject, state=ASKED, request=asked, **known)

    def enrol(self, row: Row, again: bool) -> None:
        """Enrol a row whose device has asked for it, or queue it; `again`: in an earlier run. Raises Refused."""
        key, asked = self._options.registrar_key, self._journal.of(row.subject)["request"]
        if key is not None:
            try:
                index = self._sign(row, asked, key, again)
            except Refused:
                raise
            except CommandError as error:
                self._say(f"  {row.subject}: the registrar is off line: {error}")
            else:
                self._journal.note(row.subject, state=ENROLLED)
                self._say(f"  enrolled: {row.subject}" + (f", log entry {index}" if index is not None else ""))
                return
        self._journal.note(row.subject, state=QUEUED)
        self.write_requests()
        self._say(f"  queued: {row.subject} is enrolled at the desk, from {self._folder / REQUESTS}")

    def _sign(self, row: Row, asked: dict[str, Any], key: Path, again: bool) -> int | None:
        """The log index of its enrolment; None if it is known only that the city has it."""
        if again:
            index = enrolling.enrolled_before(asked, self._site.url, key, self._folder)
            if index is not None:
                return index
            if enrolling.is_enrolled(self._site.url, enrolling.kid_of(asked), row.subject):
                return None
        return enrolling.enrol(asked, self._site.url, key, self._folder)

    def look_after(self, row: Row) -> None:
        """A queued row: try again with the registrar's key, or ask the city whether the desk has done it."""
        known = self._journal.of(row.subject)
        if self._options.registrar_key is not None:
            self.enrol(row, again=True)
        else:
            try:
                if enrolling.is_enrolled(self._site.url, known["kid"], row.subject):
                    self._journal.note(row.subject, state=ENROLLED)
            except WrongDevice:
                raise
            except CommandError as error:
                self._say(f"  {row.subject}: {error}")
        self.write_requests()

    def write_requests(self) -> None:
        """The file for the desk: all that are queued. None is left when there are none."""
        waiting = [known["request"] for known in self._journal.found.values() if known.get("state") == QUEUED]
        path = self._folder / REQUESTS
        if waiting:
            enrolling.write_requests(path, waiting)
        else:
            path.unlink(missing_ok=True)

    def label(self, row: Row) -> Label:
        """What is printed for a row."""
        kid = self._journal.of(row.subject).get("kid", "")
        address = self._site.url + row.page
        return Label(
            subject=row.subject,
            kid=kid,
            address=address,
            asset=row.asset,
            support=self._site.support,
            place=row.label,
        )

    def draw(self, row: Row) -> None:
        """The row's label, as SVG."""
        path = self._folder / (row.subject.replace("/", "-") + ".svg")
        files.replace(path, label_svg.draw(self.label(row)))
        self._say(f"  label: {path}")

    def draw_all(self, rows: list[Row]) -> None:
        """All labels of devices that are configured, as one PDF."""
        ready = [row for row in rows if self._journal.of(row.subject).get("committed")]
        if ready:
            path = self._folder / LABELS
            files.replace(path, label_pdf.draw([self.label(row) for row in ready], self._options.font))
            self._say(f"labels: {path}, {len(ready)} of {len(rows)}")

    def done(self, row: Row, seq: int) -> None:
        """Its first reading was verified."""
        self._journal.note(row.subject, state=DONE, seq=seq)
        self._say(f"  {row.subject}: reading {seq} is public, and its proof holds")
