"""The reporting core over a simulated flash: report rules, splitting, acknowledgements, resending, bad records."""

import sys
from itertools import combinations
from pathlib import Path

import pytest
from civicroot_wire import record, senml
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.sequence import Sequence
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.record_sizes import heartbeats, sizes, widest
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.reporting import report  # noqa: E402
from civicroot_device.reporting.delivery import DEADLINE_MS, MISSES  # noqa: E402
from civicroot_device.reporting.kinds import KINDS  # noqa: E402
from civicroot_device.reporting.sampling import Due, Sample  # noqa: E402
from civicroot_device.storage.segment import ALARM, CHANGE, HEARTBEAT  # noqa: E402
from reporter_world import BEACON, INTERVAL_MS, NOW, REALM, ReporterWorld  # noqa: E402

QUIET = {"fill": 10, "temp": 200, "lid": False, "weight": 50}


def values_of(found: record.Record) -> dict[str, str]:
    return {item.name: str(item.value) for item in found.pack.measurements}


# --- what is reported


def test_first_sample_is_reported_with_values_units_promise_and_no_time_before_the_clock_is_set() -> None:
    world = ReporterWorld()
    assert world.sample(**QUIET) == 1
    found = world.decoded(0)
    assert values_of(found) == {"fill": "0.10", "temp": "20.0", "lid": "False", "weight": "0.50"}
    assert [item.unit for item in found.pack.measurements] == ["/", "Cel", None, "kg"]
    assert [item.update_time for item in found.pack.measurements] == [72, None, None, None]
    assert (found.pack.base_time, found.sequence.header()) == (None, [0])


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({}, 0),
        ({"fill": 11}, 0),
        ({"fill": 12}, 1),
        ({"fill": 8}, 1),
        ({"temp": 209}, 0),
        ({"temp": 190}, 1),
        ({"lid": True}, 1),
        ({"weight": 99}, 0),
        ({"weight": 100}, 1),
    ],
)
def test_second_sample_is_reported_if_a_value_moved_by_its_delta(change: dict[str, int], reported: int) -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    assert world.sample(**{**QUIET, **change}) == reported


def test_slow_drift_is_reported_against_the_last_report_and_not_the_last_sample() -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    assert [world.sample(**{**QUIET, "fill": fill}) for fill in (11, 12, 13, 14)] == [0, 1, 0, 1]


def test_heartbeat_comes_after_the_interval() -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    world.ms = INTERVAL_MS - 1
    assert world.sample(**QUIET) == 0
    world.ms = INTERVAL_MS
    assert world.sample(**QUIET) == 1


def test_faulty_sensor_is_absent_and_named_and_its_failing_and_healing_are_reported() -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    broken = {name: value for name, value in QUIET.items() if name != "temp"}
    assert [world.sample(["temp"], **broken), world.sample(["temp"], **broken), world.sample(**QUIET)] == [1, 0, 1]
    assert values_of(world.decoded(1)) == {"fault": "temp:no-answer"}
    assert values_of(world.decoded(2)) == {"temp": "20.0"}


def test_flag_of_a_fault_that_changed_is_reported() -> None:
    world = ReporterWorld()
    broken = {name: value for name, value in QUIET.items() if name != "temp"}
    flags = ["no-answer", "bad-crc", "bad-crc", "no-answer"]
    assert [world.sample({"temp": flag}, **broken) for flag in flags] == [1, 1, 0, 1]
    assert values_of(world.decoded(1)) == {"fault": "temp:bad-crc"}


def test_value_with_a_fault_of_its_other_sensor_is_told_with_it_and_when_that_is_over() -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    assert [world.sample({"fill": "bad-crc"}, **QUIET), world.sample(**QUIET), world.sample(**QUIET)] == [1, 1, 0]
    assert values_of(world.decoded(1)) == {"fault": "fill:bad-crc"}
    assert values_of(world.decoded(2)) == {"fill": "0.10"}


