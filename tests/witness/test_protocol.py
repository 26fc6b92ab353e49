"""Answers and cosignatures of a real witness, held against c2sp.org/tlog-witness by a client that shares no code."""

import ast
import base64
import http.client
import time
from pathlib import Path

import pytest

from tests.conformance.independent_refusal import Refused
from tests.conformance.test_independence import ALLOWED, imports
from tests.witness import independent_client
from tests.witness.conftest import LEAVES, ORIGIN, Made
from tests.witness.independent_client import Log, cosignature, post, request, send
from tests.witness.processes import WitnessProcess

ZERO = bytes(32)


def test_the_client_shares_no_code() -> None:
    path = Path(independent_client.__file__)
    for module in imports(path) - ALLOWED - {"http.client"}:
        assert module.startswith(("cryptography.", "tests.conformance.independent_")), module
    assert "civicroot" not in ast.dump(ast.parse(path.read_text().split('"""', 2)[2]))


def test_every_growth_is_cosigned(made: Made, running: WitnessProcess) -> None:
    """From nothing to every size, over one kept connection; times do not go back."""
    host, _, port = running.url.removeprefix("http://").rpartition(":")
    link = http.client.HTTPConnection(host, int(port), 60)
    old, last = 0, int(time.time())
    for size in (1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 40):
        answer = send(link, made.log.request(old, size))
        at = cosignature(answer, made.log.checkpoint(size), made.vkey)
        assert answer.content_type.startswith("text/plain")
        assert last <= at <= time.time()
        old, last = size, at
    link.close()


def test_the_first_checkpoint_may_have_any_size(made: Made, running: WitnessProcess) -> None:
    cosignature(post(running.url, made.log.request(0, 33)), made.log.checkpoint(33), made.vkey)


def test_the_empty_tree_is_cosigned_and_grows(made: Made, running: WitnessProcess) -> None:
    cosignature(post(running.url, made.log.request(0, 0)), made.log.checkpoint(0), made.vkey)
    cosignature(post(running.url, made.log.request(0, 5)), made.log.checkpoint(5), made.vkey)


def test_the_same_checkpoint_is_cosigned_again(made: Made, running: WitnessProcess) -> None:
    first = cosignature(post(running.url, made.log.request(0, 7)), made.log.checkpoint(7), made.vkey)
    again = cosignature(post(running.url, made.log.request(7, 7)), made.log.checkpoint(7), made.vkey)
    assert again >= first


def test_old_size_is_answered_with_the_newest_size(made: Made, running: WitnessProcess) -> None:
    post(running.url, made.log.request(0, 9))
    for old, size in ((0, 20), (8, 20), (10, 20), (0, 9), (0, 5)):
        assert post(running.url, made.log.request(old, size)).size == 9
    cosignature(post(running.url, made.log.request(9, 20)), made.log.checkpoint(20), made.vkey)


def test_old_size_of_a_log_never_cosigned_is_zero(made: Made, running: WitnessProcess) -> None:
    assert post(running.url, made.log.request(3, 9)).size == 0


def test_rollback_is_refused(made: Made, running: WitnessProcess) -> None:
    """A smaller tree is never cosigned, whatever the client says it grew from."""
    post(running.url, made.log.request(0, 20))
    assert post(running.url, made.log.request(0, 10)).size == 20
    assert post(running.url, made.log.request(10, 10)).size == 20
    assert post(running.url, request(20, [], made.log.checkpoint(10))).status == 400  # old over new, by the text
    assert post(running.url, request(5, made.log.proof(5, 10), made.log.checkpoint(10))).size == 20
    assert post(running.url, made.log.request(0, 0)).size == 20


def test_another_root_at_the_same_size_is_a_conflict(made: Made, running: WitnessProcess) -> None:
    post(running.url, made.log.request(0, 20))
    answer = post(running.url, made.fork(10).request(20, 20))
    assert answer.status == 409 and answer.content_type != "text/x.tlog.size"
    cosignature(post(running.url, made.log.request(20, 21)), made.log.checkpoint(21), made.vkey)


