"""Standing: what a bundle carries to show that a key was not withdrawn when it signed (wire specification §7)."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from civicroot_wire import status_list
from civicroot_wire.errors import MalformedError
from sqlalchemy import Connection, func, select

from civicroot_backend.database.tables import enrolments, log_entries, revocations, status_lists


@dataclass(frozen=True, slots=True)
class Standing:
    """Log indices: of a status list, and for each of the keys of its revocation if the list says that it is revoked."""

    status_list: int | None
    revocations: Sequence[int | None]


def standing(connection: Connection, enrolled: Sequence[int], after: int, size: int) -> Standing:
    """What shows the standing of the keys enrolled by these log entries, for what they signed in entry `after`.

    Below `size`; without a list that covers all of the keys there is nothing to show.
    """
    nothing = Standing(None, [None] * len(enrolled))
    keys = [_key(connection, index) for index in enrolled]
    uris = {key.uri for key in keys}
    if len(uris) != 1 or None in uris:
        return nothing
    (uri,) = uris
    withdrawn = [_revocation(connection, key.kid, size) for key in keys]
    # 1. The newest list in which no key is withdrawn: it says all there is to say.
    first = min((index for index in withdrawn if index is not None), default=size)
    chosen = _newest(connection, str(uri), after, first)
    # 2. Otherwise the newest there is, with the revocations that it knows of: they are younger than the message.
    chosen = _newest(connection, str(uri), after, size) if chosen is None else chosen
    if chosen is None:
        return nothing
    bits = _bits(connection, chosen)
    try:
        needed = [status_list.is_set(bits, key.bit) for key in keys]
    except MalformedError:
        return nothing
    shown = [index if need else None for index, need in zip(withdrawn, needed, strict=True)]
    # 3. A list that contradicts the log shows nothing.
    if any(need and (index is None or index >= chosen) for index, need in zip(withdrawn, needed, strict=True)):
        return nothing
    return Standing(chosen, shown)


@dataclass(frozen=True, slots=True)
class _Key:
    kid: bytes
    bit: int
    uri: str | None


def _key(connection: Connection, index: int) -> _Key:
    columns = (enrolments.c.kid, enrolments.c.status_index, enrolments.c.status_uri)
    row = connection.execute(select(*columns).where(enrolments.c.log_index == index)).one()
    return _Key(row.kid, -1 if row.status_index is None else row.status_index, row.status_uri)


def _revocation(connection: Connection, kid: bytes, size: int) -> int | None:
    mine = (revocations.c.kid == kid) & (revocations.c.log_index < size)
    return connection.execute(select(revocations.c.log_index).where(mine)).scalar_one_or_none()


def _newest(connection: Connection, uri: str, first: int, end: int) -> int | None:
    mine = (status_lists.c.uri == uri) & (status_lists.c.log_index >= first) & (status_lists.c.log_index < end)
    index: int | None = connection.execute(select(func.max(status_lists.c.log_index)).where(mine)).scalar_one()
    return index


def _bits(connection: Connection, index: int) -> bytes:
    entry = connection.execute(select(log_entries.c.entry).where(log_entries.c.index == index)).scalar_one()
    # It was checked when it was logged: one stream, and within its limit.
    return zlib.decompressobj().decompress(status_list.decode(entry).compressed, status_list.MAX_KEYS // 8)