def test_device_whose_every_sensor_fails_still_reports() -> None:
    world = ReporterWorld()
    assert world.sample(["fill", "temp", "lid", "weight"]) == 1
    assert values_of(world.decoded(0)) == {"fault": "fill:no-answer temp:no-answer lid:no-answer weight:no-answer"}
    world.ms = INTERVAL_MS
    assert world.sample(["fill", "temp", "lid", "weight"]) == 1


def test_faults_over_the_limit_of_a_text_are_split_at_a_space_and_none_is_lost() -> None:
    faults = {quantity.name: "out-of-range" for quantity in KINDS["tree"]}
    due = Due(Sample({}, faults), CHANGE, [], None, False)
    texts = [item.value for item in report.measurements(KINDS["tree"], due)]
    assert len(texts) == 3 and all(isinstance(text, str) and len(text) <= senml.MAX_TEXT for text in texts)
    words = " ".join(str(text) for text in texts).split(" ")
    assert words == [quantity.name + ":out-of-range" for quantity in KINDS["tree"]]


@pytest.mark.parametrize("ranges", [0, 1, 16])
def test_report_over_one_frame_is_split_and_every_part_promises_the_next(ranges: int) -> None:
    pending = [(2**31 + 2 * n, 2**31 + 2 * n) for n in range(ranges)]
    items = [senml.Measurement(f"measurement-{n}", 2**40, "unit") for n in range(7)]
    frames = []
    while items:
        sequence = Sequence(2**32 - 1, 64, BEACON, pending)
        frame = report.fit(bytes(8), REALM, items, NOW, 72, sequence)
        frames.append(record.decode(record.sign(bytes(8), frame.sequence, frame.pack, REALM, lambda _: bytes(64))))
        items = items[frame.count :]
        pending = pending[len(frame.sequence.thinned) :]
    assert len(frames) > 2
    assert all(len(frame.encoded) <= record.MAX_FRAME_BYTES for frame in frames)
    assert [item.name for frame in frames for item in frame.pack.measurements] == [f"measurement-{n}" for n in range(7)]
    assert all(frame.pack.measurements[0].update_time == 72 for frame in frames)
    assert len(pending) <= max(0, ranges - len(frames))


@pytest.mark.parametrize(("length", "texts"), [(26, 1), (27, 2)])
def test_fault_text_is_filled_to_its_64th_byte(length: int, texts: int) -> None:
    faults = {"fill": "x" * 27, "temp": "y" * length}
    assert len(report.measurements(KINDS["bin"], Due(Sample({}, faults), CHANGE, [], None, False))) == texts


def test_faults_of_scanner_display_and_the_device_itself_come_after_those_of_the_sensors() -> None:
    sample = Sample({}, {"scan": "bad-crc", "display": "not-ready", "temp": "no-answer"})
    (item,) = report.measurements(KINDS["bin"], Due(sample, CHANGE, [], None, False))
    assert (item.name, item.value) == ("fault", "temp:no-answer display:not-ready scan:bad-crc")


@pytest.mark.parametrize(("kind", "most"), [("bin", 176), ("tree", 175)])
def test_heartbeat_is_three_measurements_in_at_most_176_bytes_at_every_value_skip_and_promise(
    kind: str, most: int
) -> None:
    assert max(heartbeats(kind)) == most  # docs/benchmarks.md


@pytest.mark.parametrize("kind", ["bin", "tree"])
def test_a_usual_full_report_is_two_records_at_most_and_a_change_one(kind: str) -> None:
    found = sizes(kind)
    assert len(found["full"]) <= 2
    assert len(found["heartbeat"]) == len(found["change"]) == 1
    assert all(size <= record.MAX_FRAME_BYTES for parts in found.values() for size in parts)


