"""What a crew wants to know before it leaves: do all sensors answer, are display and lamp seen, is there a way home?"""

import asyncio
import random

from civicroot_device.calibration_points import middle, point
from civicroot_device.equipment import Equipment
from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.reporting.sensing import Sensing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.config import Broker
    from civicroot_device.device import Device
    from civicroot_device.mqtt.errors import MqttError
    from civicroot_device.provisioning.draft import Draft
    from civicroot_device.provisioning.wifi import Wifi
    from civicroot_device.sensors.sensor import Sensor

    Say = Callable[[str, object], None]  # (what was tried, what came of it)

ROUNDS = 5  # readings of which a calibration takes the median
ANSWER_MS = 15_000  # TLS on an ESP32 takes three seconds; DNS through a busy access point as long
COLOUR_MS = 300
# What came of it, where it is no reading.
SHOWN, JOINED, NOT_JOINED, NOT_SET, REACHED = "shown", "joined", "not-joined", "not-set", "reached"


async def run(device: "Device", draft: "Draft", wifi: "Wifi", say: "Say") -> "dict[str, object]":
    """Try everything once. `faults` names what did not work: flags of sensor.py by quantity or part."""
    faults: "dict[str, str]" = {}
    sensors = await _sensors(device, say, faults)
    found: "dict[str, object]" = {"sensors": sensors}
    wiring = device.board.wiring
    if wiring is not None and wiring.display is not None:
        found["display"] = await _display(device, faults)
        say("display", found["display"])
    if wiring is not None and wiring.lamp is not None:
        found["lamp"] = await _lamp(device)
        say("lamp", found["lamp"])
    found["wifi"] = await _join(draft, wifi, faults)
    say("wifi", found["wifi"])
    found["broker"] = await _reach(device, draft.broker(), faults)
    say("broker", found["broker"])
    found["faults"] = faults
    return found


async def _sensors(device: "Device", say: "Say", faults: "dict[str, str]") -> "dict[str, object]":
    equipment = Equipment(device.board, device.configuration.kind, device.calibration)
    if equipment.wiring is None:
        sample = await equipment.look()
        faults.update(sample.faults)
        say("sensors", {"values": sample.values, "faults": sample.faults})
        return {"sensors": {"values": sample.values, "faults": sample.faults}}
    found: "dict[str, object]" = {}
    for name, (_, sensor) in equipment.parts.items():
        names = tuple([quantity for quantity in equipment.kind if quantity.name in sensor.names])
        sample = await equipment.measure(Sensing(names, [sensor], 1))
        found[name] = {"values": sample.values, "raw": _raw(sensor), "faults": sample.faults}
        faults.update(sample.faults)
        say(name, found[name])
    return found


async def _display(device: "Device", faults: "dict[str, str]") -> str:
    from civicroot_device.display import page  # noqa: PLC0415 (not on a running device's heap)
    from civicroot_device.display.errors import DisplayFault  # noqa: PLC0415

    wiring, options = device.board.wiring, device.configuration
    assert wiring is not None and wiring.display is not None
    display = wiring.display.make(device.board.lines, device.calibration.of, asyncio.sleep_ms)
    try:
        drawn = page.idle(options.label, options.realm, device.store.identity.kid.hex(), options.language)
        await display.show(drawn)
    except DisplayFault as fault:
        faults["display"] = fault.flag
        return str(fault.flag)
    return SHOWN


async def _lamp(device: "Device") -> str:
    from civicroot_device.lamp import states  # noqa: PLC0415
    from civicroot_device.lamp.lamp import Lamp  # noqa: PLC0415

    wiring = device.board.wiring
    assert wiring is not None and wiring.lamp is not None
    lamp = Lamp(wiring.lamp.options["pixels"])
    ring = wiring.lamp.driver.load()(device.board.lines[wiring.lamp.lines["bus"]], lamp)
    for state in (states.LID_OPEN, states.CLAIMED, states.CLAIM_OPEN, states.IDLE):
        lamp.set(state)
        ring.step(device.ms())
        await asyncio.sleep(COLOUR_MS / 1000)
    return SHOWN


async def _join(draft: "Draft", wifi: "Wifi", faults: "dict[str, str]") -> str:
    told = draft.values.get("wifi")
    if told is None:
        return NOT_SET
    if await wifi.join(told["ssid"], told["password"]):
        return JOINED
    faults["wifi"] = NOT_JOINED
    return NOT_JOINED


async def _reach(device: "Device", broker: "Broker | None", faults: "dict[str, str]") -> str:
    """Whether the gateway's broker takes the device: certificate, account and all."""
    if broker is None:
        return NOT_SET
    from civicroot_device.mqtt.client import MqttClient  # noqa: PLC0415 (not for a tag)
    from civicroot_device.net import Network  # noqa: PLC0415

    done = asyncio.Event()
    why: "list[str]" = []

    async def up() -> None:
        done.set()

    def down(error: "MqttError") -> None:
        why.append(error.reason)
        done.set()

    try:
        client = MqttClient(
            connect=Network(None).opener(broker),
            client_id=device.store.identity.kid.hex(),
            on_message=lambda *_: None,
            random=random.random,
            ticks=device.board.ticks_ms,
            on_up=up,
            on_down=down,
            username=broker.username,
            password=None if broker.password is None else broker.password.encode(),
            answer_ms=ANSWER_MS,
        )
        await client.run(done)
    except (OSError, ValueError) as error:  # a certificate authority that is none
        why.append(str(error))
    if why:
        faults["broker"] = why[0]
        return why[0]
    return REACHED


async def reading(device: "Device", sensor: str, name: str, known: "int | None") -> "dict[str, int]":
    """What to set when `sensor` is at the point `name` now (calibration_points.py). Raises ConfigurationError."""
    equipment = Equipment(device.board, device.configuration.kind, device.calibration)
    for part, driver in equipment.parts.values():
        for quantity in part.driver.calibrations.values():
            if part.calibration(quantity) == sensor:
                names = tuple([item for item in equipment.kind if item.name in driver.names])
                rounds = []
                for _ in range(ROUNDS):
                    await equipment.measure(Sensing(names, [driver], 1))
                    rounds.append(_raw(driver))
                return point(device.calibration, sensor, name, middle(rounds), known)
    raise ConfigurationError("no sensor of this board is calibrated as " + sensor)


def _raw(sensor: "Sensor") -> "dict[str, Any]":
    """The last reading before calibration; nothing if it failed."""
    try:
        found: "dict[str, Any]" = sensor.raw()  # type: ignore[attr-defined]  # every driver has it
    except SensorFault:
        return {}
    return found
