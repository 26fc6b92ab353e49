"""A tag's updates by radio over simulated air, flash and RTC memory, with every fault (tag_update_world.py)."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import starter
import tag_update_cut
from civicroot_device.tag import budget
from tag_update_world import World
from update_world import DEAD, MUTE, OLD, OTHER_SEED, STUCK, files_of, sign

from tests.support.micropython import ROOT, MicroPython

DEVICE_SIDE = Path(__file__).resolve().parents[1] / "device_side"
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
NEW, NEWER = (0, 3, 0), (0, 4, 0)


@pytest.fixture
def world() -> World:
    found = World()
    found.live(2)
    assert found.gateway.records
    return found


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE, ROOT / "firmware"], heap="64m") as process:
        yield process


def test_a_release_is_told_fetched_in_one_wake_tried_and_kept(world: World) -> None:
    world.offer(NEW)
    assert world.live(until=lambda: "0.3.0 committed" in world.told) <= 3
    assert (world.running, world.told) == (NEW, ["0.3.0 committed"])
    state: Any = world.slots.state()
    assert (starter.FOLDERS[state.followed], state.trial, state.committed) == ("a", starter.FACTORY, NEW)
    assert world.gateway.versions[0] == "0.2.0"  # it said that it need not be told any more
    questions = world.gateway.questions
    world.live(10)
    assert world.gateway.questions == questions
    assert world.told == ["0.3.0 committed"]


def test_the_next_release_goes_to_the_other_slot_and_fetches_what_changed(world: World) -> None:
    world.offer(NEW)
    world.live(until=lambda: world.running == NEW)
    given = world.gateway.given
    world.offer(NEWER)
    world.live(until=lambda: "0.4.0 committed" in world.told)
    assert world.slots.content("b") == files_of(NEWER)
    manifest = len(world.gateway.offered[-1])
    changed = sum(len(data) for path, data in files_of(NEWER).items() if data != files_of(NEW)[path])
    assert world.gateway.given - given == manifest + changed


@pytest.mark.parametrize("seed", range(5))
def test_in_bad_air_it_arrives_all_the_same(seed: int) -> None:
    chance = random.Random(seed)
    world = World(seed)
    world.lost = lambda up: chance.random() < 0.3
    world.mixed = lambda frames: chance.sample(frames * 2, 2 * len(frames))  # each twice, in any order
    world.offer(NEW)
    world.live(until=lambda: "0.3.0 committed" in world.told)
    assert world.slots.content("a") == files_of(NEW)


def test_a_bridge_that_is_gone_for_days_costs_nothing_of_what_has_come(world: World) -> None:
    world.offer(NEW)
    budgets = budget.espnow()
    budgets.awake_ms = 5  # a question a wake
    world.budget = lambda: budgets
    world.live(4)
    assert world.running == OLD
    given = world.gateway.given
    assert given > 0
    world.gateway_is_there = False
    world.live(30)
    world.gateway_is_there = True
    world.live(60, until=lambda: world.running == NEW)
    whole = len(world.gateway.offered[0]) + sum(
        len(data) for path, data in files_of(NEW).items() if data != files_of(OLD).get(path)
    )
    assert world.gateway.given < whole + 6 * 2048  # of a question that was cut the rest is asked again


def test_a_corrupt_piece_costs_that_file_again(world: World) -> None:
    spoilt = []

    def once(octets: bytes) -> bytes:
        if not spoilt and octets.startswith(b"0.3.0 0.3.0"):
            spoilt.append(octets)
            return b"X" + octets[1:]
        return octets

    world.gateway.spoil = once
    world.offer(NEW)
    world.live(until=lambda: "0.3.0 committed" in world.told)
    assert spoilt
    assert world.slots.content("a") == files_of(NEW)


def test_parts_under_another_key_are_counted_and_change_nothing(world: World) -> None:
    forged = [bytearray(b"\xd1"), bytearray(b"\xd2hello")]
    world.mixed = lambda frames: [bytes(frame[:-1]) + bytes([frame[-1] ^ 1]) for frame in frames] + forged
    world.offer(NEW)
    world.live(3)
    assert world.running == OLD
    assert world.asker.counts["bad-mac"] >= 1
    world.mixed = lambda frames: frames
    world.live(until=lambda: world.running == NEW)


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        (lambda: sign(NEW, files_of(NEW), seed=OTHER_SEED), None),
        (lambda: sign(NEW, files_of(NEW), realm="b.example"), "refused wrong-realm"),
        (lambda: sign(NEW, files_of(NEW), subject="bin/13"), "refused wrong-topic"),
        (lambda: sign(NEW, files_of(NEW), target="tree-tag"), "refused wrong-target"),
        (lambda: sign((0, 1, 0), files_of((0, 1, 0))), "refused old-version"),
        (lambda: sign(NEW, files_of(NEW), minimum=(0, 2, 9)), "refused too-early"),
    ],
    ids=["another key", "another realm", "another device", "another board", "older", "too early"],
)
def test_what_is_not_to_be_followed_is_refused_and_not_told_again(world: World, signed: Any, told: str | None) -> None:
    world.gateway.offered.append(signed())
    world.gateway.contents = {}
    world.live(6)
    assert world.running == OLD
    assert world.told == ([] if told is None else [told])
    assert world.gateway.questions == 1  # the manifest, once
    assert not any(name.startswith("a/") for name in world.flash.files)


def test_a_flash_without_room_puts_it_off_for_a_day(world: World) -> None:
    world.offer(NEW)
    world.slots.reserve = 1 << 30
    world.live(20)
    assert (world.running, world.told) == (OLD, ["refused no-room"])
    assert world.gateway.questions == 1
    world.slots.reserve = 0
    world.live(10, until=lambda: world.running == NEW)


@pytest.mark.parametrize("behaviour", [DEAD, MUTE, STUCK])
def test_a_version_that_does_not_boot_or_cannot_report_is_rolled_back_after_three_starts(
    world: World, behaviour: bytes
) -> None:
    world.offer(NEW)
    world.live(until=lambda: "0.3.0 committed" in world.told)
    world.offer(NEWER, behaviour)
    world.live(until=lambda: "0.4.0 rolled-back" in world.told)
    assert world.running == NEW
    records = len(world.gateway.records)
    world.live(3)
    assert len(world.gateway.records) > records
    state: Any = world.slots.state()
    assert (state.candidate, state.failures) == (NEWER, 1)
    assert world.told.count("0.4.0 rolled-back") == 1


def test_a_low_battery_fetches_nothing_and_its_gateway_is_asked_nothing(world: World) -> None:
    world.offer(NEW)
    world.values["battery"] = budget.LEAST_BATTERY - 1
    world.live(5)
    assert world.gateway.questions == 0
    world.values["battery"] = budget.LEAST_BATTERY
    world.live(until=lambda: world.running == NEW)


@pytest.mark.parametrize(
    ("level", "failed", "good"), [(None, False, True), (None, True, False), (29, False, False), (30, True, True)]
)
def test_a_gauge_that_failed_counts_as_low_and_a_tag_without_one_does_not(
    level: int | None, failed: bool, good: bool
) -> None:
    assert budget.healthy(level, failed) is good


def test_of_two_releases_the_newer_one_is_followed(world: World) -> None:
    budgets = budget.espnow()
    budgets.awake_ms = 5
    world.budget = lambda: budgets
    world.offer(NEW)
    world.live(3)
    world.offer(NEWER)
    world.live(60, until=lambda: "0.4.0 committed" in world.told)
    assert world.told == ["0.4.0 committed"]


def test_a_gateway_that_has_it_not_yet_is_asked_in_a_later_wake(world: World) -> None:
    world.offer(NEW)
    world.gateway.reason = "not-yet"
    world.live(3)
    assert world.gateway.questions <= 5
    world.gateway.reason = None
    world.live(until=lambda: world.running == NEW)


def test_a_loss_of_power_and_memory_in_the_middle_goes_on_from_the_flash(world: World) -> None:
    budgets = budget.espnow()
    budgets.awake_ms = 5
    world.budget = lambda: budgets
    world.offer(NEW)
    for _ in range(60):
        world.start()
        world.lose_power()
        if "0.3.0 committed" in world.told:
            break
    assert world.running == NEW
    assert world.slots.content("a") == files_of(NEW)


def test_safe_mode_takes_an_update_too(world: World) -> None:
    world.safe = True
    world.offer(NEW)
    world.live(until=lambda: "0.3.0 committed" in world.told)


@pytest.mark.parametrize("factor", [7, 9, 10])
def test_over_lora_a_question_brings_what_four_seconds_carry(factor: int) -> None:
    world = World()
    world.lora = factor
    world.offer(NEW)
    world.live(until=lambda: "0.3.0 committed" in world.told)
    found = budget.of_lora(factor)
    assert found.asked == {7: 1837, 9: 501, 10: 167}[factor]
    assert found.most == 222


def test_power_cuts_leave_a_tag_that_boots_and_reports_and_ends_on_the_release() -> None:
    writes, cases = tag_update_cut.cut_writes(1 if SOAK else 2, 4 if SOAK else 1)
    assert writes > 50
    assert cases == 4 * writes if SOAK else cases >= writes // 2


def test_power_cuts_on_micropython(device: MicroPython) -> None:
    every, ways = (1, 4) if SOAK else (7, 1)
    writes, cases = device.call("tag_update_cut.cut_writes", every, ways, deadline=3600.0)
    assert cases >= writes // every
