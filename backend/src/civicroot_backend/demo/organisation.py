"""The demo's organisation: a made-up tree-planting fund that states one thing about one tree, marked as a sample."""

import json
import secrets
from pathlib import Path

from civicroot_cli import files, keyfile
from civicroot_wire import possession, statement
from civicroot_wire.claims import Claims
from civicroot_wire.sodium import Signer

from .settings import REALM

SUBJECT = "organisation/demo-tree-fund"
ABOUT = "tree/1"
TYPE = "application/vnd.civicroot.demo+json"
NONCE_BYTES = 16
SAMPLE = {
    "demo": True,
    "note": "A sample: this fund, its money and its promise are made up for the demo.",
    "fund": "Demo tree-planting fund",
    "states": "Pays for watering this tree in its first three summers.",
}


class Organisation:
    """Its key and its statement, in `folder`. Every step can be repeated: what is there already is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.statement = folder / "statement.transparent.cose"

    @property
    def enrolled(self) -> bool:
        """Whether the registrar has enrolled it."""
        return (self._folder / "enrolled").is_file()

    def note_enrolled(self) -> None:
        """Remember that it is enrolled."""
        files.replace(self._folder / "enrolled", f"{SUBJECT}\n".encode())

    def enrolment_request(self) -> dict[str, object]:
        """What the registrar enrols: the organisation's own signed request."""
        key = self._key()
        asked = possession.sign(key.kid, SUBJECT, statement.ROLE, secrets.token_bytes(NONCE_BYTES), REALM, key)
        return {
            "subject": SUBJECT,
            "role": statement.ROLE,
            "public": key.public.hex(),
            "possession": asked.hex(),
            "label": "Demo tree-planting fund (a sample)",
        }

    def sign(self) -> Path:
        """The signed statement; the same bytes every time."""
        key = self._key()
        about = Claims(TYPE, SUBJECT, ABOUT, REALM)
        signed = statement.sign(about, json.dumps(SAMPLE).encode(), key.kid, key, "application/json")
        path = self._folder / "statement.cose"
        files.replace(path, signed)
        return path

    def _key(self) -> Signer:
        path = self._folder / "organisation.key"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            keyfile.create(path, Signer.generate())
        return keyfile.load(path)
