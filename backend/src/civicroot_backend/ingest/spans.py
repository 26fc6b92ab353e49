"""Spans of numbers of keys, and the question for all rows in them: one query, however the numbers lie.

A list of single numbers would be 64 times as long for records that skipped a block; one span from the lowest to the
highest would read a key's whole past for two records of different times.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import CTE, BigInteger, LargeBinary, column, values

CHUNK = 4000  # spans in one question: SQLite takes 32,766 parameters


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The numbers `low` to `high`, both inclusive, of the key `kid`."""

    kid: bytes
    low: int
    high: int


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same numbers in as few spans as possible, ascending."""
    found: list[Span] = []
    for span in sorted(spans):
        last = found[-1] if found else None
        if last is not None and last.kid == span.kid and span.low <= last.high + 1:
            found[-1] = Span(last.kid, last.low, max(last.high, span.high))
        else:
            found.append(span)
    return found


def tables(spans: Iterable[Span]) -> Iterator[CTE]:
    """The merged spans as tables with the columns kid, low and high, to be joined; each fits one question."""
    listed = merged(spans)
    columns = (column("kid", LargeBinary), column("low", BigInteger), column("high", BigInteger))
    for start in range(0, len(listed), CHUNK):
        rows = [(span.kid, span.low, span.high) for span in listed[start : start + CHUNK]]
        yield values(*columns, name="wanted").data(rows).cte("wanted")
