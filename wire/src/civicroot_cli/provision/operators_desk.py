"""Each device's first configuration: given at once, with the operator's key, or queued for the operator's desk.

It is logged, and the city's gateways retain it at the device's `…/cmd`: the device has it with its first connection.
"""

import json
from collections.abc import Callable
from pathlib import Path

from civicroot_cli import files, keyfile
from civicroot_cli.main import CommandError, Refused
from civicroot_cli.operator import desired, setting
from civicroot_cli.operator.desired import Desired
from civicroot_cli.submission import City

from . import waits
from .box_list import Row
from .journal import Journal
from .site import Site
from .waits import Waits

CONFIGURATIONS = "configurations.jsonl"
CONFIGURED = "configuration"  # in the journal: the version that the city has, or WAITING
WAITING = 0  # a device's settings have version 1 or more


class OperatorsDesk:
    """The way to the operator; `key` is its key's file, if it is here. Without settings there is nothing to do."""

    def __init__(
        self, site: Site, key: Path | None, journal: Journal, folder: Path, say: Callable[[str], None], waited: Waits
    ) -> None:
        self._site = site
        self._key = key
        self._journal = journal
        self._folder = folder
        self._say = say
        self._waits = waited

    def lacks(self, row: Row) -> bool:
        """Whether the city is not known to have a configuration for this row."""
        return bool(self._site.settings) and not self._journal.of(row.subject).get(CONFIGURED)

    def configure(self, row: Row) -> bool:
        """Have the row's configuration logged, or queue it. False: off line. Raises Refused if the city refuses it."""
        if not self.lacks(row):
            return True
        online = True
        try:
            with self._waits.on(waits.CITY), City(self._site.url) as city:
                found = self._given(city, row.subject)
        except Refused:
            raise
        except CommandError as error:
            self._say(f"  {row.subject}: the operator is off line: {error}")
            found, online = None, False
        if found is None:
            self._journal.note(row.subject, **{CONFIGURED: WAITING})
            self._say(f"  queued: {row.subject} gets its configuration from {self._folder / CONFIGURATIONS}")
        else:
            self._journal.note(row.subject, **{CONFIGURED: found.version})
            self._say(f"  configuration: version {found.version}, log entry {found.index}{self._differs(found)}")
        self._write()
        return online

    def _given(self, city: City, subject: str) -> Desired | None:
        site = self._site
        if self._key is not None:
            wanted, signer = setting.parse_all(site.settings), keyfile.load(self._key)
            return desired.give(city, subject, wanted, site.issuer, site.realm, signer)
        # Somebody at the desk may have done it.
        found = desired.newest(city, subject)
        return found if found is not None and found.public_is(site.keys["operator"]) else None

    def _differs(self, found: Desired) -> str:
        same = dict(found.settings) == setting.parse_all(self._site.settings)
        return "" if same else "; it was set before, with other settings, and stays (`civicroot configuration sign`)"

    def _write(self) -> None:
        """The file for the desk. None is left when nobody waits."""
        subjects = [subject for subject, known in self._journal.found.items() if known.get(CONFIGURED) == WAITING]
        path = self._folder / CONFIGURATIONS
        if not subjects:
            path.unlink(missing_ok=True)
            return
        about = {"realm": self._site.realm, "settings": self._site.settings}
        lines = [json.dumps({"subject": subject} | about, ensure_ascii=False) + "\n" for subject in subjects]
        files.replace(path, "".join(lines).encode())
