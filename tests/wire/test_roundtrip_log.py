"""What the log answers with is read back as it was written, by both runtimes: receipts, tlog-proofs, prunings."""

from collections.abc import Callable

import pytest
from civicroot_wire import claims, merkle, pruning, receipt, statement, tlog_proof
from civicroot_wire.claims import Claims
from civicroot_wire.pruning import PrunedKey, Pruning
from civicroot_wire.receipt import Receipt
from civicroot_wire.sodium import verify
from civicroot_wire.tlog_proof import TlogProof
from hypothesis import strategies as st

from tests.support.micropython import MicroPython
from tests.vectors import city
from tests.vectors.citylog import LOG, Log
from tests.wire import strategies as some
from tests.wire.runtime.jsonform import hexed
from tests.wire.test_roundtrip import KEY, Made, read_back, signed

Spans = list[tuple[int, int]]
names = st.text(some.EDGE + "/:.-", min_size=1, max_size=40)
logs = st.builds(Log, st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=12))


@st.composite
def spans(draw: st.DrawFn) -> Spans:
    """Ascending ranges that do not adjoin."""
    marks = sorted(draw(st.sets(st.integers(0, some.UINT32), max_size=8)))
    found: Spans = []
    for first, last in zip(marks[::2], marks[1::2], strict=False):
        if not found or first > found[-1][1] + 1:
            found.append((first, last))
    return found


@st.composite
def a_pruning(draw: st.DrawFn) -> Made:
    first, length = draw(st.integers(0, 1 << 40)), draw(st.integers(1, 1 << 20))
    kids = sorted(draw(st.sets(st.binary(min_size=8, max_size=8), max_size=4)))
    pruned = [PrunedKey(kid, draw(spans()), draw(spans()), draw(spans()), draw(spans())) for kid in kids]
    realm, origin, issuer = draw(some.realms), draw(names), draw(names)
    data = pruning.sign(Pruning(first, first + length, pruned), KEY.kid, issuer, origin, realm, KEY)
    decoded = {
        "kid": KEY.kid.hex(),
        "typ": claims.PRUNING_TYP,
        "issuer": issuer,
        "subject": origin,
        "realm": realm,
        "range": [first, first + length],
        "keys": [[key.kid.hex(), *([list(pair) for pair in part] for part in key.spans())] for key in pruned],
    }
    return signed("pruning", data, realm, decoded)


@st.composite
def a_receipt(draw: st.DrawFn) -> Made:
    log = draw(logs)
    index = draw(st.integers(0, len(log.entries) - 1))
    issuer, subject = draw(names), draw(names)
    found = Receipt(LOG.kid, issuer, subject, len(log.entries), index, log.path(index))
    case = {
        "bytes": receipt.sign(found, log.root(), LOG).hex(),
        "entry": log.entries[index].hex(),
        "public_key": LOG.public.hex(),
    }
    decoded = {"kid": LOG.kid.hex(), "issuer": issuer, "subject": subject, "size": len(log.entries), "index": index}
    return "receipt", case, {**decoded, "path": [item.hex() for item in log.path(index)]}


@st.composite
def a_transparent_statement(draw: st.DrawFn) -> Made:
    about = Claims("application/example", draw(names), draw(names), draw(some.realms))
    said = statement.sign(about, draw(st.binary(max_size=60)), KEY.kid, KEY)
    receipts = draw(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4))
    data = receipt.attach(said, receipts)
    return (
        "transparent",
        {"bytes": data.hex()},
        {"statement": said.hex(), "receipts": [item.hex() for item in receipts]},
    )


@st.composite
def a_tlog_proof(draw: st.DrawFn) -> Made:
    log, extra = draw(logs), draw(st.none() | st.binary(max_size=80))
    index = draw(st.integers(0, len(log.entries) - 1))
    path = draw(st.just(log.path(index)) | st.lists(some.hashes, max_size=merkle.MAX_PATH))
    text = tlog_proof.render(TlogProof(index, path, log.head(), extra))
    decoded = {"index": index, "path": [item.hex() for item in path], "checkpoint": log.head(), "extra": hexed(extra)}
    return "tlog_proof", {"text": text}, decoded


KINDS: dict[str, Callable[[], st.SearchStrategy[Made]]] = {
    "pruning": a_pruning,
    "receipt": a_receipt,
    "transparent statement": a_transparent_statement,
    "tlog-proof": a_tlog_proof,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_log_answers_is_read_back_on_both_runtimes(kind: str, device: MicroPython) -> None:
    read_back(KINDS[kind](), device)


def test_a_receipt_is_of_one_entry_only() -> None:
    log = Log([b"one", b"two", b"three"])
    made = receipt.sign(Receipt(LOG.kid, city.ORIGIN, "a", 3, 1, log.path(1)), log.root(), LOG)
    for entry in (b"one", b"three", b""):
        with pytest.raises(ValueError, match="bad-signature"):
            receipt.verify(receipt.decode(made), entry, LOG.public, verify)
