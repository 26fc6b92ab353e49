"""A tag's link key and the counter of its newest answer: one more answer for each step, each written."""

from civicroot_device.tag.link import KEEP_EVERY, Link
from civicroot_device.tag.retained import Retained

GATEWAY = b"\x05" * 32
KEY = b"k" * 32


class NoMemory:
    """RTC memory after a loss of power."""

    @staticmethod
    def read():
        return b""

    @staticmethod
    def write(data):
        pass


def _link(flash):
    kept = Retained(NoMemory(), b"device-1", b"gateway1")
    return kept, Link(flash, kept, GATEWAY, "test.example", lambda public: KEY)


def step(flash, number):
    kept, link = _link(flash)
    kept.unkept = KEEP_EVERY
    link.believed(number + 1)


def found(flash):
    kept, link = _link(flash)
    if link.key != KEY:
        raise AssertionError("another link key")
    return kept.last or 0