def test_wrong_proofs_are_refused(made: Made, running: WitnessProcess) -> None:
    """422 for each, and the state stays what it was."""
    log, fork = made.log, made.fork(10)
    good = log.proof(13, 30)
    post(running.url, log.request(0, 13))
    wrong = [
        [],
        good[:-1],
        [*good, ZERO],
        good[::-1],
        *([*good[:at], ZERO, *good[at + 1 :]] for at in range(len(good))),
        log.proof(12, 30),
        log.proof(13, 31),
    ]
    for proof in wrong:
        assert post(running.url, request(13, proof, log.checkpoint(30))).status == 422
    # A log that goes on with another history, with the proof that is true of that one.
    assert post(running.url, fork.request(13, 30)).status == 422
    # The same size, or size 0, needs no proof and takes none.
    assert post(running.url, request(13, [ZERO], log.checkpoint(13))).status == 422
    cosignature(post(running.url, log.request(13, 30)), log.checkpoint(30), made.vkey)


def test_a_proof_from_nothing_is_refused(made: Made, running: WitnessProcess) -> None:
    assert post(running.url, request(0, [ZERO], made.log.checkpoint(5))).status == 422


def test_unknown_origin(made: Made, running: WitnessProcess) -> None:
    for origin in ("other.example/log", ORIGIN + "2", "an origin with spaces", "a+b"):
        body = Log(origin, LEAVES).body(5)
        assert post(running.url, request(0, [], f"{body}\n{made.log.line(body)}")).status == 404


def test_without_a_valid_signature_of_a_known_key(made: Made, running: WitnessProcess) -> None:
    stranger = Log(ORIGIN, LEAVES, bytes([1]) * 32)
    assert post(running.url, stranger.request(0, 5)).status == 403
    body, line = made.log.body(5), made.log.line(made.log.body(6))
    assert post(running.url, request(0, [], f"{body}\n{line}")).status == 403
    # One good line does not save a bad one under the known key.
    both = f"{body}\n{made.log.line(body)}{line}"
    assert post(running.url, request(0, [], both)).status == 403
    # A known key under another name is an unknown key.
    renamed = made.log.line(body).replace(ORIGIN, "other.example/log")
    assert post(running.url, request(0, [], f"{body}\n{renamed}")).status == 403


def test_signatures_of_unknown_keys_are_ignored(made: Made, running: WitnessProcess) -> None:
    body = made.log.body(5)
    others = Log(ORIGIN, LEAVES, bytes([1]) * 32).line(body) + Log("w.example", LEAVES, bytes([2]) * 32).line(body)
    long = "\u2014 pq.example/key " + base64.b64encode(bytes(2432)).decode() + "\n"
    checkpoint = f"{body}\n{others}{long}{made.log.line(body)}"
    cosignature(post(running.url, request(0, [], checkpoint)), checkpoint, made.vkey)


def test_sixteen_signatures_are_taken(made: Made, running: WitnessProcess) -> None:
    """As signed-note demands at the least."""
    body = made.log.body(5)
    lines = [Log(f"w{number}.example", [], bytes([number + 1]) * 32).line(body) for number in range(15)]
    checkpoint = f"{body}\n{''.join(lines)}{made.log.line(body)}"
    cosignature(post(running.url, request(0, [], checkpoint)), checkpoint, made.vkey)


def test_extension_lines_are_cosigned_with_the_rest(made: Made, running: WitnessProcess) -> None:
    checkpoint = made.log.checkpoint(5, "an extension\nand another\n")
    cosignature(post(running.url, request(0, [], checkpoint)), checkpoint, made.vkey)
    plain = cosignature(post(running.url, made.log.request(5, 5)), made.log.checkpoint(5), made.vkey)
    assert plain


