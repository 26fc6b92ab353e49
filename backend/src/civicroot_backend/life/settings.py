"""What a device should do, as operators signed it, and what its own records say that it does."""

from dataclasses import dataclass, field

from civicroot_wire import configuration, record
from civicroot_wire.cbor import DecimalFraction
from sqlalchemy import Connection, select

from civicroot_backend.database.tables import enrolments, records
from civicroot_backend.life import events
from civicroot_backend.life.events import SEARCHED

CALIBRATION = "cal."
_MARKS = (b"\x66update", CALIBRATION.encode())


@dataclass(frozen=True, slots=True)
class Desired:
    """The configuration of the highest version: the one that counts (wire specification §3.6)."""

    version: int
    settings: dict[str, str]
    log_index: int


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a record of the device has."""

    text: str
    seq: int


@dataclass(slots=True)
class Reported:
    """By name; each with the record that says it. `promised`: seconds to the next report."""

    promised: Said | None = None
    software: Said | None = None
    calibrations: dict[str, Said] = field(default_factory=dict)


def desired(connection: Connection, kid: bytes) -> Desired | None:
    """What an operator wants of the device; None: nobody has said anything."""
    own = connection.execute(select(enrolments).where(enrolments.c.kid == kid).order_by(enrolments.c.log_index)).all()
    present = [row for row in own if row.subject == own[-1].subject] if own else []
    found = [(configuration.decode(row.entry), row.place) for row in events.configurations(connection, present)]
    if not found:
        return None
    newest, index = max(found, key=lambda each: (each[0].version, each[1]))
    return Desired(newest.version, {name: _text(value) for name, value in newest.settings.items()}, index)


def reported(connection: Connection, kid: bytes) -> Reported:
    """What the newest records say."""
    found = Reported()
    query = select(records.c.seq, records.c.encoded).where(records.c.kid == kid)
    for row in connection.execute(query.order_by(records.c.seq.desc()).limit(SEARCHED)):
        encoded = row.encoded
        if encoded is None or (found.promised is not None and not any(mark in encoded for mark in _MARKS)):
            continue
        measurements = record.decode(encoded).pack.measurements
        if found.promised is None and (seconds := measurements[0].update_time) is not None:
            found.promised = Said(str(seconds), row.seq)
        for item in measurements:
            if item.name == "update" and found.software is None and str(item.value).endswith(" committed"):
                found.software = Said(str(item.value).removesuffix(" committed"), row.seq)
            elif item.name.startswith(CALIBRATION):
                found.calibrations.setdefault(item.name, Said(str(item.value), row.seq))
    return found


def _text(value: int | DecimalFraction | bool | str) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
