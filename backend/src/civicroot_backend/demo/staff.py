"""The demo's staff: an operator, let in by a new link at each start, and the key that signs the trail's batches."""

import secrets
import time
from pathlib import Path

from civicroot_cli import keyfile
from civicroot_wire import possession, statement
from civicroot_wire.sodium import Signer

from civicroot_backend import config
from civicroot_backend.audit_trail.act import COMMAND_LINE, Act
from civicroot_backend.database import beside
from civicroot_backend.people import accounts
from civicroot_backend.people.door import Door
from civicroot_backend.people.roles import CITY, Role

from .settings import REALM

SUBJECT = "organisation/city"
LOGIN, NAME = "operator", "Demo operator"
NONCE_BYTES = 16


class Staff:
    """What they have, in `folder`. Every step can be repeated: what is there already is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def key_file(self) -> Path:
        """The organisation's key file, made if it is not there."""
        path = self._folder / "organisation.key"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            keyfile.create(path, Signer.generate())
        return path

    @property
    def enrolled(self) -> bool:
        """Whether the registrar has enrolled the key."""
        return (self._folder / "enrolled").is_file()

    def note_enrolled(self) -> None:
        """Remember that it is enrolled."""
        (self._folder / "enrolled").write_text(f"{SUBJECT}\n")

    def enrolment_request(self) -> dict[str, object]:
        """What the registrar enrols."""
        key = keyfile.load(self.key_file)
        asked = possession.sign(key.kid, SUBJECT, statement.ROLE, secrets.token_bytes(NONCE_BYTES), REALM, key)
        return {
            "subject": SUBJECT,
            "role": statement.ROLE,
            "public": key.public.hex(),
            "possession": asked.hex(),
            "label": "Demo city: its audit trail",
        }

    def invitation(self, configuration: Path, environment: dict[str, str]) -> str:
        """A link that lets the operator in once; the account is made at the first start. Raises BackendError."""
        found = config.load(configuration, environment)
        with beside.opened(found) as database, database.write() as connection:
            act = Act(connection, int(time.time()), COMMAND_LINE)
            operator = accounts.find(connection, LOGIN)
            if operator is None:
                _, token = accounts.add(act, LOGIN, NAME, CITY, {Role.OPERATOR})
            else:
                token = accounts.invite_again(act, operator.id)
        return Door(found.public_url, found.http_host).invitation_link(token)
