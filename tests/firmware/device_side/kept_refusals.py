"""Records that the gateway refused (storage/refusals.py)."""

from civicroot_device.storage.refusals import Refusals


def step(flash, number) -> None:
    log = Refusals(flash)
    log.begin()
    log.add(number, "too-large", b"%d" % number * 40)


def found(flash):
    log = Refusals(flash)
    log.begin()
    numbers = [seq for seq, reason, record in log.read() if (reason, record) == ("too-large", b"%d" % seq * 40)]
    if numbers != list(range(len(numbers))):
        raise AssertionError(f"refused {numbers}")
    return len(numbers)
