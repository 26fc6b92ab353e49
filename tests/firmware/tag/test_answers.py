"""What a tag believes of what it hears: the seven steps of SPEC.md §8.1, and what an attacker tries against each."""

import pytest
from civicroot_device.tag.answers import LATE, TIME_MS, Answers
from civicroot_device.tag.link import COUNTER_FILE, KEEP_EVERY, KEY_FILE, Link
from civicroot_device.tag.retained import Retained
from civicroot_wire import acknowledgement, radio
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.radio import MAX_PAYLOAD
from simulated_flash import SimulatedFlash
from tag_world import GATEWAY, HOUR_MS, REALM, Memory, World, link_key

from tests.support.micropython import MicroPython

KID = b"device-1"
TIME = 1_800_000_000


class Desk:
    """A device's answers, and the gateway that makes them."""

    def __init__(self) -> None:
        self.flash, self.memory = SimulatedFlash(), Memory()
        self.start()

    def start(self, gateway: bytes = GATEWAY, realm: str = REALM) -> None:
        self.kept = Retained(self.memory, KID, gateway[:8])
        self.link = Link(self.flash, self.kept, gateway, realm, lambda public: link_key(b"seed", public, realm))
        self.answers = Answers(KID, REALM, self.link, self.kept, 4)

    def frame(self, counter: int = 7, kid: bytes = KID, realm: str = REALM, key: bytes | None = None) -> bytes:
        ack = Acknowledgement((0, 5), None, bytes(8), TIME)
        return radio.protect(kid, counter, acknowledgement.encode(ack), realm, key or self.link.key)

    def take(self, frame: bytes, now_ms: int = 100) -> Acknowledgement | None:
        return self.answers.take(frame, now_ms)


@pytest.fixture
def desk() -> Desk:
    found = Desk()
    found.answers.sending(5, 0)
    return found


def test_an_answer_is_taken_with_beacon_and_time(desk: Desk) -> None:
    ack = desk.take(desk.frame())
    assert ack is not None and ack.covers(5) and ack.time == TIME and ack.beacon == bytes(8)
    assert desk.answers.counts == {} and desk.kept.last == 7


def test_step_1_too_large_and_of_another_kind(desk: Desk) -> None:
    for frame, reason in ((desk.frame() + bytes(200), "too-large"), (b"\xd2" + desk.frame()[1:], "wrong-type")):
        assert desk.take(frame) is None
        assert desk.answers.counts.pop(reason) == 1
    assert desk.take(b"") is None and desk.answers.counts == {"truncated": 1}


def test_step_1_the_longest_answer_there_is(desk: Desk) -> None:
    frame = radio.protect(KID, radio.MAX_COUNTER, bytes(MAX_PAYLOAD), REALM, desk.link.key)
    assert len(frame) == 222 and desk.take(frame) is None
    assert sum(desk.answers.counts.values()) == 1 and "too-large" not in desk.answers.counts


def test_step_2_every_truncation_and_what_follows_the_end(desk: Desk) -> None:
    whole = desk.frame()
    for size in range(len(whole)):
        assert desk.take(whole[:size]) is None
    assert desk.answers.counts == {"truncated": len(whole)}
    assert desk.take(whole + b"\x00") is None and desk.answers.counts["trailing-bytes"] == 1
    assert desk.kept.last is None


def test_step_3_an_answer_to_another_device(desk: Desk) -> None:
    assert desk.take(desk.frame(kid=b"device-2")) is None
    assert desk.answers.counts == {"key-mismatch": 1}


def test_step_4_a_forged_tag_another_realm_and_another_gateway(desk: Desk) -> None:
    good = desk.frame()
    forged = [good[:-1] + bytes([good[-1] ^ bit]) for bit in (1, 128)]
    others = [desk.frame(realm="other.example"), desk.frame(key=link_key(b"seed", b"\x06" * 32))]
    for frame in forged + others:
        assert desk.take(frame) is None
    assert desk.answers.counts == {"bad-mac": 4} and desk.kept.last is None