@pytest.mark.parametrize(("kind", "most"), [("bin", 179), ("tree", 187)])
def test_any_three_changes_at_their_widest_are_one_record_that_fits_a_lora_frame(kind: str, most: int) -> None:
    told = [quantity.name for quantity in KINDS[kind] if quantity.told]
    found = [widest(kind, list(names)) for names in combinations(told, 3)]
    assert {len(parts) for parts in found} == {1}
    assert max(size for (size,) in found) == most


@pytest.mark.parametrize("ranges", [1, 2, 16])
@pytest.mark.parametrize("kind", ["bin", "tree"])
def test_thinned_ranges_fill_a_heartbeats_frame_and_never_burst_it(kind: str, ranges: int) -> None:
    found = widest(kind, [quantity.name for quantity in KINDS[kind] if quantity.beat], ranges)
    assert len(found) == 1 and 176 < found[0] <= record.MAX_FRAME_BYTES


def test_every_report_of_the_widest_values_keeps_within_one_frame_with_ranges_and_skip() -> None:
    for quantities in KINDS.values():
        values = {quantity.name: getattr(quantity, "low", True) for quantity in quantities}
        faults = {quantity.name: "out-of-range" for quantity in quantities}
        names = [quantity.name for quantity in quantities if quantity.told]
        items = report.measurements(quantities, Due(Sample(values, faults), ALARM, names, ["fire", "tilt"], True))
        pending = [(2**31 + 2 * n, 2**31 + 2 * n) for n in range(16)]
        told = []
        while items:
            frame = report.fit(bytes(8), "x" * 64, items, 2**32, 3600, Sequence(2**32 - 1, 64, BEACON, pending))
            assert frame.size <= record.MAX_FRAME_BYTES
            told += [item.name for item in frame.pack.measurements]
            items = items[frame.count :]
            pending = pending[len(frame.sequence.thinned) :]
        assert told[0] == "alarm" and told.count("fault") >= 2 and set(names) <= set(told)


# --- what is no sample

DEPOSIT = [senml.Measurement("deposit", DecimalFraction(-2, 43), "kg"), senml.Measurement("led", bytes(16))]


def test_deposit_and_what_changed_with_it_are_one_record_under_the_first_number() -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    made = world.report(DEPOSIT, ALARM, world.sampled([], {**QUIET, "weight": 143, "fill": 13}))
    assert made == [1]
    assert values_of(world.decoded(1)) == {
        "deposit": "0.43", "led": str(bytes(16)), "fill": "0.13", "weight": "1.43",
    }  # fmt: skip
    assert world.sample(**{**QUIET, "weight": 143, "fill": 13}) == 0


def test_report_without_anything_to_tell_is_no_record() -> None:
    world = ReporterWorld()
    world.sample(**QUIET)
    assert world.report([], CHANGE, world.sampled([], QUIET)) == world.report([], CHANGE) == []


def test_measurements_that_do_not_fit_one_record_are_split_in_their_order() -> None:
    world = ReporterWorld()
    items = [senml.Measurement(f"cal.fill.distance-{n}", 1000 + n) for n in range(12)]
    made = world.report(items, CHANGE)
    assert len(made) == 3
    assert [item.name for seq in made for item in world.decoded(seq).pack.measurements] == [
        f"cal.fill.distance-{n}" for n in range(12)
    ]


@pytest.mark.parametrize("first", ["sample", "report"])
def test_first_record_says_why_and_how_often_the_device_started_and_no_other_does(first: str) -> None:
    start = [senml.Measurement("boots", 7), senml.Measurement("reset", "watchdog")]
    world = ReporterWorld(start=start)
    if first == "report":
        assert world.report([senml.Measurement("scan", bytes(16))], HEARTBEAT) == [0]
    world.sample(**QUIET)
    names = [[item.name for item in world.decoded(seq).pack.measurements] for seq in sorted(world.made)]
    assert names[0][first == "report" :][:2] == ["boots", "reset"]
    assert sum(part.count("boots") for part in names) == 1


