"""Reading requests and judging them, in the process: whatever comes, it is refused by name or means one thing."""

import base64

import pytest
from civicroot_wire import note
from civicroot_witness import request
from civicroot_witness.errors import BadProof, MalformedRequest, OldSize, OtherRoot, Refusal
from civicroot_witness.judge import Head, judge
from hypothesis import given
from hypothesis import strategies as st

from tests.witness.conftest import LEAVES, ORIGIN
from tests.witness.independent_client import Log
from tests.witness.independent_client import request as written

LOG = Log(ORIGIN, LEAVES)
FORK = Log(ORIGIN, [*LEAVES[:5], *(b"other %d" % number for number in range(35))])
GOOD = LOG.request(13, 30)


def again(found: request.Request) -> bytes:
    """The body that means this."""
    return written(found.old, found.proof, note.render(found.submitted.note))


@given(st.binary(max_size=200))
def test_anything(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        request.parse(body)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 3), st.binary(max_size=3))
def test_a_changed_request_is_refused_or_has_one_meaning(at: int, cut: int, put: bytes) -> None:
    body = GOOD[:at] + put + GOOD[at + cut :]
    try:
        found = request.parse(body)
    except MalformedRequest:
        return
    assert again(found) == body


def test_the_largest_request_is_taken() -> None:
    filler = [Log(f"w{number}.example", []).line(LOG.body(30)) for number in range(14)]
    room = note.MAX_NOTE_BYTES - len((LOG.checkpoint(30) + "".join(filler)).encode())
    name = "\u2014 pq.example "
    blob = base64.b64encode(bytes((room - len(name.encode()) - 1) // 4 * 3)).decode()
    body = written(13, [bytes(32)] * 63, LOG.checkpoint(30) + "".join(filler) + f"{name}{blob}\n")
    assert len(body) <= request.MAX_BODY_BYTES
    assert again(request.parse(body)) == body


def _head(log: Log, size: int) -> Head:
    return Head(size, log.root(size), log.checkpoint(size), 1)


def _verdict(latest: Head | None, body: bytes) -> type[Refusal] | None:
    try:
        judge(latest, request.parse(body))
    except Refusal as refusal:
        return type(refusal)
    return None


def test_every_pair_of_small_sizes() -> None:
    """All that is cosigned has one history, whatever proof is given."""
    for known in range(19):
        latest = _head(LOG, known) if known else None
        for size in range(19):
            if size < known:
                assert _verdict(latest, written(known, [], LOG.checkpoint(size))) is MalformedRequest
            else:
                assert _verdict(latest, LOG.request(known, size)) is None, (known, size)
            for old in range(19):
                if old != known and old <= size:
                    assert _verdict(latest, LOG.request(old, size)) is OldSize
            if 5 < known <= size:
                forked = OtherRoot if size == known else BadProof
                assert _verdict(latest, FORK.request(known, size)) is forked
            if 0 < known < size:
                proof = LOG.proof(known, size)
                for wrong in ([], proof[1:], [*proof, bytes(32)], [bytes(32), *proof[1:]]):
                    assert _verdict(latest, written(known, wrong, LOG.checkpoint(size))) is BadProof
