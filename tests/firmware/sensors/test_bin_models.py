"""The smart bin's models under MicroPython, where the application runs on them: the same readings as under CPython."""

import pytest

from tests.support.micropython import MicroPython

# What each run leaves in `result`: several readings, and one after a fault.
SOURCES = {
    "vl53l1x": """
        from civicroot_device.sensors.vl53l1x import Vl53l1x
        from civicroot_simulator.simulated_i2c import SimulatedI2c
        from civicroot_simulator.vl53l1x import Vl53l1xModel
        model = Vl53l1xModel(lambda: values[0])
        sensor = Vl53l1x(SimulatedI2c({0x29: model}), {"empty": 1000, "full": 200})
        values, fault = [200, 640, 1050, 1300], "stuck"
        """,
    "a02yyuw": """
        from civicroot_device.sensors.a02yyuw import A02yyuw
        from civicroot_simulator.a02yyuw import A02yyuwModel
        model = A02yyuwModel(lambda: values[0])
        sensor = A02yyuw(model, {"empty": 1000, "full": 200})
        values, fault = [200, 640, 1050, 1300], "bad_sum"
        """,
    "hx711": """
        from civicroot_device.sensors.hx711 import Hx711
        from civicroot_simulator.hx711 import Hx711Model
        model = Hx711Model(lambda: values[0])
        sensor = Hx711(model, {"tare": 80000, "scale": 20000})
        values, fault = [80000, 100000, -1, 9000000], "broken"
        """,
    "lis3dh": """
        from civicroot_device.sensors.lis3dh import Lis3dh
        from civicroot_simulator.lis3dh import Lis3dhModel
        from civicroot_simulator.simulated_i2c import SimulatedI2c
        model = Lis3dhModel(lambda: (values[0], 0, 900), lambda: values[0] / 16)
        sensor = Lis3dh(SimulatedI2c({0x18: model}), {"x": 0, "y": 0, "z": 1000}, {"offset": 0}, knock_mg=800)
        values, fault = [0, 300, 900, 2500], "silent"
        """,
    "reed": """
        from civicroot_device.sensors.reed import Reed
        from civicroot_simulator.reed import ReedModel
        model = ReedModel(lambda: values[0])
        sensor = Reed(model)
        values, fault = [False, True, True, False], "bouncing"
        """,
    "battery": """
        from civicroot_device.sensors.battery import Battery
        from civicroot_simulator.battery import BatteryModel
        model = BatteryModel(lambda: values[0], 1000000, 180000)
        sensor = Battery(model, "lead", 1000000, 180000, {})
        values, fault = [11400, 12500, 14400, 5000], "broken"
        """,
}
DRIVEN = """
def drive():
    try:
        sensor.start()
        found = sensor.read()
        while isinstance(found, int):
            found = sensor.read()
    except SensorFault as fault:
        return said(fault)
    return {name: said(reading) for name, reading in found.items()}
result = []
while len(values) > 1:
    result.append(drive())
    values.pop(0)
setattr(model, fault, True)
result.append(drive())
"""


@pytest.mark.parametrize("driver", SOURCES)
def test_model_and_driver_agree_on_both_interpreters(replaying: MicroPython, driver: str) -> None:
    lines = [line.strip() for line in SOURCES[driver].splitlines()]
    source = "\n".join(
        ["from civicroot_device.errors import SensorFault", "from replay_bus import said", *lines, DRIVEN]
    )
    here: dict[str, list[object]] = {}
    exec(source, here)
    there = replaying.run(source)
    assert there == here["result"] and len(there) == 4
    assert all(isinstance(readings, dict) for readings in there[:2]), "it measured nothing"
