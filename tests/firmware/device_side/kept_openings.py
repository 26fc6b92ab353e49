"""Openings of claims, for the power cuts of kept.py: adding one, and deleting it when it is kept."""

from civicroot_device.claim.openings import Openings
from civicroot_wire.opening import SCAN, Opening

COUNT = 6  # this many are added, then deleted again, oldest first


def _started(flash):
    store = Openings(flash)
    store.begin(0)
    if store.counts.damaged:
        raise AssertionError("a file was damaged")
    return store


def step(flash, number):
    store = _started(flash)
    if number < COUNT:
        store.add(Opening(number, SCAN, bytes([number]) * 16, b"card %d" % number * 9), 1_800_000_000, 0)
    else:
        store.remove(number - COUNT)


def found(flash):
    store = _started(flash)
    held = [number for number in range(COUNT) if store.holds(number)]
    if len(held) != len(store):
        raise AssertionError("openings that nobody added")
    if not held:
        return 2 * COUNT if "openings" in flash.names() else 0
    if held[-1] == COUNT - 1:
        if held != list(range(held[0], COUNT)):
            raise AssertionError(held)
        return COUNT + held[0]
    if held != list(range(len(held))):
        raise AssertionError(held)
    return len(held)