def test_record_of_the_start_is_never_thinned_whatever_it_tells() -> None:
    world = ReporterWorld(limit=16_384, start=[senml.Measurement("boots", 2)])
    assert world.report([], CHANGE) == []
    assert world.report([senml.Measurement("scan", bytes(16))], HEARTBEAT) == [0]
    assert "boots" in values_of(world.decoded(0))
    while world.outbox.counts.thinned < 50:
        world.ms += INTERVAL_MS
        world.sample(**QUIET)
    assert 0 in world.holding()


def test_start_that_found_no_room_is_told_later() -> None:
    world = ReporterWorld(limit=16_384)
    fill_with_changes(world)
    world.start = [senml.Measurement("boots", 2)]
    world.boot()
    assert world.sample(**QUIET) == 0
    world.settle()
    assert world.sample(**QUIET) == 1
    assert values_of(world.decoded(max(world.made)))["boots"] == "2"


# --- acknowledgements


def waiting(count: int) -> ReporterWorld:
    """A world with records 0 … count − 1 in the outbox and the link up."""
    world = ReporterWorld()
    for number in range(count):
        assert world.sample(**{**QUIET, "fill": number % 2 * 50}) == 1
    world.reporter.on_link(True, world.ms)
    return world


@pytest.mark.parametrize(
    ("ack", "left"),
    [
        (Acknowledgement((0, 4)), []),
        (Acknowledgement((0, 2)), [3, 4]),
        (Acknowledgement((0, 4), [(1, 2)]), [1, 2]),
        (Acknowledgement((2, 3)), [0, 1, 4]),
        (Acknowledgement((0, 4), [(0, 4)]), [0, 1, 2, 3, 4]),
        (Acknowledgement(None, None, BEACON, NOW), [0, 1, 2, 3, 4]),
        (Acknowledgement((0, 2**32 - 1)), []),
        (Acknowledgement(None, None, None, None, [(1, "too-large"), (9, "bad-text")]), [0, 2, 3, 4]),
        (Acknowledgement((0, 4), [(2, 2)], None, None, [(3, "wrong-type")]), [2]),
    ],
)
def test_records_leave_the_outbox_exactly_when_the_acknowledgement_names_them(
    ack: Acknowledgement, left: list[int]
) -> None:
    world = waiting(5)
    world.hear(ack)
    assert world.holding() == left


def test_acknowledgement_of_numbers_not_used_yet_does_not_touch_later_records() -> None:
    world = waiting(2)
    world.hear(Acknowledgement((0, 1000)))
    world.sample(**{**QUIET, "fill": 90})
    assert world.holding() == [2]


@pytest.mark.parametrize("data", [b"", b"\xa0\x00", b"\xa1\x09\x00", b"\xa1\x01\x82\x05\x01", b"\xff", bytes(4000)])
def test_malformed_acknowledgement_is_counted_and_changes_nothing(data: bytes) -> None:
    world = waiting(3)
    world.reporter.on_acknowledgement(data, world.ms)
    assert (world.reporter.counts.malformed, world.holding()) == (1, [0, 1, 2])


def test_refused_record_is_set_aside_with_its_reason_over_a_restart() -> None:
    world = waiting(3)
    refused = world.made[1]
    world.hear(Acknowledgement(None, None, None, None, [(1, "too-large")]))
    world.boot()
    assert list(world.refusals.read()) == [(1, "too-large", refused)]
    assert world.holding() == [0, 2]


@pytest.mark.parametrize(
    ("ack", "delivered"),
    [
        (Acknowledgement(durable=(0, 1)), 1),
        (Acknowledgement(durable=(0, 2)), 2),
        (Acknowledgement(durable=(0, 9)), 2),
        (Acknowledgement(durable=(0, 2), holes=[(2, 2)]), 1),
        (Acknowledgement(durable=(0, 2), refused=[(0, "malformed"), (1, "malformed"), (2, "malformed")]), -1),
        (Acknowledgement(), -1),
    ],
)
def test_what_was_delivered_is_what_the_gateway_has_and_not_what_it_refused(
    ack: Acknowledgement, delivered: int
) -> None:
    """A new version is kept by this: one whose records are all refused has to be rolled back."""
    world = waiting(3)
    world.hear(ack)
    assert world.reporter.delivered == delivered


