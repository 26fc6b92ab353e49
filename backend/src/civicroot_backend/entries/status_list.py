"""Status lists: a registrar says which of its keys are withdrawn, bit by bit, as of a place in the log."""

import zlib
from collections.abc import Iterator

from civicroot_wire import status_list
from civicroot_wire.errors import TrustError
from civicroot_wire.sodium import verify
from civicroot_wire.status_list import StatusList
from sqlalchemy import exists, select

from civicroot_backend.database.tables import MAX_TIME, enrolments, revocations, statements, status_lists
from civicroot_backend.entries.claims_row import claims_row, envelope
from civicroot_backend.entries.position import Position, Rows

URI = "https://{realm}/status-lists/{registrar}"  # `registrar`: kid in hexadecimal


def uri_of(realm: str, registrar: bytes) -> str:
    """What the list of the registrar with this kid is called."""
    return URI.format(realm=realm, registrar=registrar.hex())


def check(at: Position, data: bytes) -> Rows:
    """Verify a status list at its position. Raises WireError."""
    # 1. Strict form.
    found = status_list.decode(data)
    message, _ = envelope(found)
    # 2. A registrar of the policy at this index, for this realm.
    signer = at.policy.registrar(message.kid, at.index)
    status_list.verify(found, at.policy.realm, signer.public, verify)
    # 3. It says what the log says up to here, of every key that it covers.
    _check_bits(at, found.uri, _bits(found))
    row = {"uri": found.uri, "issued_at": min(found.issued_at, MAX_TIME)}
    return [(status_lists, row), (statements, claims_row(found))]


def _bits(found: StatusList) -> bytes:
    limit = status_list.MAX_KEYS // 8
    inflater = zlib.decompressobj()
    try:
        bits = inflater.decompress(found.compressed, limit)
    except zlib.error as error:
        raise TrustError("malformed", f"status list: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise TrustError("malformed", "status list is cut, too long or has a tail")
    return bits


def _check_bits(at: Position, uri: str, bits: bytes) -> None:
    known = _known_bits(at, uri)
    for index, (revoked, subject) in sorted(known.items()):
        if index >= 8 * len(bits):
            raise TrustError("out-of-range", f"the list has no bit {index} for {subject}")
        if revoked is not None and status_list.is_set(bits, index) != revoked:
            says = "valid, although it is revoked" if revoked else "revoked, although it is not"
            raise TrustError("wrong-order", f"bit {index} says that the key of {subject} is {says}")
    stray = next((index for index in _set_bits(bits) if index not in known), None)
    if stray is not None:
        raise TrustError("wrong-order", f"bit {stray} is set, and no key has it")


def _known_bits(at: Position, uri: str) -> dict[int, tuple[bool | None, str]]:
    """By index: whether its key is revoked, and its subject. None: an enrolment that a newer one superseded."""
    newer = enrolments.alias("newer")
    superseded = exists().where(newer.c.kid == enrolments.c.kid, newer.c.log_index > enrolments.c.log_index)
    columns = (
        enrolments.c.status_index,
        enrolments.c.subject,
        revocations.c.log_index.is_not(None).label("revoked"),
        superseded.label("superseded"),
    )
    joined = enrolments.outerjoin(revocations, revocations.c.kid == enrolments.c.kid)
    found: dict[int, tuple[bool | None, str]] = {}
    query = select(*columns).select_from(joined).where(enrolments.c.status_uri == uri)
    for row in at.connection.execute(query.order_by(enrolments.c.log_index)):
        found[row.status_index] = (None if row.superseded else bool(row.revoked), row.subject)
    return found


def _set_bits(bits: bytes) -> Iterator[int]:
    for at, byte in enumerate(bits):
        for bit in range(8 if byte else 0):
            if byte >> bit & 1:
                yield 8 * at + bit
