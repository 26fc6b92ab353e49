"""Cosigning: from a signed checkpoint to the note that is published, recorded before anybody sees it.

The witnesses are shown only what is recorded as signed. Their answers are recorded before they are published, so that
after a crash exactly the note that was about to be published is published, and nobody has to be asked again. Below the
quorum the configuration decides: `wait` publishes nothing and asks again, `publish` shows what it has, says so, and
asks again for more.
"""

import logging
from collections.abc import Callable

from sqlalchemy import insert, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import checkpoints, publications
from civicroot_backend.log.below_quorum import PUBLISH, WAIT
from civicroot_backend.log.publish import Published, Publisher
from civicroot_backend.witnesses.panel import Panel
from civicroot_backend.witnesses.question import Question
from civicroot_backend.witnesses.quorum import Cosignature, cosigned_note

FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0  # seconds before the witnesses are asked again, doubling

_log = logging.getLogger(__name__)


class Cosigning:
    """One thread calls it. `monotonic` gives seconds; `below` is WAIT or PUBLISH."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        panel: Panel,
        below: str,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._panel = panel
        self._below = below
        self._clock = clock
        self._monotonic = monotonic
        self._pause = FIRST_PAUSE
        self._due = float("-inf")
        self._enough = True  # whether the last checkpoint met the quorum: only changes are worth a line

    @property
    def asks(self) -> bool:
        """Whether there is anybody to ask, or anything to wait for."""
        return len(self._panel) > 0 or self._panel.quorum.needed > 0

    @property
    def rest(self) -> float:
        """Seconds until the witnesses are asked again about a checkpoint that is below the quorum; 0: now."""
        return max(0.0, self._due - self._monotonic())

    def conclude(self, signed: Published, prove: Callable[[int], list[bytes]]) -> Published | None:
        """The note to publish of a signed checkpoint, recorded; None: nothing yet, `rest` says when to ask again."""
        if not self.asks:
            return signed
        # 1. It was about to be published when the process ended.
        recorded = self.recorded(signed)
        if recorded is not None and (recorded.met or self._is_news(recorded)):
            return recorded
        # 2. The witnesses are asked; those whose line is there already are not.
        held = self._panel.quorum.counted((recorded or signed).note, signed.size)
        found = self._panel.ask(Question(signed.size, signed.note, prove), held)
        enough = len(found) >= self._panel.quorum.needed
        self._plan(enough, signed.size, len(found))
        # 3. With the quorum it may be published; below it only if the configuration says so, and there is news.
        if not enough and (self._below == WAIT or self._panel.closed):
            return None
        if recorded is not None and len(found) <= len(recorded.cosigned):
            return None
        return self._record(signed, found)

    def recorded(self, signed: Published) -> Published | None:
        """The newest note that was to be published of this tree, if the policy of today knows all its lines."""
        mine = select(publications.c.note).where(publications.c.size == signed.size)
        with self._database.read() as connection:
            text = connection.execute(mine.order_by(publications.c.id.desc()).limit(1)).scalar_one_or_none()
        if text is None:
            return None
        found = self._publisher.judged(signed, text.decode())
        cosigned = self._panel.quorum.counted(found.note, found.size)
        return found if cosigned_note(signed.note, cosigned) == found.note else None

    def met_before(self, size: int) -> Published | None:
        """The newest checkpoint below `size` that was published with a quorum, if it is one by the policy of today."""
        mine = publications.c.met & (publications.c.size < size)
        columns = (checkpoints.c.size, checkpoints.c.root, checkpoints.c.time, publications.c.note)
        query = select(*columns).join(checkpoints, checkpoints.c.size == publications.c.size).where(mine)
        with self._database.read() as connection:
            row = connection.execute(query.order_by(publications.c.id.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        text = row.note.decode()
        found = self._publisher.judged(Published(row.size, row.root, text, row.time), text)
        return found if found.met else None

    def _is_news(self, recorded: Published) -> bool:
        """Whether a note below the quorum may be shown, and is not what is shown already."""
        published = self._publisher.published
        return self._below == PUBLISH and (published is None or published.note != recorded.note)

    def _plan(self, enough: bool, size: int, number: int) -> None:
        if enough != self._enough and not self._panel.closed:
            self._enough = enough
            says = (
                f"{number} of {len(self._panel)} witnesses cosigned log size {size}, {self._panel.quorum.needed} must"
            )
            _log.log(logging.INFO if enough else logging.WARNING, "%s (below_quorum = %s)", says, self._below)
        if enough:
            self._pause, self._due = FIRST_PAUSE, float("-inf")
            return
        self._due = self._monotonic() + self._pause
        self._pause = min(2 * self._pause, LAST_PAUSE)

    def _record(self, signed: Published, found: tuple[Cosignature, ...]) -> Published:
        text = cosigned_note(signed.note, found)
        made = self._publisher.judged(signed, text)
        row = {"size": made.size, "note": text.encode(), "quorum": made.quorum, "met": made.met}
        with self._database.write() as connection:
            connection.execute(insert(publications), row | {"time": int(self._clock())})
        return made