def test_beacon_and_time_are_taken_and_time_never_goes_back() -> None:
    world = waiting(1)
    world.greet(NOW)
    world.ms += 5000
    world.sample(**{**QUIET, "fill": 90})
    assert world.decoded(1).pack.base_time == NOW + 5
    assert world.decoded(1).sequence.beacon == BEACON
    world.greet(NOW - 1000)
    world.greet(5)
    assert world.clock.now(world.ms) == NOW + 5
    assert world.clock.refused == 2
    world.boot()
    assert world.clock.now(world.ms) is None
    world.greet(NOW)
    assert world.clock.now(world.ms) is None
    world.greet(NOW + 6)
    assert world.clock.now(world.ms) == NOW + 6


# --- sending


def test_nothing_is_published_while_the_link_is_down() -> None:
    world = waiting(3)
    world.reporter.on_link(False, world.ms)
    assert (world.poll(), world.reporter.wait_ms(world.ms)) == (None, None)


def test_backlog_goes_out_in_messages_of_32_records_oldest_first_one_at_a_time() -> None:
    world = waiting(70)
    assert world.poll() == list(range(32))
    assert world.poll() is None
    world.deliver()
    world.acknowledge()
    assert world.poll() == list(range(32, 64))
    assert all(len(message) <= 8192 for message in world.messages)


def test_message_without_answer_is_sent_again_later_each_time_and_at_once_after_a_reconnection() -> None:
    world = waiting(2)
    gaps = []
    for _ in range(MISSES):
        assert world.poll() == [0, 1]
        wait = world.reporter.wait_ms(world.ms)
        assert wait is not None
        gaps.append(wait)
        world.ms += wait - 1
        assert world.poll() is None
        world.ms += 1
    assert gaps == [DEADLINE_MS, 2 * DEADLINE_MS, 4 * DEADLINE_MS]
    world.poll()
    world.reporter.on_link(False, world.ms)
    world.reporter.on_link(True, world.ms)
    assert world.poll() is not None


def test_greeting_of_a_gateway_that_came_back_ends_the_long_wait() -> None:
    world = waiting(2)
    for _ in range(8):
        world.poll()
        wait = world.reporter.wait_ms(world.ms)
        assert wait is not None
        world.ms += wait
    world.poll()
    world.ms += DEADLINE_MS
    assert world.poll() is None
    world.greet()
    assert world.poll() is not None


@pytest.mark.parametrize("poison", [{0}, {31}, {5, 6}, {40}, {0, 33, 69}])
def test_bad_record_that_spoils_every_message_blocks_only_itself(poison: set[int]) -> None:
    world = waiting(70)
    world.poison = poison
    world.settle()
    assert set(world.received) == set(range(70)) - poison
    assert world.holding() == sorted(poison)


@pytest.mark.parametrize("poison", [{0}, {5, 40}])
def test_record_that_costs_the_connection_every_time_blocks_only_itself(poison: set[int]) -> None:
    world = waiting(70)
    for _ in range(300):
        numbers = world.poll()
        if numbers is None:
            world.ms += DEADLINE_MS
        elif poison & set(numbers):
            world.reporter.on_link(False, world.ms)
            world.ms += 1000
            world.reporter.on_link(True, world.ms)
            world.greet()
        else:
            world.deliver()
            world.acknowledge()
    assert world.holding() == sorted(poison)


def test_record_that_is_no_longer_bad_leaves_in_the_end() -> None:
    world = waiting(40)
    world.poison = {3}
    world.settle()
    world.poison = set()
    world.settle()
    assert world.holding() == []


# --- overflow


