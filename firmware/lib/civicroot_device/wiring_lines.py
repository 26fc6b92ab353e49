"""The lines of a board: its buses and single pins, and which pins of a chip a circuit may use."""

from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Options = dict[str, Any]
    Lines = dict[str, tuple[str, Options]]  # name -> (type, pins and options)

NUMBER, TEXT, SWITCH, TABLE = "number", "text", "true or false", "object"
_TYPES = {NUMBER: int, TEXT: str, SWITCH: bool, TABLE: dict}
# Type of a line: (its pins, its options with their types). The pins are the circuit's net names, too.
LINES: "dict[str, tuple[tuple[str, ...], dict[str, str]]]" = {
    "i2c": (("scl", "sda"), {"id": NUMBER, "hz": NUMBER}),
    "spi": (("sck", "mosi", "cs"), {"id": NUMBER, "hz": NUMBER}),
    "uart": (("tx", "rx"), {"id": NUMBER, "baud": NUMBER}),
    "sdi12": (("tx", "rx", "direction"), {"id": NUMBER}),
    "onewire": (("pin",), {}),
    "shift": (("clock", "data"), {}),
    "pixels": (("pin",), {}),
    "adc": (("pin",), {}),
    "input": (("pin",), {"pull_up": SWITCH}),
    "output": (("pin",), {"high": SWITCH}),
}
SHARED = ("i2c", "onewire")  # lines that several parts may be on


# Pins that a circuit may use. S3: 26 to 37 are the flash's and the PSRAM's, 19 and 20 USB, 0, 3, 45 and 46 are read at
# the start (ESP32-S3 datasheet v1.9, tables 2-4 and 3-1); C3: 11 to 17 are the flash's, 18 and 19 USB, 2, 8 and 9 are
# read at the start (ESP32-C3 datasheet v2.0); C6: 24 to 30 are the flash's, 12 and 13 USB, 4, 5, 8, 9 and 15 are read
# at the start (ESP32-C6 datasheet v1.3). What is read at the start is left free: a part there could keep it off.
PINS = {
    "ESP32-S3": (1, 2) + tuple(range(4, 19)) + (21,) + tuple(range(38, 45)) + (47, 48),
    "ESP32-C3": (0, 1, 3, 4, 5, 6, 7, 10, 20, 21),
    "ESP32-C6": (0, 1, 2, 3, 6, 7, 10, 11, 14) + tuple(range(16, 24)),
}


def checked(items: "Options", chip: str) -> "Lines":
    """The lines of a board file: every type known, every pin there, none used twice. Raises ConfigurationError."""
    found: "Lines" = {}
    taken: "dict[int, str]" = {}
    for name, item in items.items():
        options = dict(an_object(item, name))
        kind = options.pop("type", None)
        if kind not in LINES:
            raise ConfigurationError("board: %s: type %s" % (name, kind))
        pins, others = LINES[kind]
        for key, value in options.items():
            if key not in pins and key not in others:
                raise ConfigurationError("board: %s: %s is unknown" % (name, key))
            typed(value, NUMBER if key in pins else others[key], "%s: %s" % (name, key))
        for pin in pins:
            if pin not in options:
                raise ConfigurationError("board: %s: %s is missing" % (name, pin))
            number = options[pin]
            if number not in PINS[chip]:
                raise ConfigurationError("board: %s: pin %d is not for circuits" % (name, number))
            if number in taken:
                raise ConfigurationError("board: %s: pin %d is that of %s" % (name, number, taken[number]))
            taken[number] = name
        found[name] = (kind, options)
    return found


def typed(value: object, kind: str, what: str) -> object:
    """The value, if it is of that type. Raises ConfigurationError."""
    # On MicroPython True is no int, on CPython it is.
    if not isinstance(value, _TYPES[kind]) or (kind == NUMBER and (value is True or value is False)):
        raise ConfigurationError("board: %s is no %s" % (what, kind))
    return value


def an_object(value: object, what: str) -> "Options":
    """The value, if it is a JSON object. Raises ConfigurationError."""
    if not isinstance(value, dict):
        raise ConfigurationError("board: %s is no object" % what)
    return value
