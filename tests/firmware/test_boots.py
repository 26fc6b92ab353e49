"""Boots are counted durably, at most twice written, and enough of them that came to nothing lead to safe mode."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from civicroot_device import boots
from civicroot_device.boots import SAFE_AFTER, Boots
from civicroot_device.storage.flash import Flash


class CountedFlash(Flash):
    """Counts its writes; `cut` makes the next one fail as a power cut does: nothing of it is there afterwards."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.writes = 0
        self.cut = False

    def replace(self, name: str, chunks: Iterable[bytes]) -> None:
        if self.cut:
            raise OSError(5)
        self.writes += 1
        super().replace(name, chunks)


@pytest.fixture
def flash(tmp_path: Path) -> CountedFlash:
    return CountedFlash(str(tmp_path))


def booted(flash: Flash, reason: str = boots.POWER_ON) -> Boots:
    made = Boots(flash)
    made.begin(reason)
    return made


def test_a_boot_is_counted_with_one_write_and_is_good_with_another(flash: CountedFlash) -> None:
    for number in range(1, 8):
        before = flash.writes
        boot = booted(flash)
        assert (boot.count, boot.failed, boot.safe, boot.reason) == (number, 1, False, boots.POWER_ON)
        assert flash.writes == before + 1
        boot.good()
        boot.good()
        assert flash.writes == before + 2
        assert (Boots(flash).failed, Boots(flash).reason) == (0, boots.POWER_ON)


def test_as_many_failed_boots_in_a_row_as_it_takes_lead_to_safe_mode(flash: CountedFlash) -> None:
    for _ in range(SAFE_AFTER):
        assert not booted(flash).safe
    safe = booted(flash)
    assert safe.safe
    safe.good()  # a record that it delivered in safe mode says nothing of the firmware outside it
    assert booted(flash).safe


def test_one_good_boot_among_them_begins_the_row_anew(flash: CountedFlash) -> None:
    for _ in range(3):
        for _ in range(SAFE_AFTER - 1):
            booted(flash)
        booted(flash).good()
    assert not Boots(flash).safe


def test_trying_again_allows_one_failure_and_forgiveness_a_whole_row(flash: CountedFlash) -> None:
    for _ in range(SAFE_AFTER):
        booted(flash)
    booted(flash).try_again()
    assert not booted(flash).safe
    retried = booted(flash)
    assert retried.safe
    retried.forgive()
    for _ in range(SAFE_AFTER):
        assert not booted(flash).safe
    assert booted(flash).safe


def test_a_wake_from_deep_sleep_is_no_boot_and_writes_nothing(flash: CountedFlash) -> None:
    booted(flash)
    writes = flash.writes
    for _ in range(20):
        woken = booted(flash, boots.SLEEP)
    assert (woken.count, woken.reason, flash.writes) == (1, boots.SLEEP, writes)


@pytest.mark.parametrize("damage", [b"", b"CRB1", bytes(13), b"CRB1\x05\x00\x00\x00\x05\x00\x00\x00\x00\x00"])
def test_a_damaged_file_counts_as_none(damage: bytes, flash: CountedFlash) -> None:
    flash.replace(boots.FILE, [damage])
    boot = booted(flash)
    assert (boot.count, boot.failed, boot.safe) == (1, 1, False)


def test_the_count_outlasts_a_power_cut_at_its_write(flash: CountedFlash) -> None:
    booted(flash)
    flash.cut = True
    with pytest.raises(OSError, match="5"):
        booted(flash)
    flash.cut = False
    assert booted(flash).count == 2
