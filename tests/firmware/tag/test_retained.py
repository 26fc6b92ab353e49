"""RTC memory: what is kept, what counts as lost, and what that does."""

import random

import pytest
from civicroot_device.tag.retained import MAX_BYTES, Retained
from civicroot_wire import cbor
from tag_world import Memory, World

KID, GATEWAY = b"device-1", b"gateway1"


def test_every_field_comes_back_and_defaults_are_kept_apart() -> None:
    memory = Memory()
    kept = Retained(memory, KID, GATEWAY)
    assert kept.lost and kept.last is None and kept.suspects == [] and kept.wakes == 0
    names = [name for name in vars(kept) if not name.startswith("_") and name != "lost"]
    assert len(names) > 20
    values = {
        "beacon": b"12345678",
        "suspects": [3, 9],
        "held": [[1, 2], [5, 9]],
        "urgent": [8],
        "rule": '["ä", -1]',
        "bridge": bytes(6),
        "rate": -4_000,
    }
    for number, name in enumerate(names):
        setattr(kept, name, values.get(name, number + (1 << 40)))
    kept.save()
    again = Retained(memory, KID, GATEWAY)
    assert not again.lost
    assert {name: getattr(again, name) for name in names} == {name: getattr(kept, name) for name in names}
    Retained(Memory(), KID, GATEWAY).suspects.append(1)
    assert Retained(Memory(), KID, GATEWAY).suspects == []


VALUES = [0, 1, 23, 24, 255, 256, 1 << 40, -1, True, False, b"", b"x" * 40, "ä", [], [1], [[2, 3]]]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_put_together_by_hand_is_the_map_that_cbor_would_make(value: object) -> None:
    memory = Memory()
    kept = Retained(memory, KID, GATEWAY)
    kept.wakes, kept.begun = 24, 3
    for name in ("last", "bridge", "rule", "verified"):  # whose default is None: labels of one byte and of two
        setattr(kept, name, value)
        kept.save()
        assert cbor.encode(cbor.decode(memory.data[4:-4], MAX_BYTES)) == memory.data[4:-4]  # decode is strict, too
        found = getattr(Retained(memory, KID, GATEWAY), name)
        assert found == value and type(found) is type(value)


@pytest.mark.parametrize("kid", [KID, b"device-2"])
@pytest.mark.parametrize("gateway", [GATEWAY, b"gateway2"])
def test_memory_of_another_key_or_gateway_is_lost(kid: bytes, gateway: bytes) -> None:
    memory = Memory()
    kept = Retained(memory, KID, GATEWAY)
    kept.last = 7
    kept.save()
    found = Retained(memory, kid, gateway)
    assert found.lost is ((kid, gateway) != (KID, GATEWAY)) and (found.last == 7) is not found.lost


def test_memory_with_any_bit_flipped_or_cut_off_or_of_noise_is_lost() -> None:
    memory = Memory()
    Retained(memory, KID, GATEWAY).save()
    whole = memory.data
    for at in range(len(whole) * 8):
        memory.data = bytes([byte ^ (1 << at % 8 if at // 8 == place else 0) for place, byte in enumerate(whole)])
        assert Retained(memory, KID, GATEWAY).lost
    noise = random.Random(1)
    for data in [whole[:size] for size in range(len(whole))] + [noise.randbytes(size) for size in range(300)]:
        memory.data = data
        assert Retained(memory, KID, GATEWAY).lost


def test_a_state_that_does_not_fit_goes_without_the_rules() -> None:
    memory = Memory()
    kept = Retained(memory, KID, GATEWAY)
    kept.rule, kept.last = "x" * MAX_BYTES, 9
    kept.save()
    found = Retained(memory, KID, GATEWAY)
    assert found.rule is None and found.last == 9 and len(memory.data) <= MAX_BYTES


def test_a_loss_of_power_leaves_safe_defaults() -> None:
    world = World()
    world.hour(3)
    world.lose_power()
    world.boot()
    kept = world.kept
    assert kept.lost and kept.beacon is None and kept.told is None and kept.wakes == 0
    assert kept.last is not None  # from the flash
    assert kept.sent == 2  # all that there is may have been sent
    world.wake()
    assert world.sent == [64]
