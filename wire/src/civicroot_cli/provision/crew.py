"""The steps from a plugged-in device to one that is enrolled, configured and labelled; a cut may follow any.

Whatever the device and the journal say decides what is done next, so the same command goes on where it was.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import account, enrolling, given_up, photo, waits
from .answers import COMMITTED
from .box_list import Row
from .conversation import SELF_TEST_SECONDS, Conversation, Line
from .errors import Faulty, WrongDevice
from .journal import ASKED, BEGUN, ENROLLED, QUEUED, Journal
from .labels import Labels
from .operators_desk import OperatorsDesk
from .options import Options
from .registrar import Registrar
from .site import Site
from .waits import Waits

UNCALIBRATED = "uncalibrated"  # what a sensor says that works and was not told what it sees


class Crew:
    """Provisions devices of `site` into `folder`; `say` takes a line for people. Raises CommandError."""

    def __init__(
        self, site: Site, journal: Journal, folder: Path, options: Options, say: Callable[[str], None], waited: Waits
    ) -> None:
        self._site = site
        self._journal = journal
        self._folder = folder
        self._options = options
        self._say = say
        self._waits = waited
        self.registrar = Registrar(site.url, options.registrar_key, journal, folder, say, waited)
        self.operator = OperatorsDesk(site, options.operator_key, journal, folder, say, waited)
        self.labels = Labels(site, journal, folder, options.font, say)

    def give_up(self, kid: str) -> None:
        """The device with this key is broken: free its row. Raises WrongDevice."""
        given_up.free(kid, self._journal, self.registrar, self._site.url, self._say)

    def take(self, line: Line, rows: list[Row]) -> Row:
        """Do all that needs the device itself; the row that it became."""
        talk = Conversation(self._waits.line(line))
        about = talk.begin()
        kid, status = about["kid"], talk.ask("status")
        self._say(f"device {kid}: {about['model']}, firmware {about['version']}, {status['state']}")
        self._check_realm(status)
        row = self._row(rows, kid, status)
        self._check_board(about, row)
        if status["state"] == COMMITTED:
            self._committed_before(row, kid)
        else:
            self._journal.note(row.subject, kid=kid, state=self._journal.of(row.subject).get("state") or BEGUN)
            self._provision(talk, row, about)
        self.labels.draw(row)
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
        if told in by_subject and not self._journal.of(told).get("kid"):
            return by_subject[told]
        if status["state"] == COMMITTED:
            raise WrongDevice(f"this device is provisioned already, as {told}")
        # 3. The next one that has none; at last one whose device was never asked to be enrolled: it was broken.
        for without in (None, BEGUN):
            for row in rows:
                if self._journal.of(row.subject).get("state") == without:
                    return row
        taken = ", ".join(f"{row.subject} is device {self._journal.of(row.subject)['kid']}" for row in rows[:3])
        raise WrongDevice(f"this is device {kid}, and nobody is left for it: {taken}; --broken KID gives one up")

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
            if not self.registrar.has(kid, row.subject):
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
            self.registrar.enrol(row, again)
        self.operator.configure(row)
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
            with self._waits.on(waits.GATEWAY):
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
        """The device asks to be enrolled; its signature covers the photo, too."""
        kid, realm = about["kid"], self._site.realm
        nonce = enrolling.nonce()
        known = {"asset": row.asset} if row.asset else {}
        if row.photo:
            nonce = photo.keep(photo.read(Path(row.photo)), realm, kid, self._folder).hex()
            known["photo"] = f"{photo.FOLDER}/{kid}.jpg"
        answer = talk.ask("possession", nonce=nonce)
        asked = enrolling.request(row, realm, nonce, answer, bool(about.get("simulated")))
        asked.setdefault("model", about["model"])
        if enrolling.kid_of(asked) != kid:
            raise WrongDevice("the device names another key than the one it signs with")
        self._journal.note(row.subject, state=ASKED, request=asked, **known)
