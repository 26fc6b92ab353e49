"""How many refused submissions an address may cause: each costs a durable write, which is for those who have a key."""

import math
import time

from civicroot_witness.token_buckets import TokenBuckets
from fastapi import Request

from civicroot_backend.api.client_address import origin_of
from civicroot_backend.api.problems import TOO_MANY_REQUESTS, Refusal

AT_ONCE, PER_SECOND = 200, 1.0  # a desk's batch of slips of the pen, then one a second
MAX_ADDRESSES = 4096


class RefusalBudget:
    """Accepted entries cost nothing, so bulk enrolment is not slowed down."""

    def __init__(self) -> None:
        self._buckets = TokenBuckets(AT_ONCE, PER_SECOND, MAX_ADDRESSES, time.monotonic)

    def check(self, request: Request) -> None:
        """Raise Refusal 429 if too much of what came from there was refused."""
        wait = self._buckets.wait(origin_of(request.scope))
        if wait:
            detail = "too many of your submissions were refused"
            raise Refusal(429, TOO_MANY_REQUESTS, detail, {"Retry-After": str(math.ceil(wait)), "Connection": "close"})

    def spend(self, request: Request) -> None:
        """A submission from there was refused."""
        self._buckets.take(origin_of(request.scope))
