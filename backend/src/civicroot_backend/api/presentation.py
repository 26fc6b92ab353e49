"""From stored bytes to what the API answers: values are decoded from a record's exact bytes whenever they are shown."""

from civicroot_wire import record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement

from civicroot_backend.api.models import Device, Location, Reading, Value
from civicroot_backend.database.queries import DeviceRow, ReadingRow
from civicroot_backend.paths import page_of, proof_of
from civicroot_backend.times import iso, iso_claim


def reading_of(row: ReadingRow, published_size: int) -> Reading:
    """The reading; it is published if its batch lies below `published_size`."""
    measurements = [] if row.encoded is None else record.decode(row.encoded).pack.measurements
    kid = row.kid.hex()
    return Reading(
        kid=kid,
        seq=row.seq,
        time=iso_claim(row.time),
        received=iso(row.closed),
        values=[value_of(item) for item in measurements],
        pruned=row.encoded is None,
        log_index=row.log_index,
        published=row.log_index < published_size,
        proof=proof_of(kid, row.seq),
    )


def value_of(item: Measurement) -> Value:
    """One measurement: a number as a double and as its exact text."""
    value = item.value
    if isinstance(value, bool):
        return Value(name=item.name, unit=item.unit, value=value, text="true" if value else "false")
    if isinstance(value, DecimalFraction):
        return Value(name=item.name, unit=item.unit, value=float(str(value)), text=str(value))
    if isinstance(value, bytes):
        return Value(name=item.name, unit=item.unit, value=value.hex(), text=value.hex())
    return Value(name=item.name, unit=item.unit, value=value, text=str(value))


def device_of(row: DeviceRow, published_size: int) -> Device:
    """The device with its latest reading."""
    kind, _, name = row.subject.partition("/")
    location = None
    if row.latitude is not None and row.longitude is not None:
        location = Location(latitude=row.latitude, longitude=row.longitude)
    return Device(
        kid=row.kid.hex(),
        subject=row.subject,
        kind=kind,
        name=name,
        label=row.label,
        location=location,
        simulated=row.simulated,
        enrolled_at_index=row.log_index,
        page=page_of(row.subject),
        latest=None if row.latest is None else reading_of(row.latest, published_size),
    )
