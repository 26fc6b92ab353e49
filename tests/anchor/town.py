"""A city with anchors: a real Backend whose policy accepts a time-stamp authority of OpenSSL's on this machine."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Self

from civicroot_anchor.checks import anchor_checks
from civicroot_backend.anchor.anchor import Anchor, Progress
from civicroot_backend.anchor.open import Opened
from civicroot_backend.anchor.remote import Remote
from civicroot_backend.anchor.rfc3161 import TimeStampAuthority
from civicroot_backend.anchor.runner import Pace, Runner
from civicroot_backend.database.tables import anchorings
from civicroot_backend.events import Event
from civicroot_backend.genesis import Anchoring, Outside
from civicroot_backend.realm import Addresses
from civicroot_backend.service import Backend
from civicroot_wire.checkpoint import Checkpoint
from sqlalchemy import Row, select

from tests.backend.city import City
from tests.support.tsa import Answer, Holder, Stamping, TsaServer, authority, ecdsa_key, rsa_key, stamper

NAME, HOUR = "time.example", 3600
AT_ONCE = Pace(poll=0.0, first_retry=0.0, last_retry=0.0, jitter=0.0)


@cache
def _made() -> tuple[Holder, Holder]:
    """One root and one signer for all tests: keys take long on a busy machine."""
    root = authority("Root of time", rsa_key())
    return root, stamper("Clock", ecdsa_key(), root)


class Town:
    """`backend` is open; `server` is the authority, honest until a test replaces its `answer`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.signer = _made()
        self.stamping = Stamping(folder / "tsa", self.signer)
        self.server = TsaServer(lambda query: Answer(self.stamping.reply(query)))
        (folder / "chain.pem").write_bytes(self.signer.pem)
        self.city = City(folder / "realm", Addresses(public_url="https://city.example"), outside=self._outside())
        self.told: list[Event] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.server)
        self.backend = self._open.enter_context(self.city.backend())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def reopen(self) -> None:
        """Another process."""
        self._open.close()
        self._open = ExitStack()
        self.server = TsaServer(self.server.answer)
        self.__enter__()

    def _outside(self) -> Outside:
        item = {
            "name": NAME,
            "kind": "rfc3161",
            "first": 0,
            "certificate": base64.b64encode(self.root.der).decode(),
        }
        settings = {
            "kind": "rfc3161",
            "url": self.server.url,
            "certificates": str(self.folder / "chain.pem"),
            "interval_seconds": HOUR,
        }
        return Outside(anchors=(Anchoring(NAME, "rfc3161", item, settings),))

    def grow(self, backend: Backend | None = None) -> int:
        """Publish one more entry; the log's size."""
        backend = backend or self.backend
        backend.submit(self.city.enrolment(self.city.key(), f"bin/{len(self.told)}", "device"))
        backend.publish_pending()
        assert backend.published is not None
        return backend.published.size

    def authority(self) -> TimeStampAuthority:
        """The client, which asks again at once."""
        trusted = self.backend.policy.anchor(NAME, 0)
        return TimeStampAuthority(trusted, Remote(self.server.url, 0), [self.signer.der])

    def runner(self, anchor: Anchor | None = None, interval: int = HOUR, pace: Pace = AT_ONCE) -> Runner:
        """A runner that never rests, of the authority or another anchor under its name."""
        trusted = self.backend.policy.anchor(NAME, 0)
        opened = Opened(anchor or self.authority(), interval, trusted, anchor_checks()[trusted.kind])
        backend = self.backend
        return Runner(
            opened,
            backend.anchors,
            backend.store,
            lambda: backend.log.witnessed,
            backend.origin,
            self.told.extend,
            lambda: self.city.now,
            pace,
        )

    def rows(self) -> list[Row[tuple[object, ...]]]:
        """All anchorings."""
        with self.backend.database.read() as connection:
            return list(connection.execute(select(anchorings).order_by(anchorings.c.id)))

    def states(self) -> list[tuple[int, str]]:
        """(size, state) of all anchorings."""
        return [(row.size, row.state) for row in self.rows()]


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Opened."""
    with Town(folder) as opened:
        yield opened


class Scripted:
    """An anchor that does what `script` says, one item an `advance`; it keeps the tickets that it was called with."""

    name, kind = NAME, "rfc3161"

    def __init__(self, *script: Progress | Exception, parallel: int = 1) -> None:
        self.script = list(script)
        self.parallel = parallel
        self.tickets: list[bytes] = []

    def prepare(self, tree: Checkpoint) -> bytes:
        return json.dumps({"size": tree.size, "try": 0}).encode()

    def advance(self, ticket: bytes, tree: Checkpoint) -> Progress:
        self.tickets.append(ticket)
        found = self.script.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        pass
