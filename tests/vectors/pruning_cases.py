"""Family pruning: what pruned batches held (SPEC.md §3.9)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import claims
from civicroot_wire.cbor import encode

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.envelope import Kind
from tests.vectors.statement_cases import claims_of, statement_faults, statement_kind

BACKEND = city.key("backend/1")
FIRST, SECOND = sorted((city.key("bin/12").kid, city.key("bin/13").kid))
GOOD: dict[int, Any] = {
    1: [17, 400],
    2: [
        [FIRST, [[0, 10], [12, 12]], [[11, 11]], [], []],
        [SECOND, [[5, (1 << 32) - 1]], [], [[0, 2], [4, 4]], [[3, 3]]],
    ],
}


def _kind(fields: Any) -> Kind:
    return statement_kind(BACKEND, claims.PRUNING_TYP, city.ORIGIN, encode(fields))


def pruning_cases() -> Iterator[Case]:
    """What the backend puts on record before it prunes."""
    for name, fields in (("two keys", GOOD), ("no key at all", {1: [0, 1], 2: []})):
        kind = _kind(fields)
        listed = [[key[0].hex(), *key[1:]] for key in fields[2]]
        yield valid(name, kind.signed(), {**claims_of(kind), "range": fields[1], "keys": listed}, **kind.inputs)
    yield from statement_faults(_kind(GOOD), other_typ=claims.RELEASE_TYP, subjects=False)
    for name, reason, fields in _faults():
        kind = _kind(fields)
        yield invalid(name, reason, kind.signed(), **kind.inputs)


def _faults() -> Iterator[tuple[str, str, Any]]:
    one, two = GOOD[2]
    yield "no range", "missing-key", {2: GOOD[2]}
    yield "unknown field", "unknown-key", {**GOOD, 3: 0}
    yield "empty range", "out-of-range", {**GOOD, 1: [17, 17]}
    yield "range of one number", "out-of-range", {**GOOD, 1: [17]}
    yield "range negative", "out-of-range", {**GOOD, 1: [-1, 4]}
    yield "keys out of order", "not-deterministic", {**GOOD, 2: [two, one]}
    yield "a key twice", "not-deterministic", {**GOOD, 2: [one, one]}
    yield "pruned kid of 7 bytes", "bad-length", {**GOOD, 2: [[FIRST[:7], *one[1:]]]}
    yield "key of four parts", "out-of-range", {**GOOD, 2: [one[:4]]}
    yield "ranges out of order", "out-of-range", {**GOOD, 2: [[FIRST, [[12, 12], [0, 10]], [], [], []]]}
    yield "adjoining ranges", "out-of-range", {**GOOD, 2: [[FIRST, [[0, 10], [11, 11]], [], [], []]]}
    yield "range backwards", "out-of-range", {**GOOD, 2: [[FIRST, [[3, 2]], [], [], []]]}
    yield "seq 2^32", "out-of-range", {**GOOD, 2: [[FIRST, [[3, 1 << 32]], [], [], []]]}
    yield "a number for a range", "wrong-type", {**GOOD, 2: [[FIRST, [3], [], [], []]]}
    yield "keys are a map", "wrong-type", {**GOOD, 2: {}}
