"""How much one client may ask of the API: named numbers, and why they are what they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass

REQUESTS_AT_ONCE = 2_000  # a hundred people behind one address, a campus or a carrier's, who open a page of 20 requests
REQUESTS_PER_SECOND = 100.0  # of a few milliseconds each: one client takes less than half of one core
LISTENERS = 1_500  # live pages of the whole city; each holds a connection and a queue
LISTENERS_OF_ONE = 100  # the same campus: nobody alone takes all the places
REPORTS_AT_ONCE = 10  # a walk through a park
REPORTS_PER_SECOND = 1 / 300  # then one in five minutes: each is read by a person
MAX_ADDRESSES = 16_384  # remembered, about 3 MB; one that is forgotten begins anew


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one application; `monotonic` gives seconds."""

    requests_at_once: int = REQUESTS_AT_ONCE
    requests_per_second: float = REQUESTS_PER_SECOND
    listeners: int = LISTENERS
    listeners_of_one: int = LISTENERS_OF_ONE
    reports_at_once: int = REPORTS_AT_ONCE
    reports_per_second: float = REPORTS_PER_SECOND
    monotonic: Callable[[], float] = time.monotonic


USUAL = Limits()
