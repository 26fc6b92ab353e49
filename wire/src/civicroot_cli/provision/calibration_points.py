"""What can be calibrated before the self-test, as the firmware knows it (civicroot_device/calibration_points.py)."""

from civicroot_cli.main import CommandError

# (quantity, point): whether a number goes with it.
POINTS = {
    ("weight", "tare"): False,
    ("weight", "scale"): True,
    ("fill", "empty"): False,
    ("fill", "full"): False,
    ("soil", "dry"): False,
    ("soil", "wet"): False,
    ("tilt", "mounted"): False,
    ("girth", "zero"): False,
    ("temp", "offset"): True,
    ("soiltemp", "offset"): True,
    ("humidity", "offset"): True,
    ("battery", "gain"): True,
}


def parse(text: str) -> tuple[str, str, int | None]:
    """(sensor, point, known number) of SENSOR:POINT[:NUMBER]. CommandError."""
    parts = text.split(":")
    try:
        if len(parts) not in (2, 3) or not all(parts):
            raise ValueError
        return parts[0], parts[1], int(parts[2]) if len(parts) == 3 else None
    except ValueError as error:
        raise CommandError(f"--calibrate {text}: it is SENSOR:POINT or SENSOR:POINT:NUMBER") from error


def check(wanted: list[tuple[str, str, int | None]]) -> None:
    """Raises CommandError for what no sensor takes. A sensor is a quantity, or one of several: `fill`, `fill-2`."""
    for sensor, point, known in wanted:
        quantity = sensor.partition("-")[0]
        said = f"--calibrate {sensor}:{point}"
        if (quantity, point) not in POINTS:
            there = ", ".join(":".join(one) for one in POINTS)
            raise CommandError(f"{said} is unknown; there are {there}")
        if POINTS[quantity, point] != (known is not None):
            raise CommandError(f"{said} {'needs a' if known is None else 'takes no'} number")
