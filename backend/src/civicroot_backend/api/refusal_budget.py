"""How many refused submissions an address may cause: each costs a durable write, which is for those who have a key."""

import math
import time
from ipaddress import IPv6Address, ip_address

from civicroot_witness.token_buckets import TokenBuckets
from fastapi import Request

from civicroot_backend.api.problems import TOO_MANY_REQUESTS, Refusal

AT_ONCE, PER_SECOND = 200, 1.0  # a desk's batch of slips of the pen, then one a second
MAX_ADDRESSES = 4096
_SITE_BITS = 64  # of an IPv6 address; the rest is one customer's own to choose


class RefusalBudget:
    """Accepted entries cost nothing, so bulk enrolment is not slowed down."""

    def __init__(self) -> None:
        self._buckets = TokenBuckets(AT_ONCE, PER_SECOND, MAX_ADDRESSES, time.monotonic)

    def check(self, request: Request) -> None:
        """Raise Refusal 429 if too much of what came from there was refused."""
        wait = self._buckets.wait(_origin(request))
        if wait:
            detail = "too many of your submissions were refused"
            raise Refusal(429, TOO_MANY_REQUESTS, detail, {"Retry-After": str(math.ceil(wait)), "Connection": "close"})

    def spend(self, request: Request) -> None:
        """A submission from there was refused."""
        self._buckets.take(_origin(request))


def _origin(request: Request) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host  # a name that a test client or a proxy gave
    return str(int(address) >> _SITE_BITS) if isinstance(address, IPv6Address) else host
