"""What a device does not follow, and what it costs: each fault of a release by its name."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "device_side"))

import update_world
from civicroot_device.update import manifest, slot
from civicroot_wire import configuration, keys, piece
from simulated_flash import SimulatedFlash
from update_world import OLD, OTHER_SEED, PUBLIC, SEED, TRIAL_MS, World, files_of, sign

NEW, NEWER = (0, 3, 0), (0, 4, 0)
FILES = files_of(NEW)
START = "lib/civicroot_device/start.py"
EMPTY = bytes(32)


@pytest.fixture
def world() -> World:
    world = World(SimulatedFlash())
    world.boot()
    return world


def refused(world: World, data: bytes) -> str:
    """The reason; nothing else changed."""
    before = dict(world.flash.files)
    assert world.updates.on_command(data, 0)
    assert world.flash.files == before
    assert world.updates.wait_ms(0) is None
    ((reason, count),) = world.updates.counts.items()
    assert count == 1
    return str(reason)


@pytest.mark.parametrize(
    ("reason", "about"),
    [
        ("key-mismatch", {"seed": OTHER_SEED}),
        ("wrong-realm", {"realm": "other.example"}),
        ("wrong-topic", {"subject": "bin/13"}),
        ("wrong-target", {"target": "tree-tag"}),
        ("too-early", {"minimum": (0, 2, 1)}),
    ],
)
def test_a_release_that_is_not_for_this_device_is_refused(world: World, reason: str, about: dict[str, object]) -> None:
    assert refused(world, sign(NEW, FILES, **about)) == reason


def test_a_manifest_with_a_wrong_signature_is_refused(world: World) -> None:
    data = sign(NEW, FILES)
    assert refused(world, data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]) == "bad-signature"
    assert world.updates.news() is None  # whoever is not the city tells nothing


def test_a_downgrade_is_refused(world: World) -> None:
    assert refused(world, sign((0, 1, 9), FILES)) == "old-version"


def test_the_version_that_runs_is_no_news(world: World) -> None:
    assert refused(world, sign(OLD, FILES)) == "current"
    assert world.updates.news() is None


@pytest.mark.parametrize(
    "path",
    [
        "../main.py",
        "lib/../starter.py",
        "/lib/x.py",
        "lib//x.py",
        "lib/./x.py",
        "lib/",
        "main.py",
        "starter.py",
        "config.json",
        "slots",
        "lib",
        "lib/x.new",
        "lib/.hidden",
        "lib/a b.py",
        "lib/a\\b.py",
        "lib/ä.py",
        "lib/1/2/3/4/5/6.py",
        START,
        START + "/x.py",
        "lib/civicroot_device/start.mpy",
        "lib/civicroot_device/update.py",
        "lib/civicroot_device",
    ],
)
def test_a_path_that_leaves_the_slot_or_stands_in_for_another_is_refused(world: World, path: str) -> None:
    items = [(name, len(data), EMPTY) for name, data in sorted(FILES.items())]
    assert refused(world, sign(NEW, [*items, (path, 1, EMPTY)])) == "unsafe-path"
    assert world.updates.news() == "refused unsafe-path"


def test_a_release_that_could_not_start_is_refused(world: World) -> None:
    assert refused(world, sign(NEW, [("lib/x.py", 1, EMPTY)])) == "incomplete"


def test_a_manifest_of_any_wrong_bytes_is_refused_and_never_raises(world: World) -> None:
    data = sign(NEW, FILES)
    for at in range(0, len(data), 3):
        world.updates.on_command(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], 0)
        world.updates.on_command(data[:at], 0)
    assert world.flash.files == {}
    assert world.updates.wait_ms(0) is None
    assert world.updates.news() in (None, "refused wrong-realm")  # what is not signed tells nothing else


def test_a_manifest_that_is_too_large_is_refused(world: World) -> None:
    names = [(f"lib/{'x' * 80}{number}.py", 1, EMPTY) for number in range(200)]
    data = sign(NEW, [(START, 1, EMPTY), *names])
    assert len(data) > manifest.MAX_BYTES
    assert refused(world, data) == "too-large"


def test_a_configuration_is_none_of_its_business(world: World) -> None:
    wanted = configuration.Configuration("bin/12", 1, {"a": 1})
    from civicroot_device.crypto import ed25519  # noqa: PLC0415

    data = configuration.sign(
        wanted, keys.kid(PUBLIC), "operator/1", "test.example", lambda message: ed25519.sign(SEED, PUBLIC, message)
    )
    assert not world.updates.on_command(data, 0)
    assert world.updates.counts == {}


# --- content that is not what the manifest says


@pytest.mark.parametrize(
    ("size", "other", "counted"),
    [
        (1, False, "size-mismatch"),  # more than the gateway has
        (-1, False, "size-mismatch"),
        (0, True, piece.UNKNOWN),  # nobody has anything of that hash
    ],
)
def test_a_release_with_a_wrong_size_or_hash_is_never_started_and_a_right_one_follows(
    world: World, size: int, other: bool, counted: str
) -> None:
    files = world.know(NEW)
    hashes = {path: update_world.digest(data) for path, data in files.items()} | ({START: EMPTY} if other else {})
    items = [(path, len(data) + size * (path == START), hashes[path]) for path, data in sorted(files.items())]
    wrong = sign(NEW, items)
    world.offered.append(wrong)
    world.serve(0)
    assert world.updates.counts[counted] > 3
    assert not world.updates.restart_wanted
    assert world.state() is None
    assert START not in world.content("a") or len(world.content("a")[START]) == 0
    world.offered = []
    world.offer(NEWER)
    assert world.live() == NEWER


# --- room


def test_a_flash_without_room_refuses_before_anything_is_fetched(world: World) -> None:
    items = [(path, len(data), EMPTY) for path, data in FILES.items()]
    world.reserve = 50_000
    world.flash.capacity = slot.need(items) + 50_000 - 1
    assert refused(world, sign(NEW, FILES)) == "no-room"
    assert world.updates.news() == "refused no-room"
    assert world.gateway.wants == 0


def test_a_flash_with_just_the_room_takes_it_and_what_the_slot_held_counts_as_free(world: World) -> None:
    need = slot.need([(path, len(data), EMPTY) for path, data in FILES.items()])
    world.flash.capacity = need + 8192  # the state and the manifest
    for version in (NEW, NEWER):
        world.offer(version)
        assert world.live() == version
        world.flash.capacity += need
        if version == NEW:
            assert len(world.content("a")) == len(FILES)


def test_what_the_slot_holds_counts_as_free(world: World) -> None:
    for version in (NEW, NEWER):
        world.offer(version)
        world.live()
    items = [(path, len(data), EMPTY) for path, data in FILES.items()]
    world.flash.capacity = 1 << 20
    world.flash.capacity -= world.flash.free() - slot.need(items) + 8192
    world.offer((0, 5, 0))
    assert world.live() == (0, 5, 0)


def test_a_flash_that_fills_up_meanwhile_ends_the_update_and_gives_the_room_back(world: World) -> None:
    """Records came, or the file system needs more than it should: they go before."""
    world.offer(NEW)
    for number in range(12):
        world.flash.files.clear()
        world.flash.capacity = 1 << 30
        world.flash.plan(None, None)
        world.boot()
        world.flash.full_at = number
        assert world.serve(0) < TRIAL_MS
        world.flash.full_at = None
        assert world.flash.files == {}
        assert world.updates.counts["no-room"] == 1
        assert not world.updates.restart_wanted
        assert world.live() == NEW  # the gateway says it again at the next connection


def test_a_flash_that_is_full_at_a_start_costs_the_update_and_not_the_start(world: World) -> None:
    world.offer(NEW)
    world.updates.on_command(world.offered[0], 0)
    world.serve(0)
    world.flash.capacity -= world.flash.free()
    world.boot()
    assert world.version == OLD
    assert world.updates.counts == {"no-room": 1}
    assert world.state().trial == 0  # of a slot that is empty by now
    assert world.content("a") == {}


# --- two at once


def test_of_two_releases_the_newer_one_wins_and_nothing_of_the_older_is_left(world: World) -> None:
    files = {**world.know(NEW), "lib/civicroot_device/gone/one.py": b"of the older", "lib/aa.py": b"one alone"}
    world.gateway.add(files)
    first, second = sign(NEW, files), world.offer(NEWER)
    updates = world.updates
    updates.on_command(first, 0)
    for _ in range(12):  # some files are whole, one has begun
        want = updates.poll(0)
        for message in world.gateway.answer(want) if want else []:
            updates.on_piece(message, 0)
    assert {"lib/aa.py", "lib/civicroot_device/gone/one.py"} <= set(world.content("a"))
    updates.on_command(second, 0)
    updates.on_command(first, 0)
    assert updates.counts["old-version"] == 1
    world.offered = [second]
    assert world.live() == NEWER
    assert world.content("a") == files_of(NEWER)


def test_a_release_that_comes_during_a_trial_waits_for_its_end(world: World) -> None:
    world.offer(NEW)
    world.serve(0)
    world.boot()
    newer = world.offer(NEWER)
    world.updates.on_command(newer, 0)
    assert world.updates.wait_ms(0) is None  # the slot that it would go to is the one to fall back to
    assert "b/lib" not in " ".join(world.flash.files)
    world.updates.delivered(world.seq)
    assert world.updates.wait_ms(0) == 0
    assert world.live() == NEWER


def test_a_newer_release_before_the_restart_takes_the_place_of_the_one_that_is_whole(world: World) -> None:
    world.offer(NEW)
    world.serve(0)
    assert world.state().trial == 1
    newer = world.offer(NEWER)
    world.updates.on_command(newer, 0)
    assert world.state().trial == 0
    assert world.live() == NEWER


def test_two_contents_of_one_version_are_refused(world: World) -> None:
    first, second = sign(NEW, FILES), sign(NEW, files_of(NEW, size=6000))
    world.updates.on_command(first, 0)
    world.updates.on_command(first, 0)
    world.updates.on_command(second, 0)
    assert world.updates.counts == {"equivocation": 1}
