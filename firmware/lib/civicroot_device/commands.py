"""What the device answers to whoever provisions or repairs it: JSON on standard output. It does not run meanwhile."""

import asyncio

from civicroot_wire import possession
from civicroot_wire.errors import WireError

from civicroot_device.calibration_points import middle, point
from civicroot_device.calibration_record import say
from civicroot_device.equipment import Equipment
from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.reporting.sensing import Sensing
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.boots import Boots
    from civicroot_device.calibration import Calibration
    from civicroot_device.device import Device
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.sensors.sensor import Sensor
    from civicroot_device.storage.store import Store

ROLE = "device"
ROUNDS = 5  # readings of which a calibration takes the median


def prove_possession(store: "Store", realm: str, nonce: str, subject: str) -> "dict[str, str]":
    """The signed request to be enrolled as `subject` (SPEC.md §3.3); nonce is the registrar's, in hex."""
    try:
        challenge = bytes.fromhex(nonce)
        key = store.identity
        signed = possession.sign(key.kid, subject, ROLE, challenge, realm, key.sign)
        possession.decode(signed)
    except (ValueError, WireError) as error:
        raise ConfigurationError("possession: " + str(error))
    return {"kid": key.kid.hex(), "public": key.public.hex(), "possession": signed.hex()}


def info(store: "Store", boots: "Boots", calibration: "Calibration") -> "dict[str, object]":
    """What the store says. `next` is the next number, `made` how many records the key has made.

    `boots` have been counted, `reset` is why the last one came, `failed_boots` of the last were not good; `safe_mode`:
    the next one will be in it.
    """
    return {
        "kid": store.identity.kid.hex(),
        "public": store.identity.public.hex(),
        "origin": store.identity.origin,
        "next": store.counter.next,
        "made": store.outbox.made,
        "waiting": store.outbox.waiting,
        "bytes": store.outbox.size,
        "thinned": [list(pair) for pair in store.outbox.pending],
        "damaged": store.outbox.counts.damaged,
        "refused": [[seq, reason] for seq, reason, _ in store.refusals.read()],
        "left_behind": store.left_behind,
        "boots": boots.count,
        "reset": boots.reason,
        "failed_boots": boots.failed,
        "safe_mode": boots.safe,
        "calibration": calibration.all(),
        "calibration_damaged": calibration.damaged,
        "version": VERSION,
    }


def self_test(device: "Device") -> "dict[str, object]":
    """Every sensor read once, by driver: what it said, and its raw readings; `faults` are flags by quantity."""
    equipment = Equipment(device.board, device.configuration.kind, device.calibration)
    if equipment.wiring is None:
        sample = asyncio.run(equipment.look())
        return {"board": None, "values": sample.values, "faults": sample.faults}
    found: "dict[str, object]" = {}
    faults: "dict[str, str]" = {}
    for name, (_, sensor) in equipment.parts.items():
        names = tuple([quantity for quantity in equipment.kind if quantity.name in sensor.names])
        sample = asyncio.run(equipment.measure(Sensing(names, [sensor], 1)))
        found[name] = {"values": sample.values, "raw": _raw(sensor), "faults": sample.faults}
        faults.update(sample.faults)
    return {"board": equipment.wiring.name, "sensors": found, "faults": faults}


def calibrate(device: "Device", reporter: "Reporter", sensor: str, arguments: "list[str]") -> "dict[str, object]":
    """Set a sensor's calibration, and make the record of it: durable when this returns (SPEC.md §3.1).

    arguments   KEY=VALUE …, or the point at which the sensor is now and what has to be known of it: "scale", "10000"
    """
    values = _typed(arguments) if "=" in arguments[0] else _read(device, sensor, arguments)
    device.calibration.set(sensor, values)
    seqs = say(device, reporter, sensor)
    return {"sensor": sensor, "set": values, "calibration": device.calibration.of(sensor), "records": seqs}


def _typed(arguments: "list[str]") -> "dict[str, int]":
    values = {}
    for argument in arguments:
        key, _, text = argument.partition("=")
        values[key] = _integer(text, argument)
    return values


def _read(device: "Device", sensor: str, arguments: "list[str]") -> "dict[str, int]":
    """What to set by what the sensor reads now."""
    if len(arguments) > 2:
        raise ConfigurationError("calibrate: " + " ".join(arguments))
    known = _integer(arguments[1], arguments[1]) if len(arguments) == 2 else None
    equipment = Equipment(device.board, device.configuration.kind, device.calibration)
    for part, driver in equipment.parts.values():
        for quantity in part.driver.calibrations.values():
            if part.calibration(quantity) == sensor:
                names = tuple([item for item in equipment.kind if item.name in driver.names])
                raw = middle([_round(equipment, Sensing(names, [driver], 1), driver) for _ in range(ROUNDS)])
                return point(device.calibration, sensor, arguments[0], raw, known)
    raise ConfigurationError("no sensor of this board is calibrated as " + sensor)


def _round(equipment: Equipment, sensing: Sensing, sensor: "Sensor") -> "dict[str, int]":
    asyncio.run(equipment.measure(sensing))
    return _raw(sensor)


def _raw(sensor: "Sensor") -> "dict[str, int]":
    """The last reading before calibration; nothing if it failed."""
    try:
        found: "dict[str, int]" = sensor.raw()  # type: ignore[attr-defined]  # every driver has it
    except SensorFault:
        return {}
    return found


def _integer(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError("calibrate: %s is no integer" % what)
