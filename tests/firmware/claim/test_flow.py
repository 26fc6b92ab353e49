"""From a deposit to its claim, with people before the bin and a backend behind it."""

from typing import Any

import pytest
from civicroot_device.claim import offer
from civicroot_device.claim.claim_page import CLOCK_WAIT_MS
from civicroot_device.claim.offer import WINDOW_MS
from civicroot_device.claim.openings import LIFE_S
from civicroot_wire import claim_token, opening, record
from civicroot_wire.claim_notice import CLAIMED, CLOSED, KEPT
from civicroot_wire.opening import LED, SCAN
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.claim.world import CARD, KID, NOW, REALM, World, claim_world
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

QR_BIN, LED_BIN = "display lamp", "lamp"


def token_of(page: Any) -> claim_token.ClaimToken:
    """The token in a page's QR code."""
    assert page[:2] == ("claim", "HTTPS://CITY.EXAMPLE/B/")
    return claim_token.decode(claim_token.from_digits(page[2]))


# --- bins with a display


def test_the_qr_code_claims_the_very_deposit_for_90_seconds() -> None:
    world = World(QR_BIN)
    world.wait(5000)
    seq = world.deposit(1250)
    assert seq == 0
    assert world.measured(0).keys() == {"deposit"}
    (page,) = world.display.pages
    found = token_of(page)
    assert (found.kid, found.seq, found.expires) == (KID, 0, NOW + 5 + 90)
    assert page[3:] == (1250, 90)
    assert world.lamp.shown == [("offer", None)]
    world.wait(WINDOW_MS - 100)
    assert world.lamp.shown == [("offer", None)]
    world.wait(100)
    assert world.lamp.shown == [("offer", None), ("ended", offer.EXPIRED)]


def test_every_token_has_a_number_of_its_own() -> None:
    world = World(QR_BIN)
    for _ in range(20):
        world.deposit()
    assert len({token_of(page).cti for page in world.display.pages}) == 20
    assert [token_of(page).seq for page in world.display.pages] == list(range(20))


def test_the_gateways_word_ends_the_offer_once() -> None:
    world = World(QR_BIN)
    world.deposit()
    for _ in range(3):
        world.notice(0, CLAIMED)
    assert world.lamp.shown == [("offer", None), ("ended", offer.CLAIMED)]
    world.deposit()
    world.notice(0, CLAIMED)
    world.notice(7, CLAIMED)
    world.notice(1, KEPT)
    assert world.lamp.shown[-1] == ("offer", None)
    world.notice(1, CLOSED)
    assert world.lamp.shown[-1] == ("ended", offer.CLOSED)


@pytest.mark.parametrize(
    "data", [b"", b"\xa2\x01\x00\x02\x03", b"\xa1\x01\x00", b"\xff", bytes(400), b"\xa2\x02\x01\x01\x00"]
)
def test_a_malformed_notice_is_counted_and_changes_nothing(data: bytes) -> None:
    world = World(LED_BIN)
    world.deposit()
    world.flow.on_notice(data, world.ms)
    assert world.flow.counts.malformed == 1
    assert len(world.flow.openings) == 1
    assert len(world.lamp.shown) == 1


def test_the_next_deposit_replaces_the_offer_and_the_earlier_token_stays_good() -> None:
    world = World(QR_BIN)
    world.deposit(100)
    world.wait(10_000)
    world.deposit(200)
    assert world.lamp.shown == [("offer", None), ("ended", offer.REPLACED), ("offer", None)]
    first, second = (token_of(page) for page in world.display.pages)
    assert (first.seq, first.expires, second.seq, second.expires) == (0, NOW + 90, 1, NOW + 100)
    world.notice(0, CLAIMED)
    assert world.lamp.shown[-1] == ("offer", None)


def test_without_a_record_nothing_is_offered() -> None:
    world = World("display lamp scanner")
    world.full = True
    assert world.deposit() is None
    assert (world.display.pages, world.lamp.shown, world.flow.counts.unrecorded) == ([], [], 1)


def test_a_bin_whose_clock_is_set_by_the_answer_to_its_deposit_draws_the_page_then() -> None:
    world = World(QR_BIN)
    world.boot(None)
    world.deposit(900)
    world.wait(1500)
    assert (world.display.pages, world.lamp.shown) == ([], [])
    world.clock.tell(NOW, world.ms)
    world.wait(500)
    (page,) = world.display.pages
    assert page[3:] == (900, 89)
    assert token_of(page).expires == NOW + 89
    assert world.lamp.shown == [("offer", None)]
    world.wait(WINDOW_MS)
    assert len(world.display.pages) == 1
    assert world.lamp.shown[-1] == ("ended", offer.EXPIRED)


