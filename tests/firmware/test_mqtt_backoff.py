"""Pure parts of the client: the back-off's bounds and spread, and intervals across the wrap of the tick counter."""

from civicroot_device.mqtt.client import FIRST_DELAY_MS, LONGEST_DELAY_MS, delay_ms
from civicroot_device.mqtt.session import since
from hypothesis import given
from hypothesis import strategies as st

PERIOD = 1 << 30  # of time.ticks_ms on 32-bit ports


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_delay_stays_within_its_bounds_for_ever(attempt: int, chance: float) -> None:
    delay = delay_ms(attempt, lambda: chance)
    assert FIRST_DELAY_MS // 2 <= delay < LONGEST_DELAY_MS


def test_delay_doubles_up_to_its_cap_and_half_of_it_is_random() -> None:
    assert [delay_ms(attempt, lambda: 0.0) for attempt in range(9)] == [
        *(500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000),
        *(60_000, 60_000),
    ]
    assert delay_ms(0, lambda: 0.5) == 750
    assert delay_ms(50, lambda: 0.5) == 90_000


@given(st.integers(0, PERIOD - 1), st.integers(0, PERIOD - 1))
def test_interval_is_right_across_the_wrap_of_the_ticks(then: int, passed: int) -> None:
    assert since((then + passed) % PERIOD, then) == passed
    assert since(then + passed, then) == passed  # a clock that does not wrap
