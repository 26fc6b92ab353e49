"""The one open offer."""

import pytest
from civicroot_device.claim.offer import CLAIMED, CLOSED, EXPIRED, REPLACED, WINDOW_MS, Offer
from civicroot_wire import claim_notice
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython


def offered(seq: int = 5, now_ms: int = 1000) -> Offer:
    offer = Offer()
    assert offer.begin(seq, 1250, now_ms) is None
    return offer


def test_an_offer_is_open_for_90_seconds() -> None:
    offer = offered()
    assert WINDOW_MS == 90_000
    assert offer.poll(1000 + WINDOW_MS - 1) is None
    assert offer.deposit is not None and (offer.deposit.seq, offer.deposit.grams) == (5, 1250)
    assert offer.poll(1000 + WINDOW_MS) == EXPIRED
    assert offer.deposit is None
    assert offer.poll(1000 + 2 * WINDOW_MS) is None


@pytest.mark.parametrize(("status", "outcome"), [(claim_notice.CLAIMED, CLAIMED), (claim_notice.CLOSED, CLOSED)])
def test_a_notice_ends_it_and_the_same_one_again_changes_nothing(status: int, outcome: str) -> None:
    offer = offered()
    assert offer.notice(5, status) == outcome
    assert offer.deposit is None
    assert offer.notice(5, status) is None
    assert offer.begin(6, 100, 2000) is None
    assert offer.notice(5, status) is None
    assert offer.deposit is not None and offer.deposit.seq == 6


@pytest.mark.parametrize("notice", [(4, claim_notice.CLAIMED), (6, claim_notice.CLOSED), (5, claim_notice.KEPT)])
def test_a_notice_of_another_deposit_or_of_an_opening_changes_nothing(notice: tuple[int, int]) -> None:
    offer = offered()
    assert offer.notice(*notice) is None
    assert offer.deposit is not None


def test_the_next_deposit_replaces_an_open_offer_but_not_one_that_is_over() -> None:
    offer = offered()
    assert offer.begin(6, 300, 2000) == REPLACED
    assert offer.deposit is not None and (offer.deposit.seq, offer.deposit.until_ms) == (6, 2000 + WINDOW_MS)
    assert offer.begin(7, 400, 2000 + WINDOW_MS) == EXPIRED
    assert offer.deposit is not None and offer.deposit.seq == 7


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 40_000), st.just(0)),
        st.tuples(st.just("notice"), st.integers(0, 12), st.integers(0, 2)),
        st.tuples(st.just("poll"), st.integers(0, 200_000), st.just(0)),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=fuzz_examples(100))
@given(STEPS)
def test_every_offer_that_begins_ends_once_and_never_later_than_its_window(steps: list[tuple[str, int, int]]) -> None:
    offer, now, begun, ended = Offer(), 0, 0, 0
    for what, argument, status in steps:
        if what == "notice":
            ended += offer.notice(argument, status) is not None
            continue
        now += argument
        if what == "begin":
            ended += offer.begin(begun, 1, now) is not None
            begun += 1
        else:
            ended += offer.poll(now) is not None
        assert offer.deposit is None or now < offer.deposit.until_ms <= now + WINDOW_MS
        assert begun == ended + (offer.deposit is not None)


def test_an_offer_ends_on_micropython_too(device: MicroPython) -> None:
    script = """
        from civicroot_device.claim.offer import Offer
        offer = Offer()
        result = [offer.begin(5, 1, 0), offer.notice(4, 1), offer.notice(5, 0), offer.begin(6, 1, 10),
                  offer.notice(6, 1), offer.begin(7, 1, 20), offer.poll(90_020), offer.deposit]
    """
    assert device.run(script) == [None, None, None, REPLACED, CLAIMED, None, EXPIRED, None]