_GOOD = Log(ORIGIN, LEAVES).request(0, 5)
_HEAD, _, _NOTE = _GOOD.partition(b"\n\n")
_LONG = b"".join(base64.b64encode(bytes(32)) + b"\n" for _ in range(64))
_MALFORMED = {
    "nothing": b"",
    "no old line": b"\n" + _NOTE,
    "no empty line": _HEAD + b"\n" + _NOTE.replace(b"\n\n", b"\n"),
    "old without a number": _GOOD.replace(b"old 0", b"old "),
    "old with two spaces": _GOOD.replace(b"old 0", b"old  0"),
    "old with a leading zero": _GOOD.replace(b"old 0", b"old 00"),
    "old with a sign": _GOOD.replace(b"old 0", b"old +0"),
    "old in other digits": _GOOD.replace(b"old 0", "old ٣".encode()),
    "old that is huge": _GOOD.replace(b"old 0", b"old 99999999999999999999"),
    "old over 2^63": _GOOD.replace(b"old 0", b"old 9223372036854775808"),
    "carriage returns": _GOOD.replace(b"\n", b"\r\n"),
    "a space before old": b" " + _GOOD,
    "capital old": _GOOD.replace(b"old", b"Old"),
    "a hash of 31 bytes": _GOOD.replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(31)) + b"\n"),
    "a hash without padding": _GOOD.replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(32))[:-1] + b"\n"),
    "a hash with bits left over": _GOOD.replace(b"old 0\n", b"old 0\n" + b"A" * 42 + b"B=\n"),
    "a hash that is not base64": _GOOD.replace(b"old 0\n", b"old 0\n" + b"!" * 44 + b"\n"),
    "a hash that is not ASCII": _GOOD.replace(b"old 0\n", b"old 0\n\xff\n"),
    "64 hashes": _GOOD.replace(b"old 0\n", b"old 0\n" + _LONG),
    "old over the size": _GOOD.replace(b"old 0", b"old 6"),
    "a checkpoint without signatures": _HEAD + b"\n\n" + _NOTE.partition(b"\n\n")[0] + b"\n",
    "a checkpoint without a last newline": _GOOD[:-1],
    "a size with a leading zero": _GOOD.replace(b"\n5\n", b"\n05\n"),
    "a size that is no number": _GOOD.replace(b"\n5\n", b"\nfive\n"),
    "a size of 2^63": _GOOD.replace(b"\n5\n", b"\n9223372036854775808\n"),
    "a root of 31 bytes": request(
        0, [], "city.example/log\n5\n" + base64.b64encode(bytes(31)).decode() + "\n\n— a AAAAAAAA\n"
    ),
    "no root": request(0, [], "city.example/log\n5\n\n— a AAAAAAAA\n"),
    "an empty line in the checkpoint": request(0, [], Log(ORIGIN, LEAVES).checkpoint(5, "\nx\n")),
    "not UTF-8": _GOOD.replace(b"\n5\n", b"\n\xff\n"),
    "a control character": _GOOD.replace(b"\n5\n", b"\n5\t\n"),
    "a signature line without its dash": _GOOD.replace("— ".encode(), b"- "),
    "CBOR": b"\xd2\x84\x43\xa1\x01\x26",
}


def test_malformed_requests(made: Made, running: WitnessProcess) -> None:
    """400 for each, and the witness goes on."""
    for number, (what, body) in enumerate(_MALFORMED.items()):
        # From many addresses: how much one client may ask is another test's subject.
        answer = post(running.url, body, source=f"127.0.1.{number // 8 + 1}")
        assert answer.status == 400, what
    cosignature(post(running.url, _GOOD), made.log.checkpoint(5), made.vkey)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods(running: WitnessProcess, method: str) -> None:
    host, _, port = running.url.removeprefix("http://").rpartition(":")
    link = http.client.HTTPConnection(host, int(port), 60)
    link.request(method, "/add-checkpoint", _GOOD)
    assert link.getresponse().status == 405
    link.close()


def test_the_client_would_see_a_wrong_cosignature(made: Made, running: WitnessProcess) -> None:
    """What the other tests rest on: it refuses a changed time, another text, and another key."""
    answer = post(running.url, made.log.request(0, 5))
    text = answer.body.decode()
    blob = bytearray(base64.b64decode(text.split(" ")[2]))
    blob[11] ^= 1
    changed = f"{text.rpartition(' ')[0]} {base64.b64encode(blob).decode()}\n".encode()
    for wrong, checkpoint in (
        (independent_client.Answer(200, "", changed, {}), made.log.checkpoint(5)),
        (answer, made.log.checkpoint(6)),
    ):
        with pytest.raises(Refused):
            cosignature(wrong, checkpoint, made.vkey)
