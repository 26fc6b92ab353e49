"""The firmware of Civicroot devices: see docs/architecture.md.

What is built into MicroPython is held here, before any module of the application is loaded. For at each `import struct`
MicroPython looks for a struct.py in every folder of sys.path, again and again, and only then takes its own: on littlefs
sixty reads of the flash and more for each of the thirty such lines that a tag's wake runs. Held in sys.modules, it
is found at once; nor can a file of a release take its place.
"""

import sys

_BUILT_IN = ("struct", "binascii", "hashlib", "json", "os", "time", "random", "errno", "select", "machine", "esp32")


def _hold() -> None:
    paths = sys.path[:]
    sys.path[:] = []
    try:
        for name in _BUILT_IN:
            if name not in sys.modules:
                try:
                    sys.modules[name] = __import__(name)
                except ImportError:
                    continue  # the Unix port has no esp32
    finally:
        sys.path[:] = paths


if sys.implementation.name == "micropython":
    _hold()