def test_a_bin_that_does_not_learn_the_time_says_that_the_deposit_is_recorded_and_promises_nothing() -> None:
    world = World(QR_BIN)
    world.boot(None)
    world.deposit(900)
    world.wait(CLOCK_WAIT_MS)
    assert world.display.pages == [("recorded", 900)]
    world.clock.tell(NOW, world.ms)
    world.wait(WINDOW_MS)
    assert world.display.pages == [("recorded", 900)]
    assert world.lamp.shown == []


def test_a_page_that_waits_for_the_time_is_not_drawn_any_more_when_a_card_has_claimed() -> None:
    world = World("display lamp scanner")
    world.boot(None)
    world.deposit(900)
    world.wait(3000)
    world.notice(0, CLAIMED)
    world.clock.tell(NOW, world.ms)
    world.wait(CLOCK_WAIT_MS)
    assert world.display.pages == []
    assert world.lamp.shown == [("offer", None), ("ended", offer.CLAIMED)]


def test_an_offer_is_gone_after_a_restart_and_its_token_is_not() -> None:
    world = World(QR_BIN)
    world.deposit()
    page = world.display.pages[0]
    world.boot()
    world.wait(1000)
    assert (world.display.pages, world.lamp.shown) == ([], [])
    world.notice(0, CLAIMED)
    assert world.lamp.shown == []
    assert token_of(page).expires == NOW + 90


def test_without_a_gateway_all_is_offered_and_time_ends_it() -> None:
    world = World("lamp scanner")
    world.flow.on_link(False, 0)
    world.deposit()
    world.card = CARD
    world.wait(WINDOW_MS)
    assert [shown[0] for shown in world.lamp.shown] == ["offer", "card", "ended"]
    assert world.flow.wait_ms(world.ms) is None
    assert len(world.flow.openings) == 2
    world.settle()
    assert world.kept.keys() == {0, 1}


# --- bins that blink


def test_the_blinked_code_is_the_one_that_the_record_commits_to() -> None:
    world = World(LED_BIN)
    world.flow.on_link(True, 0)
    world.deposit()
    ((what, colours),) = world.lamp.shown
    assert what == "offer" and colours is not None and len(colours) == 6 and max(colours) <= 3
    found = world.publish()
    assert found is not None and (found.seq, found.name, found.value) == (0, LED, colours)
    opening.verify(found, REALM, KID, world.measured(0)[LED])


def test_deposit_and_commitment_stand_in_one_record() -> None:
    world = World(LED_BIN)
    world.deposit()
    assert world.measured(0).keys() == {"deposit", "led"}
    assert len(world.records[0]) <= record.MAX_FRAME_BYTES


def test_a_bin_with_a_display_blinks_no_code_and_one_without_a_claim_host_does() -> None:
    with_host, without = World(QR_BIN), World(QR_BIN, host=None)
    with_host.deposit()
    without.deposit()
    assert (with_host.lamp.shown, len(with_host.flow.openings)) == ([("offer", None)], 0)
    assert without.lamp.shown[0][1] is not None
    assert without.display.pages == []


def test_a_blinked_code_needs_no_clock() -> None:
    world = World(LED_BIN)
    world.boot(None)
    world.deposit()
    assert world.lamp.shown[0][1] is not None


@pytest.mark.parametrize("status", [KEPT, CLAIMED, CLOSED])
def test_an_opening_is_deleted_at_once_when_it_is_kept_or_needed_no_more(status: int) -> None:
    world = World(LED_BIN)
    world.flow.on_link(True, 0)
    world.deposit()
    salt = opening.decode(world.flow.openings.after(-1)[1]).salt
    assert any(salt in data for data in world.flash.files.values())
    world.notice(0, status)
    assert not any(salt in data for data in world.flash.files.values())
    world.ms += 86_400_000
    assert (world.flow.wait_ms(world.ms), world.flow.message(world.ms)) == (None, None)


def test_the_next_opening_goes_out_as_soon_as_one_is_kept() -> None:
    world = World(LED_BIN)
    world.flow.on_link(True, 0)
    world.deposit()
    world.deposit()
    first = world.publish()
    assert first is not None
    assert world.publish() is None
    world.notice(first.seq)
    assert world.publish() is not None


def test_openings_are_older_than_7_days_nowhere() -> None:
    world = World(LED_BIN)
    world.deposit()
    world.ms += (LIFE_S - 60) * 1000
    world.flow.poll(world.ms)
    assert len(world.flow.openings) == 1
    world.ms += 120_000
    world.flow.poll(world.ms)
    assert len(world.flow.openings) == 0


# --- bins that read cards


