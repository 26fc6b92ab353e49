"""How a bin or a tree is: the last value of each measurement, and when a bin was emptied, each with its readings."""

from collections.abc import Iterator

from fastapi import APIRouter
from sqlalchemy import Connection

from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.api.subject_models import Emptied, LastValue, State
from civicroot_backend.api.subject_names import KindParameter, NameParameter, subject_of
from civicroot_backend.api.subjects import found
from civicroot_backend.database import queries
from civicroot_backend.database.queries import DeviceRow, ReadingRow
from civicroot_backend.paths import API
from civicroot_backend.service import Backend
from civicroot_backend.subjects import emptying, levels, stays
from civicroot_backend.subjects.stays import Stay, cursor_of, newest_first
from civicroot_backend.times import iso_claim

SEARCHED = 1_000  # readings at most: a week of one every ten minutes, some 30 ms
_AT_ONCE = 100  # readings from the database

router = APIRouter(prefix=API, tags=["subjects"])


@router.get("/subjects/{kind}/{name}/state", summary="How a bin or a tree is now")
def get_state(backend: BackendParameter, kind: KindParameter, name: NameParameter) -> State:
    """An honest projection: every value names the signed reading that it rests on. Telemetry lags by about a second."""
    size = published_size(backend)
    with backend.database.read() as connection:
        device, _ = found(connection, subject_of(kind, name))
        if device is None:
            raise Refusal(404, NOT_FOUND, f"no device is enrolled as {subject_of(kind, name)}")
        searched = _Counted(_rows(connection, stays.of_subject(connection, device.subject)))
        emptied = emptying.last(levels.of_readings(searched)) if kind.lower() == "bin" else None
        level = levels.newest(connection, device)
        values = _values(backend, connection, device, size)
    return State(
        values=values,
        full=levels.is_full(level, backend.clock()),
        full_from=str(levels.FULL_FROM),
        emptied=None if emptied is None else _emptied(emptied, size),
        step=str(emptying.STEP),
        searched=searched.count,
    )


class _Counted:
    """Rows, and how many were taken."""

    def __init__(self, rows: Iterator[ReadingRow]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[ReadingRow]:
        for row in self._rows:
            self.count += 1
            yield row


def _rows(connection: Connection, listed: list[Stay]) -> Iterator[ReadingRow]:
    """A subject's readings, newest first, up to SEARCHED."""
    before: int | None = None
    for _ in range(SEARCHED // _AT_ONCE):
        page = list(newest_first(connection, listed, before, _AT_ONCE))
        yield from (row for _, row in page)
        if len(page) < _AT_ONCE:
            return
        number, row = page[-1]
        before = cursor_of(number, row)


def _values(backend: Backend, connection: Connection, device: DeviceRow, size: int) -> list[LastValue]:
    told = backend.telemetry.latest(device.kid)
    rows = queries.readings_of(connection, [(device.kid, reading.seq) for reading in told])
    values = []
    for reading in told:
        row = rows.get((device.kid, reading.seq))
        if row is None or row.log_index <= device.log_index:
            continue  # of the place where the device was before
        shown = reading_of(row, size)
        # A record that was pruned has no values any more; what telemetry keeps of it cannot be proved.
        values += [
            LastValue(**value.model_dump(), reading=shown) for value in shown.values if value.name == reading.name
        ]
    return values


def _emptied(found: emptying.Emptied[ReadingRow], size: int) -> Emptied:
    return Emptied(
        time=iso_claim(found.after.reading.time),
        fell=str(found.fell),
        confirmed=found.confirmed,
        before=reading_of(found.before.reading, size),
        after=reading_of(found.after.reading, size),
    )
