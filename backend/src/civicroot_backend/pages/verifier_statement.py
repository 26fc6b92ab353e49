"""The served verifier's hash in the city log: whoever was served another one has it in writing.

The pages decide in the reader's browser whether a proof holds; the script that decides is one file, which the build
names in verifier.json. An organisation's key of the city states its SHA-256, the same bytes every time, so that the log
has one entry for each file that was ever served, however often the backend starts.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

from civicroot_wire.errors import TrustError, WireError

from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.errors import TooManyStatements

TYP = "application/vnd.civicroot.verifier"
ABOUT = "page/verifier"
CONTENT_TYPE = "text/javascript"
LIST = "verifier.json"
RETRY_SECONDS = 300  # after the log took none
ENROL_SECONDS = 5  # while the key is not enrolled yet, as for the first minute of a city: a look at the database

_log = logging.getLogger(__name__)


def script_of(static: Path) -> Path | None:
    """The file that decides what holds; None where the pages are not built. Raises ValueError for another build."""
    try:
        listed = json.loads((static / LIST).read_text())
    except FileNotFoundError:
        return None
    script = static / str(listed["verifier"]).removeprefix("/")
    if not script.is_file():
        raise ValueError(f"{static / LIST} names {script}, which is not there")
    return script


class VerifierStatement:
    """`static`: the built pages; `clock`: Unix seconds. One thread uses it."""

    def __init__(self, static: Path, organisation: Organisation, clock: Callable[[], float]) -> None:
        self._static = static
        self._organisation = organisation
        self._clock = clock
        self._not_before = float("-inf")
        self._said = ""

    def step(self) -> int | None:
        """Submit the statement, once it is possible; its index, or None if there is nothing to do now."""
        if self._clock() < self._not_before:
            return None
        script = script_of(self._static)
        self._not_before = self._clock() + RETRY_SECONDS
        if script is None:
            return None
        try:
            index = self._organisation.submit(self.sign(script))
        except TrustError as error:
            self._not_before = self._clock() + ENROL_SECONDS
            self._say(error)
            return None
        except (WireError, TooManyStatements) as error:
            self._say(error)
            return None
        self._not_before = float("inf")
        return index

    def _say(self, error: Exception) -> None:
        """Once, until it is for another reason."""
        if str(error) != self._said:
            _log.warning("the verifier's hash is not in the log yet: %s", error)
        self._said = str(error)

    def sign(self, script: Path) -> bytes:
        """The statement about a file: a hash envelope, the same bytes every time. Raises TrustError."""
        location = f"{self._organisation.public_url}/{script.relative_to(self._static).as_posix()}"
        digest = hashlib.sha256(script.read_bytes()).digest()
        return self._organisation.author().state(TYP, ABOUT, digest, CONTENT_TYPE, location)