def test_a_card_claims_the_deposit_that_is_offered() -> None:
    world = World("lamp scanner")
    world.flow.on_link(True, 0)
    world.deposit()
    world.deposit()
    world.card = CARD
    world.wait(3000)
    assert world.measured(2).keys() == {"scan", "claims"}
    assert world.measured(2)["claims"] == 1
    sent = {found.seq: found for found in (world.publish(),) if found is not None}
    assert sent[2].name == SCAN and sent[2].value == CARD
    opening.verify(sent[2], REALM, KID, world.measured(2)[SCAN])
    assert world.lamp.shown[-1] == ("card",)


def test_one_card_is_read_for_a_deposit_and_the_next_deposit_reads_one_again() -> None:
    world = World("scanner")
    world.deposit()
    world.card = CARD
    world.wait(20_000)
    assert sorted(world.records) == [0, 1]
    world.deposit()
    world.wait(20_000)
    assert sorted(world.records) == [0, 1, 2, 3]
    assert world.measured(3)["claims"] == 2


def test_without_an_open_offer_no_card_is_read() -> None:
    world = World("lamp scanner")
    world.card = CARD
    world.wait(30_000)
    assert (world.records, world.reader.asleep, world.flow.busy) == ({}, True, False)
    world.card = None
    world.deposit()
    world.wait(WINDOW_MS + 1000)
    world.card = CARD
    world.wait(30_000)
    assert sorted(world.records) == [0]


def test_a_card_that_cannot_be_recorded_is_not_confirmed() -> None:
    world = World("lamp scanner")
    world.deposit()
    world.full = True
    world.card = CARD
    world.wait(3000)
    assert [shown[0] for shown in world.lamp.shown] == ["offer"]
    assert world.flow.counts.unrecorded > 0
    world.full = False
    world.wait(10_000)
    assert world.lamp.shown[-1] == ("card",)


def test_card_salt_and_code_are_in_no_record_and_on_the_flash_in_openings_alone() -> None:
    world = World("lamp scanner")
    for number in range(10):
        world.card = None
        world.deposit()
        world.card = CARD + str(number).encode()
        world.wait(5000)
    openings = []
    seq = -1
    while (after := world.flow.openings.after(seq)) is not None and after[0] > seq:
        seq = after[0]
        openings.append(opening.decode(after[1]))
    assert sorted({item.name for item in openings}) == [LED, SCAN]
    assert len(openings) == 20
    for item in openings:
        for data in world.records.values():
            assert item.salt not in data
            assert item.value not in data
    assert world.flash.files.keys() == {"openings"}
    assert all(CARD not in data for data in world.records.values())


# --- any history

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), st.integers(10, 90_000)),
        st.tuples(st.just("card"), st.sampled_from([None, CARD, CARD + b"2", b"8711218972875"])),
        st.tuples(st.just("wait"), st.sampled_from([100, 1500, 30_000, WINDOW_MS, 3_600_000])),
        st.tuples(st.just("link"), st.booleans()),
        st.tuples(st.just("publish"), st.sampled_from(["lost", "arrived", "answered"])),
        st.tuples(st.just("told"), st.tuples(st.integers(0, 12), st.integers(0, 2))),
        st.tuples(st.just("rubbish"), st.one_of(st.binary(max_size=12), st.just(b"\xa2\x01\x00\x02\x03"))),
        st.tuples(st.just("boot"), st.sampled_from([NOW, None, NOW + 86_400])),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=fuzz_examples(80))
@given(EVENTS, st.sampled_from(["display lamp scanner", "lamp scanner", "lamp", "display"]))
def test_nothing_somebody_saw_is_lost_and_nothing_kept_is_sent_again(events: list[tuple[str, Any]], parts: str) -> None:
    world = World(parts)
    assert claim_world.play(world, events) == [0, 0, 0, 0]
    for data in world.records.values():
        assert CARD not in data and b"8711218972875" not in data


HISTORY = [
    ("deposit", 1250),
    ("card", CARD),
    ("link", True),
    ("wait", 1500),
    ("publish", "lost"),
    ("boot", None),
    ("link", True),
    ("publish", "arrived"),
    ("rubbish", b"\xff"),
    ("deposit", 300),
    ("wait", WINDOW_MS),
    ("publish", "answered"),
    ("told", (0, KEPT)),
    ("boot", NOW),
    ("deposit", 40_000),
    ("told", (3, CLAIMED)),
]


def test_a_history_is_the_same_on_micropython(device: MicroPython) -> None:
    script = """
        from claim_world import World, play
        world = World("lamp scanner")
        outcome = play(world, history)
        result = [outcome, sorted(world.kept), len(world.records), world.lamp.shown, world.messages]
    """
    world = World("lamp scanner")
    here = [claim_world.play(world, HISTORY), sorted(world.kept), len(world.records), world.lamp.shown, world.messages]
    assert here[0] == [0, 0, 0, 0]
    assert device.run(script, history=HISTORY) == here
