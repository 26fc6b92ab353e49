"""Openings on the flash: none lost, none kept longer than it must be."""

import pytest
from civicroot_device.claim import openings
from civicroot_device.claim.openings import FILE, LIFE_S, LIMIT, LIMIT_BYTES, Openings
from civicroot_wire import opening
from civicroot_wire.opening import LED, MAX_VALUE_BYTES, SCAN, Opening
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.claim.world import CARD, NOW, OUTCOMES, SimulatedFlash, claim_world
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

CUTS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(OUTCOMES)), max_size=6)


def started(flash: SimulatedFlash, now_ms: int = 0) -> Openings:
    found = Openings(flash)
    found.begin(now_ms)
    return found


def card(seq: int, value: bytes = CARD) -> Opening:
    return Opening(seq, SCAN, bytes([seq % 256]) * 16, value)


def numbers(store: Openings) -> list[int]:
    found, seq = [], -1
    while (after := store.after(seq)) is not None and after[0] > seq:
        seq = after[0]
        found.append(seq)
    return found


def test_opening_is_there_after_a_restart_byte_for_byte() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(3), NOW, 0)
    store.add(Opening(9, LED, bytes(16), bytes(6)), None, 0)
    again = started(flash)
    assert numbers(again) == [3, 9]
    assert again.after(-1) == (3, opening.encode(card(3)))
    assert again.holds(9) and not again.holds(4) and len(again) == 2


def test_what_is_kept_leaves_no_byte_of_it_in_the_file() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(3), NOW, 0)
    assert CARD in flash.files[FILE]
    assert store.remove(3)
    assert CARD not in flash.files[FILE] and bytes([3]) * 16 not in flash.files[FILE]
    writes = flash.writes
    assert not store.remove(3)
    assert flash.writes == writes


def test_there_are_at_most_64_and_the_oldest_make_room() -> None:
    store = started(SimulatedFlash())
    for seq in range(LIMIT + 3):
        store.add(card(seq), NOW, 0)
    assert LIMIT == 64
    assert numbers(store) == list(range(3, LIMIT + 3))
    assert store.counts.dropped == 3


def test_long_cards_make_room_by_their_bytes() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    for seq in range(LIMIT):
        store.add(card(seq, b"x" * MAX_VALUE_BYTES), NOW, 0)
    assert flash.size(FILE) <= LIMIT_BYTES
    assert numbers(store)[-1] == LIMIT - 1
    assert len(store) + store.counts.dropped == LIMIT


def test_an_opening_goes_after_7_days_and_not_before() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(1), NOW, 0)
    store.add(card(2), NOW + 5, 0)
    store = started(flash)
    store.expire(NOW + LIFE_S - 1, 0)
    assert numbers(store) == [1, 2]
    store.expire(NOW + LIFE_S, 0)
    assert (numbers(store), store.counts.expired) == ([2], 1)
    assert numbers(started(flash)) == [2]


def test_one_from_before_the_clock_was_set_gets_its_time_later() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(1), None, 5_000)
    store.expire(None, 60_000)
    store.expire(NOW, 65_000)
    store = started(flash)
    store.expire(NOW - 60 + LIFE_S - 1, 0)
    assert numbers(store) == [1]
    store.expire(NOW - 60 + LIFE_S, 0)
    assert numbers(store) == []


def test_a_bin_that_never_learns_the_time_counts_from_its_start() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(1), None, 0)
    store.expire(None, LIFE_S * 1000 - 1)
    assert numbers(store) == [1]
    store.expire(None, LIFE_S * 1000)
    assert numbers(store) == []


def test_a_clock_that_was_ahead_makes_no_opening_immortal() -> None:
    flash = SimulatedFlash()
    started(flash).add(card(1), NOW + 100 * LIFE_S, 0)
    store = started(flash, 1000)
    store.expire(NOW, 1000)
    assert numbers(store) == [1]
    store.expire(NOW + LIFE_S, 1000 + LIFE_S * 1000)
    assert numbers(store) == []


def test_looking_at_the_age_of_nothing_old_writes_nothing() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(1), NOW, 0)
    writes = flash.writes
    store.expire(NOW + 1, 1000)
    store.expire(None, 2000)
    assert flash.writes == writes


@pytest.mark.parametrize("rubbish", [b"", b"CRO1", bytes(40), b"x" * 20_000])
def test_a_damaged_file_is_counted_and_begun_anew(rubbish: bytes) -> None:
    flash = SimulatedFlash()
    flash.files[FILE] = rubbish
    store = started(flash)
    assert (len(store), store.counts.damaged) == (0, 1)
    assert started(flash).counts.damaged == 0
    store.add(card(1), NOW, 0)
    assert numbers(started(flash)) == [1]
    assert started(flash).counts.damaged == 0


def test_every_changed_bit_of_the_file_is_noticed() -> None:
    flash = SimulatedFlash()
    started(flash).add(card(1), NOW, 0)
    whole = flash.files[FILE]
    for bit in range(len(whole) * 8):
        flash.files[FILE] = bytes([byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(whole)])
        store = started(flash)
        assert (len(store), store.counts.damaged) == (0, 1)


def test_a_full_flash_loses_nothing_that_was_there() -> None:
    flash = SimulatedFlash()
    store = started(flash)
    store.add(card(1), NOW, 0)
    flash.plan(None, None)
    flash.full_at = 0
    with pytest.raises(OSError, match="28"):
        store.add(card(2), NOW, 0)
    assert numbers(store) == [1]
    assert numbers(started(flash)) == [1]


def test_a_file_of_another_version_with_a_right_crc_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    flash = SimulatedFlash()
    monkeypatch.setattr(openings, "_MAGIC", b"CRO2")
    started(flash).add(card(1), NOW, 0)
    monkeypatch.undo()
    assert started(flash).counts.damaged == 1


def test_power_cut_at_every_write_loses_nothing_that_somebody_saw() -> None:
    assert claim_world.cut_every_write() >= 60


@settings(deadline=None, max_examples=fuzz_examples(40))
@given(CUTS)
def test_any_series_of_power_cuts_loses_nothing_that_somebody_saw(cuts: list[tuple[int, str]]) -> None:
    claim_world.run(cuts)


def test_power_cut_at_every_write_on_micropython(device: MicroPython) -> None:
    assert device.call("claim_world.cut_every_write", deadline=60.0) >= 60
