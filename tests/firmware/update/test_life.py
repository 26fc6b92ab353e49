"""A device's life through updates: what is kept, what is rolled back, what is refused (update_world.py)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "device_side"))

import starter
from civicroot_device.update.slots import Kept, Slots
from civicroot_device.update.updates import AGAIN_MS
from simulated_flash import SimulatedFlash
from update_world import DEAD, MUTE, OLD, STUCK, TRIAL_MS, World, files_of, sign

NEW, NEWER = (0, 3, 0), (0, 4, 0)


@pytest.fixture
def world() -> World:
    return World(SimulatedFlash())


def news(world: World) -> list[str]:
    """What the present boot tells."""
    found = []
    while (line := world.updates.news()) is not None:
        found.append(line)
    return found


def test_a_release_is_fetched_tried_and_kept(world: World) -> None:
    world.offer(NEW)
    assert world.live() == NEW
    state = world.state()
    assert (starter.FOLDERS[state.followed], state.trial, state.committed) == ("a", starter.FACTORY, NEW)
    assert world.reported == [OLD, NEW, NEW]
    assert news(world) == ["0.3.0 committed"]


def test_a_power_cut_between_the_commit_and_its_record_does_not_keep_it_secret(world: World) -> None:
    """A roll-out waits for that word. It comes once a start, and from the version that it is about."""
    world.boot()
    assert news(world) == []
    world.offer(NEW)
    world.serve(0)
    world.boot()
    assert news(world) == []  # on trial
    world.updates.delivered(world.seq)  # the commit is written, and here the power goes
    for _ in range(2):
        world.boot()
        assert news(world) == ["0.3.0 committed"]


def test_what_did_not_change_is_copied_and_not_fetched(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    counts = world.updates.counts
    assert (counts["copied"], counts["fetched"]) == (2, 3)
    assert world.gateway.wants == 5  # start.py, version.py, and 5,000 bytes in three pieces


def test_the_next_release_goes_to_the_other_slot(world: World) -> None:
    world.offer(NEW)
    assert world.live() == NEW
    world.offer(NEWER)
    assert world.live() == NEWER
    state = world.state()
    assert (state.followed, state.previous) == (2, 1)
    assert world.content("a") == files_of(NEW)


@pytest.mark.parametrize("behaviour", [DEAD, MUTE, STUCK])
def test_a_version_that_does_not_boot_or_cannot_report_is_rolled_back(world: World, behaviour: bytes) -> None:
    world.offer(NEW)
    assert world.live() == NEW
    world.offer(NEWER, behaviour)
    assert world.live() == NEW
    assert NEWER not in world.reported
    assert world.reported[-1] == NEW
    assert "0.4.0 rolled-back" in news(world)


def test_a_version_that_failed_is_tried_again_later_without_fetching_and_at_most_three_times(world: World) -> None:
    world.offer(NEW, MUTE)
    world.live()
    for failures in (1, 2):
        assert world.state().failures == failures
        wants = world.gateway.wants
        assert world.updates.wait_ms(TRIAL_MS) == AGAIN_MS - TRIAL_MS
        world.updates.poll(AGAIN_MS)
        assert world.updates.restart_wanted
        assert world.live() == OLD
        assert world.gateway.wants == wants
    assert world.state().failures == 3
    assert world.updates.wait_ms(TRIAL_MS) is None
    assert world.updates.counts["failed-version"] >= 1
    world.offer(NEWER)
    assert world.live() == NEWER


def test_another_version_has_its_own_three_trials(world: World) -> None:
    world.offer(NEW, MUTE)
    world.live()
    world.offer(NEWER, MUTE)
    assert world.live() == OLD
    assert (world.state().candidate, world.state().failures) == (NEWER, 1)


def test_a_version_that_could_not_report_once_is_kept_when_it_can(world: World) -> None:
    """The gateway was out during the first trial."""
    world.offer(NEW)
    world.boot()
    world.serve(0)
    world.boot()
    world.updates.look(TRIAL_MS)
    assert world.updates.restart_wanted
    world.boot()
    assert world.version == OLD
    world.serve(0)
    world.updates.poll(AGAIN_MS)
    assert world.live() == NEW
    assert world.state().failures == 0
    world.boot()
    assert news(world) == ["0.3.0 committed"]  # of the failures nothing any more


def test_records_of_the_version_before_do_not_prove_the_new_one(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    world.seq += 100  # an outage's backlog
    world.boot()
    world.updates.delivered(world.seq - 1)
    assert world.state().trial == 1
    world.updates.delivered(world.seq)
    assert world.state().followed == 1


def test_two_power_cuts_are_no_failed_trial_and_three_are(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    for _ in range(starter.TRIAL_STARTS):
        world.boot()
        assert world.version == NEW
    world.boot()
    assert world.version == OLD
    assert world.state().failures == 1


def test_a_release_that_is_not_what_its_manifest_says_is_not_kept(world: World) -> None:
    """Kept, it would be fetched again and again: it never runs the version that it is offered as."""
    files = files_of(NEW)
    world.gateway.add(files)
    world.releases[NEW] = files
    world.offered.append(sign(NEWER, files))
    assert world.live() == OLD
    assert world.state().failures == 1


def test_a_slot_whose_files_were_damaged_later_is_left_for_the_one_before_and_repaired(world: World) -> None:
    world.offer(NEW)
    world.live()
    world.offer(NEWER)
    assert world.live() == NEWER
    for _ in range(starter.FOLLOWED_STARTS):
        assert starter.choose(_files(world)) == 2
    damaged = "b/lib/civicroot_device/start.py"
    world.flash.files[damaged] = b"X" + world.flash.files[damaged][1:]
    assert world.live() == NEWER
    assert NEW in world.reported[-3:]
    assert world.content("b") == files_of(NEWER)


def test_after_both_slots_comes_the_factorys_copy(world: World) -> None:
    for version in (NEW, NEWER):
        world.offer(version)
        world.live()
    chosen = [starter.choose(_files(world)) for _ in range(3 * starter.FOLLOWED_STARTS)]
    assert chosen == [slot for slot in (2, 1, 0) for _ in range(starter.FOLLOWED_STARTS)]


def test_nothing_older_than_what_was_once_committed_is_taken_after_a_fall_back(world: World) -> None:
    world.offer(NEWER)
    world.live()
    for _ in range(starter.FOLLOWED_STARTS):
        starter.choose(_files(world))
    world.boot()
    assert world.version == OLD
    world.updates.on_command(sign(NEW, files_of(NEW)), 0)
    assert world.updates.counts["old-version"] == 1
    world.flash.remove("release")
    world.boot()
    world.updates.on_command(sign(NEW, files_of(NEW)), 0)
    assert world.updates.counts["old-version"] == 1
    assert world.live() == NEWER  # once more, out of the files that are still there


def test_a_damaged_state_starts_the_factorys_copy(world: World) -> None:
    world.offer(NEW)
    world.live()
    for at in range(len(world.flash.files["slots"])):
        kept = world.flash.files["slots"]
        world.flash.files["slots"] = kept[:at] + bytes([kept[at] ^ 4]) + kept[at + 1 :]
        assert starter.choose(_files(world)) == starter.FACTORY
        world.flash.files["slots"] = kept
    assert starter.choose(_files(world)) == 1


def test_a_trial_that_cannot_be_counted_does_not_begin(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    room, world.flash.capacity = world.flash.capacity, 0
    world.boot()
    assert world.version == OLD
    world.flash.capacity = room
    assert world.live() == NEW


def test_a_commit_that_could_not_be_written_is_tried_again(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    world.boot()
    room, world.flash.capacity = world.flash.capacity, 0
    world.updates.delivered(world.seq)
    assert world.state().trial == 1
    world.flash.capacity = room
    world.updates.delivered(world.seq)
    assert (world.state().trial, world.state().followed) == (0, 1)
    assert news(world) == ["0.3.0 committed"]


def test_a_roll_back_that_could_not_be_written_happens_by_the_starts_that_are_counted(world: World) -> None:
    world.offer(NEW, MUTE)
    world.boot()
    world.serve(0)
    world.boot()
    room, world.flash.capacity = world.flash.capacity, 0
    world.updates.look(TRIAL_MS)
    assert world.updates.restart_wanted
    world.flash.capacity = room
    assert world.live() == OLD
    assert world.state().failures == 1


def test_the_starts_of_a_trial_do_not_count_against_the_version_before_and_the_factorys_never(world: World) -> None:
    world.offer(NEW)
    world.live()
    world.offer(NEWER, DEAD)
    world.boot()
    world.serve(0)
    for _ in range(starter.TRIAL_STARTS + 1):
        world.boot()
    assert (world.version, world.state().tries) == (NEW, 1)
    for _ in range(starter.FOLLOWED_STARTS):
        starter.choose(_files(world))
    writes = world.flash.writes
    for _ in range(5):
        assert starter.choose(_files(world)) == starter.FACTORY
    assert world.flash.writes == writes  # there is nothing else to turn to, and flash wears


def test_a_start_that_came_to_something_counts_against_nobody(world: World) -> None:
    world.offer(NEW)
    world.live()
    for _ in range(3 * starter.FOLLOWED_STARTS):
        world.boot()
        assert world.version == NEW
        world.updates.good()


def test_a_tags_wakes_from_sleep_are_starts_on_trial_and_none_after_it(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    chosen = [starter.choose(_files(world), woken=True) for _ in range(starter.TRIAL_STARTS + 1)]
    assert chosen == [1] * starter.TRIAL_STARTS + [starter.FACTORY]
    world.offer(NEWER)
    world.live()
    writes, slot = world.flash.writes, world.state().followed
    assert [starter.choose(_files(world), woken=True) for _ in range(100)] == [slot] * 100
    assert world.flash.writes == writes  # two an hour would be most of what wears its flash


def test_wakes_that_fail_count_themselves_until_the_slot_is_left(world: World) -> None:
    for version in (NEW, NEWER):
        world.offer(version)
        world.live()
    for _ in range(starter.FOLLOWED_STARTS):
        assert starter.choose(_files(world), woken=True) == 2
        Slots(world.flash, 2).bad()
    assert starter.choose(_files(world), woken=True) == 1
    Slots(world.flash, starter.FACTORY).bad()
    assert world.state().tries == 0  # there is nothing else to turn to


def test_commands_are_not_counted(world: World) -> None:
    world.offer(NEW)
    world.boot()
    world.serve(0)
    for _ in range(10):
        assert starter.choose(_files(world), counted=False) == 1
    assert world.state().tries == 0


def _files(world: World) -> Kept:
    return Kept(world.flash)