def test_step_4_any_changed_bit_is_refused(desk: Desk) -> None:
    good = bytearray(desk.frame())
    for at in range(len(good) * 8):
        good[at // 8] ^= 1 << at % 8
        assert desk.take(bytes(good)) is None
        good[at // 8] ^= 1 << at % 8
    assert desk.take(bytes(good)) is not None


def test_step_5_a_replay_and_an_answer_that_was_overtaken(desk: Desk) -> None:
    assert desk.take(desk.frame(9)) is not None
    assert desk.take(desk.frame(9)) is None and desk.take(desk.frame(8)) is None
    assert desk.answers.counts == {"old-counter": 2}
    assert desk.take(desk.frame(10)) is not None
    desk.start()  # after deep sleep, or a reset before anything else was kept
    assert desk.take(desk.frame(10)) is None and desk.take(desk.frame(11)) is not None


def test_step_6_a_payload_that_is_no_acknowledgement_changes_nothing(desk: Desk) -> None:
    assert desk.take(radio.protect(KID, 7, b"\xa1\x18\x63\x00", REALM, desk.link.key)) is None
    assert desk.answers.counts == {"unknown-key": 1} and desk.kept.last is None


def test_step_7_an_answer_held_back_brings_no_time(desk: Desk) -> None:
    for held, believed in ((TIME_MS - 1, True), (TIME_MS, False), (600_000, False)):
        desk.start()
        desk.answers.sending(desk.kept.sent + 1 if desk.kept.sent else 5, 0)
        ack = Acknowledgement((0, desk.kept.sent or 0), None, None, TIME)
        frame = radio.protect(KID, held, acknowledgement.encode(ack), REALM, desk.link.key)
        found = desk.take(frame, held)
        assert found is not None and (found.time == TIME) is believed
        assert desk.answers.counts.get(LATE, 0) == (not believed)


def test_step_7_only_a_record_first_sent_just_now_counts_not_one_sent_again() -> None:
    desk = Desk()
    desk.answers.sending(3, 0)  # it was there when the power came: it may have been sent before
    found = desk.take(desk.frame())
    assert found is not None and found.time is None
    desk.answers.sending(5, 0)
    desk.start()
    desk.answers.sending(5, 200)  # sent in an earlier wake
    found = desk.take(desk.frame(8), 300)
    assert found is not None and found.time is None and desk.answers.counts == {LATE: 1}


@pytest.mark.parametrize(
    ("ack", "named"),
    [
        (Acknowledgement((0, 4), None, None, TIME), False),
        (Acknowledgement((0, 9), [(5, 5)], None, TIME), True),
        (Acknowledgement(None, None, None, TIME, [(5, "revoked")]), True),
        (Acknowledgement(None, None, None, TIME, [(4, "revoked")]), False),
        (Acknowledgement(None, None, None, TIME), False),
    ],
)
def test_step_7_durable_hole_and_refused_name_a_record(desk: Desk, ack: Acknowledgement, named: bool) -> None:
    found = desk.take(radio.protect(KID, 7, acknowledgement.encode(ack), REALM, desk.link.key))
    assert found is not None and (found.time is not None) is named


# The key and the counter


def test_the_link_key_is_derived_once_for_each_gateway_and_realm() -> None:
    derived: list[bytes] = []
    flash, memory = SimulatedFlash(), Memory()

    def link(gateway: bytes, realm: str = REALM) -> bytes:
        kept = Retained(memory, KID, gateway[:8])

        def derive(public: bytes) -> bytes:
            derived.append(public)
            return link_key(b"seed", public, realm)

        return Link(flash, kept, gateway, realm, derive).key

    other = b"\x06" * 32
    assert link(GATEWAY) == link(GATEWAY) == link_key(b"seed", GATEWAY)
    assert link(other) == link_key(b"seed", other) and link(other, "b.example") == link_key(b"seed", other, "b.example")
    assert derived == [GATEWAY, other, other]
    flash.files[KEY_FILE] = flash.files[KEY_FILE][:-1] + b"!"
    assert link(other, "b.example") and len(derived) == 4


def test_a_usual_wake_opens_no_file_for_its_link_and_another_realm_is_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.take(desk.frame(10)) is not None
    key = desk.link.key
    desk.kept.save()
    opened: list[str] = []
    usual = desk.flash.open
    monkeypatch.setattr(desk.flash, "open", lambda name: opened.append(name) or usual(name))
    desk.start()
    assert not opened and desk.link.key == key and desk.take(desk.frame(10)) is None  # its counter is kept, too
    desk.start(realm="b.example")
    assert desk.link.key == link_key(b"seed", GATEWAY, "b.example") and opened


def test_the_retained_memory_is_never_behind_the_flash_also_when_a_reset_comes_between(desk: Desk) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    assert desk.take(desk.frame(10)) is not None
    desk.kept.unkept = KEEP_EVERY - 1
    replace, desk.flash.replace = desk.flash.replace, cut
    with pytest.raises(KeyboardInterrupt):
        desk.take(desk.frame(11))
    desk.flash.replace = replace
    desk.start()
    assert desk.kept.last == 11 and desk.take(desk.frame(11)) is None


def test_the_counter_goes_to_the_flash_now_and_then_and_is_found_there_after_a_loss_of_power(desk: Desk) -> None:
    writes = desk.flash.writes
    for counter in range(10, 10 + 4 * KEEP_EVERY):
        assert desk.take(desk.frame(counter)) is not None
    assert desk.flash.writes - writes <= 5
    desk.memory.lose()
    desk.start()
    assert desk.kept.last is not None and 10 + 3 * KEEP_EVERY - 1 <= desk.kept.last < 10 + 4 * KEEP_EVERY
    assert desk.take(desk.frame(10 + 2 * KEEP_EVERY)) is None


def test_another_gateway_begins_its_own_count(desk: Desk) -> None:
    assert desk.take(desk.frame(1000)) is not None
    desk.start(b"\x06" * 32)
    assert desk.kept.last is None and desk.take(desk.frame(3)) is not None
    desk.start(b"\x05" * 32)  # and back: what the flash knows of the first is gone, and of the second not believed
    assert desk.kept.last is None
    desk.flash.files[COUNTER_FILE] = b"rubbish"
    desk.start()
    assert desk.kept.last is None


# Against a whole tag


def test_everything_recorded_and_played_again_for_days_moves_no_clock_and_deletes_nothing() -> None:
    world = World(seed=3)
    world.hour(3)
    for day in range(4):
        world.inject = [frame for _, frame in world.overheard]
        if day % 2:
            world.lose_power()
            world.hour(1)  # the first record has no time
            assert world.lag() is None or 0 <= (world.lag() or 0) <= 60
        world.gateway_is_there = False
        world.true_ms += 5 * HOUR_MS
        world.hour(2)
        waiting = world.waiting()
        assert world.outbox.highest in waiting
        world.gateway_is_there = True
        world.hour(8)
        lag = world.lag()
        assert world.waiting() == [] and lag is not None and 0 <= lag <= 60
    assert world.counts["old-counter"] > 10


def test_a_first_wake_after_a_loss_of_power_takes_no_time_from_a_recorded_answer() -> None:
    world = World()
    world.hour(5)
    world.lose_power()
    world.true_ms += 10 * HOUR_MS
    world.gateway_is_there = False
    world.inject = [frame for _, frame in world.overheard]  # one of them is newer than what the flash remembers
    world.wake()
    assert world.lag() is None and world.counts[LATE] > 0
    assert world.waiting() == [64]


def test_the_same_on_micropython() -> None:
    source = """
    from tag_world import World
    world = World(kind="tree")
    world.hour(3)
    world.inject = [frame for _, frame in world.overheard]
    world.hour(2)
    result = [world.waiting(), world.lag(), sorted(world.counts), sorted(world.gateway.records)]
    """
    with MicroPython([__import__("pathlib").Path(__file__).parents[1] / "device_side"]) as device:
        waiting, lag, counts, records = device.run(source)
    assert (waiting, counts, records) == ([], ["old-counter"], [0, 1, 2, 3, 4])
    assert 0 <= lag <= 1
