"""Calibration as one of the things a device keeps (see kept.py)."""

from civicroot_device.calibration import Calibration
from civicroot_device.calibration_limits import LIMITS
from simulated_flash import OUTCOMES, PowerCut, SimulatedFlash

# Each step is one `set`, so that what is found says which happened; after these the humidity's offset counts them.
STEPS = (
    ("soil", {"dry": 2300}),
    ("soil", {"wet": 1100}),
    ("weight", {"tare": -8000, "scale": 21000}),
    ("girth", {"zero": 200000, "travel": 50000}),
    ("tilt", {"x": 12, "y": -40, "z": 998}),
    ("fill", {"empty": 1200, "full": 150}),
    ("temp", {"offset": -35}),
    ("soil", {"saturation": 440}),
    ("weight", {"tare": -7990}),
    ("fill", {"full": 200}),
    ("soiltemp", {"offset": 10}),
    ("battery", {"gain": 1010}),
)


def step(flash, number):
    """One more calibration."""
    Calibration(flash).set(*(STEPS[number] if number < len(STEPS) else ("humidity", {"offset": number})))


def found(flash):
    """How many steps a fresh start sees; all of each, and nothing else."""
    calibration = Calibration(flash)
    seen = {sensor: calibration.of(sensor) for sensor in LIMITS if calibration.of(sensor)}
    if calibration.damaged:
        raise AssertionError(f"damaged: {seen!r}")
    counted = seen.pop("humidity", {}).get("offset")
    expected = {}
    for number in range(len(STEPS) + 1):
        if seen == expected and (counted is None or number == len(STEPS)):
            return number if counted is None else counted + 1
        if number < len(STEPS):
            sensor, values = STEPS[number]
            expected.setdefault(sensor, {}).update(values)
    raise AssertionError(f"a mixture: {seen!r}")


def cut_every_write():
    """Cut the power in every write of a life of all steps, in every way; how many cases ran."""
    cases = 0
    for write in range(len(STEPS)):
        for outcome in OUTCOMES:
            flash = SimulatedFlash()
            flash.plan(write, outcome)
            done = 0
            try:
                while done < len(STEPS):
                    step(flash, done)
                    done += 1
            except PowerCut:
                pass  # the next life begins
            if done == len(STEPS) or not done <= found(flash) <= done + 1:
                raise AssertionError(f"{found(flash)} steps found, {done} done before the cut of write {write}")
            flash.plan(None, None)
            for number in range(found(flash), len(STEPS)):
                step(flash, number)
            if found(flash) != len(STEPS):
                raise AssertionError("not all steps in the end")
            cases += 1
    return cases