def test_overflow_drops_the_oldest_heartbeats_declares_them_and_keeps_changes() -> None:
    world = ReporterWorld(limit=16_384)
    changes = []
    for number in range(300):
        world.ms += INTERVAL_MS
        changed = number % 10 == 0
        assert world.sample(**{**QUIET, "fill": number // 10 % 2 * 50}) == 1
        if changed:
            changes.append(number)
    assert world.outbox.size <= 16_384
    assert world.outbox.counts.thinned > 100
    assert set(changes) <= set(world.holding())
    assert world.holding()[-1] == 299
    for number in range(20):
        world.settle()
        world.ms += INTERVAL_MS
        world.sample(**{**QUIET, "fill": number % 2 * 50 + 10})
    world.settle()
    missing = set(range(max(world.received) + 1)) - set(world.received)
    assert missing and missing <= world.accounted
    assert world.accounted.isdisjoint(changes)


@pytest.mark.parametrize(
    ("ranges", "up", "quiet", "changed"),
    [(15, False, False, False), (16, False, False, True), (32, False, True, True), (1, True, True, False)],
)
def test_dropped_ranges_gather_during_an_outage_and_heartbeats_declare_them_last(
    ranges: int, up: bool, quiet: bool, changed: bool
) -> None:
    world = waiting(70)
    world.reporter.on_link(up, world.ms)
    world.outbox.pending = [(2 * n, 2 * n) for n in range(ranges)]
    world.sample(**QUIET)
    world.outbox.pending = [(2 * n, 2 * n) for n in range(ranges)]
    world.ms += INTERVAL_MS
    world.sample(**QUIET)
    assert bool(world.decoded(max(world.made)).sequence.thinned) == quiet
    world.sample(**{**QUIET, "fill": 90})
    assert bool(world.decoded(max(world.made)).sequence.thinned) == changed


def test_flash_smaller_than_the_limit_overflows_by_the_policy_and_not_by_failing_writes() -> None:
    world = ReporterWorld(limit=1_000_000)
    world.flash.capacity = 128 * 1024
    world.boot()
    for number in range(600):
        world.ms += INTERVAL_MS
        assert world.sample(**{**QUIET, "fill": number // 10 % 2 * 50}) == 1
    assert world.outbox.counts.thinned > 100
    hours = world.reporter.hours_left(world.ms)
    assert hours is not None and hours < 2
    world.settle()
    assert world.holding() == []


def fill_with_changes(world: ReporterWorld) -> None:
    """Until one more is not taken."""
    before = world.reporter.counts.unreported
    number = 0
    while world.reporter.counts.unreported == before:
        number += 1
        world.sample(**{**QUIET, "fill": number % 2 * 50})


def test_full_outbox_of_changes_refuses_new_ones_but_takes_alarms_and_deposits_to_its_last_bytes() -> None:
    world = ReporterWorld(limit=16_384)
    fill_with_changes(world)
    assert world.outbox.size < world.outbox.limit
    kept = world.holding()
    assert world.sample(**{**QUIET, "temp": 900}) == 1
    assert world.holding() == [*kept, kept[-1] + 1]
    assert world.report([senml.Measurement("scan", bytes(16))], CHANGE) == []
    while world.report(DEPOSIT, ALARM):
        kept = world.holding()
    assert world.outbox.limit - world.outbox.size < 2 * record.MAX_FRAME_BYTES
    assert world.holding() == kept
    assert world.reporter.counts.unreported == 3


def test_hours_left_follow_the_rate() -> None:
    world = ReporterWorld()
    assert world.reporter.hours_left(0) is None
    for _ in range(61):
        world.ms += INTERVAL_MS
        world.sample(**QUIET)
    hours = world.reporter.hours_left(world.ms)
    per_hour = 60 * len(world.made[60])
    assert hours == pytest.approx((100_000 - world.outbox.size) / per_hour, rel=0.1)


# --- any history

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("sample"), st.integers(0, 100)),
        st.tuples(st.just("deposit"), st.integers(0, 100)),
        st.tuples(st.just("pass"), st.sampled_from([10, DEADLINE_MS, INTERVAL_MS, 10 * INTERVAL_MS])),
        st.tuples(st.just("poll"), st.sampled_from(["lost", "delivered", "answered"])),
        st.tuples(st.just("link"), st.booleans()),
        st.tuples(st.sampled_from(["greet", "rubbish", "boot", "acknowledge"]), st.none()),
    ),
    max_size=80,
)


@settings(deadline=None, max_examples=fuzz_examples(200))
@given(events=EVENTS, limit=st.sampled_from([3000, 100_000]), poison=st.sets(st.integers(0, 40), max_size=2))
def test_no_record_is_deleted_unacknowledged_no_deposit_thinned_none_is_lost_and_numbers_only_rise(
    events: list[tuple[str, object]], limit: int, poison: set[int]
) -> None:
    world = ReporterWorld(limit=limit, segment_bytes=800)
    world.poison = poison
    known = 0
    declared: set[int] = set()
    deposits: set[int] = set()
    for event, argument in events:
        play(world, event, argument)
        for seq in sorted(world.made)[known:]:
            found = world.decoded(seq)
            declared.update(*(range(first, last + 1) for first, last in found.sequence.thinned))
            if any(item.name == "deposit" for item in found.pack.measurements):
                deposits.add(seq)
        known = len(world.made)
        dropped = declared.union(*(range(first, last + 1) for first, last in world.outbox.pending))
        assert set(world.made) <= set(world.holding()) | set(world.received) | (dropped - deposits)
    world.settle()
    assert set(world.holding()) <= poison


def play(world: ReporterWorld, event: str, argument: object) -> None:
    before = max(world.made, default=-1)
    if event == "sample":
        world.sample(**{**QUIET, "fill": argument})
        assert all(seq > before for seq in set(world.made) - set(range(before + 1)))
    elif event == "deposit":
        assert isinstance(argument, int)
        made = world.report(DEPOSIT, ALARM, world.sampled([], {**QUIET, "fill": argument}))
        assert made == sorted(seq for seq in world.made if seq > before)
    elif event == "pass":
        assert isinstance(argument, int)
        world.ms += argument
    elif event == "poll" and world.poll() is not None and argument != "lost":
        world.deliver()
        if argument == "answered":
            world.acknowledge(NOW)
    elif event == "link":
        world.reporter.on_link(bool(argument), world.ms)
    elif event == "greet":
        world.greet(NOW)
    elif event == "rubbish":
        world.reporter.on_acknowledgement(b"\xa1\x01", world.ms)
    elif event == "boot":
        world.boot()
    elif event == "acknowledge":
        world.acknowledge()


def test_reporter_settles_on_micropython_too() -> None:
    script = """
        from civicroot_wire.cbor import DecimalFraction
        from civicroot_wire.senml import Measurement
        from reporter_world import ReporterWorld
        world = ReporterWorld(limit=16384, start=[Measurement("boots", 4)])
        quiet = {"fill": 10, "temp": 200, "lid": False, "weight": 50}
        for number in range(150):
            world.ms += 60000
            quiet["fill"] = number // 10 % 2 * 50
            world.sample(**quiet)
        world.poison = {140}
        world.settle()
        result = [world.holding(), world.outbox.counts.thinned > 0, max(world.received), world.outbox.highest]
        quiet["weight"] = 143
        made = world.report([Measurement("deposit", DecimalFraction(-2, 93), "kg")], 2, world.sampled([], quiet))
        found = world.decoded(made[0])
        result.append([len(made), [(item.name, str(item.value)) for item in found.pack.measurements]])
        result.append([item.name for item in world.decoded(0).pack.measurements][0] == "boots")
    """
    with MicroPython([DEVICE_SIDE]) as process:
        found = process.run(script, deadline=60.0)
    assert found == [[140], True, 149, 149, [1, [("deposit", "0.93"), ("weight", "1.43")]], True]
