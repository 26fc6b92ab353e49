"""Status lists: a registrar says which of its keys are withdrawn, bit by bit, as of a place in the log."""

from collections.abc import Iterator

from civicroot_cli.inflating import inflate
from civicroot_wire import status_list
from civicroot_wire.errors import TrustError
from civicroot_wire.sodium import verify
from civicroot_wire.status_list import StatusList
from sqlalchemy import select

from civicroot_backend.database.tables import MAX_TIME, enrolments, revocations, statements, status_lists
from civicroot_backend.entries.claims_row import claims_row, envelope
from civicroot_backend.entries.position import Position, Rows

PREFIX = "https://{realm}/status-lists/"


def check(at: Position, data: bytes) -> Rows:
    """Verify a status list at its position. Raises WireError."""
    # 1. Strict form.
    found = status_list.decode(data)
    message, _ = envelope(found)
    # 2. A registrar of the policy at this index, for this realm.
    signer = at.policy.registrar(message.kid, at.index)
    status_list.verify(found, at.policy.realm, signer.public, verify)
    if not found.uri.startswith(PREFIX.format(realm=at.policy.realm)):
        raise TrustError("untrusted", f"{found.uri} is no address of this city's status lists")
    # 3. It says what the log says up to here, of every key that it covers.
    _check_bits(at, found.uri, _bits(found))
    row = {"uri": found.uri, "issued_at": min(found.issued_at, MAX_TIME)}
    return [(status_lists, row), (statements, claims_row(found))]


def _bits(found: StatusList) -> bytes:
    try:
        return inflate(found.compressed, status_list.MAX_KEYS // 8)
    except ValueError as error:
        raise TrustError("malformed", f"status list: {error}") from error


def _check_bits(at: Position, uri: str, bits: bytes) -> None:
    """Raise TrustError unless exactly the bits of the keys are set that are revoked below this position."""
    joined = enrolments.outerjoin(revocations, revocations.c.kid == enrolments.c.kid)
    columns = (enrolments.c.status_index, enrolments.c.subject, revocations.c.log_index.label("revoked"))
    expected: set[int] = set()
    for row in at.connection.execute(select(*columns).select_from(joined).where(enrolments.c.status_uri == uri)):
        if row.status_index >= 8 * len(bits):
            raise TrustError("out-of-range", f"the list has no bit {row.status_index} for {row.subject}")
        if row.revoked is not None:
            expected.add(row.status_index)
    said = set(_set_bits(bits))
    if said != expected:
        wrong = min(said ^ expected)
        contradiction = "is not set, and its key is revoked" if wrong in expected else "is set, and no key is revoked"
        raise TrustError("wrong-order", f"bit {wrong} {contradiction}")


def _set_bits(bits: bytes) -> Iterator[int]:
    for at, byte in enumerate(bits):
        for bit in range(8 if byte else 0):
            if byte >> bit & 1:
                yield 8 * at + bit
