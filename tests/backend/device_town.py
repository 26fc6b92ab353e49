"""A city with one bin of which everything is to be seen: two days of readings, every fate, alarms, settings, a move.

The bin's numbers: 0–287 every ten minutes, of which 100–102 never came, 110–112 were given up for want of room, 120–121
were reserved and never used, 130 was signed twice, and 121 was used all the same, which is refused.
"""

from pathlib import Path

from civicroot_backend import realm
from civicroot_wire import configuration, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.configuration import Configuration
from civicroot_wire.senml import Measurement, Pack

from tests.backend.api_city import OpenCity
from tests.backend.city import NOW

STEP, READINGS = 600, 288
LOST, THINNED, SKIPPED, TWICE = range(100, 103), range(110, 113), range(120, 122), 130
BEGIN, END = NOW, NOW + STEP * READINGS
FORMULA = '=HYPERLINK("http://elsewhere.example","open")'
ALARMED, CALM, UPDATED, STARTED = 200, 210, 250, 260


def level(seq: int) -> int:
    """How full the bin is, in hundredths: it fills for a day and is emptied."""
    return seq % 144 * 95 // 143


def watched_town(
    folder: Path, addresses: realm.Addresses | None = None, label: str = FORMULA, **changes: object
) -> OpenCity:
    """The city; the last reading is not published. `label`: of the bin since it moved; `changes`: of configuration."""
    city = OpenCity(folder, addresses, **changes)
    key = city.enrol_device("bin/12", label="Market square", location=_at(375665, 1269780), simulated=True)
    operator = city.city.enrolled(city.backend, "operator/works", configuration.ROLE)
    city.backend.submit(city.city.enrolment(key, "bin/12", record.ROLE, label=label, location=_at(375666, 1269790)))
    settings = {"sample.interval": 600, "alarm.temp.begin": DecimalFraction(-1, 655)}
    for version in (3, 4):
        wanted = Configuration("bin/12", version, dict(settings))
        city.backend.submit(configuration.sign(wanted, operator.kid, "operator/works", city.city.realm, operator))
    absent = {*LOST, *THINNED, *SKIPPED}
    seqs = [seq for seq in range(READINGS) if seq not in absent]
    for first in range(0, len(seqs), 48):
        city.city.now = BEGIN + seqs[min(first + 47, len(seqs) - 1)] * STEP
        city.commit([_said(city, seq) for seq in seqs[first : first + 48]])
    city.city.now = END
    city.commit([city.fill(key, SKIPPED[1], 1, END), city.fill(key, TWICE, 1, END)])
    city.publish()
    city.commit([city.fill(key, READINGS, 55, END - 1)])
    city.backend.project_pending()
    return city


def _said(city: OpenCity, seq: int) -> bytes:
    key, name = city.devices["bin/12"], city.city.realm
    said = [Measurement("fill", DecimalFraction(-2, level(seq)), "/", update_time=3600)]
    said.append(Measurement("temp", DecimalFraction(-1, 180 + seq % 50), "Cel"))
    said += {
        ALARMED: [Measurement("alarm", "fire tilt")],
        CALM: [Measurement("alarm", "")],
        UPDATED: [Measurement("update", "1.2.0 committed")],
        STARTED: [Measurement("boots", 7), Measurement("reset", "watchdog")],
    }.get(seq, [Measurement("lid", seq % 6 == 0)])
    number = record.Sequence(
        seq,
        len(SKIPPED) if seq == SKIPPED[-1] + 1 else 0,
        None,
        [(THINNED[0], THINNED[-1])] if seq == 115 else None,
    )
    return record.sign(key.kid, number, Pack(said, BEGIN + seq * STEP), name, key)


def _at(latitude: int, longitude: int) -> tuple[DecimalFraction, DecimalFraction]:
    return DecimalFraction(-4, latitude), DecimalFraction(-4, longitude)
