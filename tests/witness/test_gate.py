"""Whom an address stands for, and token buckets under a clock of the test's."""

import pytest
from civicroot_witness.gate import site
from civicroot_witness.token_buckets import TokenBuckets


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("not an address", "not an address", True),
    ],
)
def test_site(one: str, other: str, same: bool) -> None:
    assert (site(one) == site(other)) is same


def test_buckets_fill_up_again() -> None:
    now = 0.0
    buckets = TokenBuckets(2, 0.5, 10, lambda: now)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    assert buckets.take("b") == 0.0
    now = 1.0
    assert buckets.take("a") == 1.0
    now = 2.0
    assert buckets.take("a") == 0.0
    now = 1000.0
    assert [buckets.take("a") > 0 for _ in range(3)] == [False, False, True]


def test_the_oldest_client_is_forgotten_first() -> None:
    buckets = TokenBuckets(1, 0.001, 3, lambda: 0.0)
    for client in "abcd":
        assert buckets.take(client) == 0.0
    assert buckets.take("d") > 0
    assert buckets.take("a") == 0.0
