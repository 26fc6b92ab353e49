"""Asking witnesses: honest, slow, down, lying, ahead and forgetful ones; nothing unsigned is believed."""

import base64
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from civicroot_backend.demo.certificate import make
from civicroot_backend.errors import ConfigurationError, LogDamaged
from civicroot_backend.witnesses.link import MAX_ANSWER_BYTES
from civicroot_backend.witnesses.panel import Panel, Patience
from civicroot_backend.witnesses.question import MAX_CLOCK_OFFSET, Question
from civicroot_backend.witnesses.quorum import Cosignature, Quorum, cosigned_note
from civicroot_backend.witnesses.worker import Standing
from civicroot_wire import checkpoint, merkle, note
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.policy import TrustedKey

from tests.backend.log_machine import KEY, ORIGIN, SIGNER
from tests.backend.processes import wait_until
from tests.backend.witness_server import NOW, Asked, Reply, WitnessKey, WitnessServer, three_witnesses
from tests.backend.witnessed_machine import LONG, SHORT, quorum_of
from tests.support.brokers import free_port

LEAVES = [merkle.leaf_hash(b"entry %d" % index) for index in range(300)]
HASH_OF = merkle.of_list(LEAVES)


def question(size: int, leaves: list[bytes] = LEAVES) -> Question:
    """A checkpoint of the first entries, with its proofs."""
    text = checkpoint.sign(Checkpoint(ORIGIN, size, merkle.root(leaves[:size])), KEY, SIGNER)
    hash_of = merkle.of_list(leaves[:size])
    return Question(size, text, lambda old: merkle.consistency_path(hash_of, old, size))


@pytest.fixture
def witnesses() -> Iterator[list[WitnessServer]]:
    with three_witnesses() as made:
        for witness in made:
            witness.logs[ORIGIN] = SIGNER.public
        yield made


@contextmanager
def panel_of(witnesses: Sequence[WitnessServer], needed: int = 2, patience: Patience = LONG) -> Iterator[Panel]:
    made = Panel(quorum_of(witnesses, needed), {item.name: item.url for item in witnesses}, lambda: NOW, patience)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def alone(witnesses: list[WitnessServer]) -> Iterator[tuple[WitnessServer, Panel]]:
    """The first witness, and a panel of it alone."""
    with panel_of(witnesses[:1], 1) as panel:
        yield witnesses[0], panel


def standing(panel: Panel, name: str = "w1.example") -> Standing:
    (found,) = (item for item in panel.standings() if item.name == name)
    return found


def names(found: Sequence[Cosignature]) -> list[str]:
    return [item.name for item in found]


# Honest ones


def test_every_witness_cosigns_what_grows_with_a_proof_from_what_it_saw(witnesses: list[WitnessServer]) -> None:
    everybody = Patience(60.0, 60.0)
    with panel_of(witnesses, 2, everybody) as panel:
        for size in (1, 2, 7, 256, 300):
            found = panel.ask(question(size))
            assert names(found) == ["w1.example", "w2.example", "w3.example"]
            assert {item.time for item in found} == {NOW}
            text = cosigned_note(question(size).note, found)
            assert cosigned_note(question(size).note, panel.quorum.counted(text, size)) == text
        # Each was asked once a size, and its server verified every proof by the RFC's text.
        assert [[asked.old for asked in witness.requests] for witness in witnesses] == [[0, 1, 2, 7, 256]] * 3
        assert {item.state for item in panel.standings()} == {"ok"}
        assert {(item.size, item.last_seen) for item in panel.standings()} == {(300, NOW)}
        assert panel.counts() == {(witness.name, "cosigned"): 5 for witness in witnesses}


def test_a_prefix_of_the_url_is_kept() -> None:
    with three_witnesses("/witness/a") as made, panel_of(made[:1], 1) as panel:
        made[0].logs[ORIGIN] = SIGNER.public
        assert len(panel.ask(question(5))) == 1
        assert made[0].paths == ["/witness/a/add-checkpoint"]


def test_a_restart_asks_for_the_size_that_the_witness_saw(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    panel.ask(question(7))
    with panel_of([witness], 1) as restarted:
        assert len(restarted.ask(question(300))) == 1
        assert [asked.old for asked in witness.requests] == [0, 0, 7]  # 409 told it


def test_the_same_checkpoint_is_cosigned_again_after_a_restart(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    panel.ask(question(7))
    with panel_of([witness], 1) as restarted:
        assert len(restarted.ask(question(7))) == 1
        assert witness.requests[-1].proof == ()


@pytest.mark.parametrize("left", [0, 2])
def test_a_witness_that_lost_its_state_is_told_from_where_it_is(alone: tuple[WitnessServer, Panel], left: int) -> None:
    witness, panel = alone
    panel.ask(question(7))
    witness.sizes = {ORIGIN: (left, merkle.root(LEAVES[:left]))} if left else {}
    assert len(panel.ask(question(300))) == 1
    assert [asked.old for asked in witness.requests] == [0, 7, left]


# Slow and down


def test_the_quorum_does_not_wait_for_a_slow_witness(witnesses: list[WitnessServer]) -> None:
    witnesses[2].hold()
    with panel_of(witnesses, 2) as panel:  # which would wait a minute
        assert names(panel.ask(question(7))) == ["w1.example", "w2.example"]
        assert names(panel.ask(question(300))) == ["w1.example", "w2.example"]
        witnesses[2].release()
        wait_until(lambda: standing(panel, "w3.example").size == 300, "it catches up with the newest")
        assert [asked.size for asked in witnesses[2].requests] == [7, 300]


def test_who_answers_too_late_is_slow_and_its_answer_counts_the_next_time(witnesses: list[WitnessServer]) -> None:
    witnesses[1].hold()
    patience = Patience(60.0, 0.01)
    with panel_of(witnesses[:2], 1, patience) as panel:
        assert names(panel.ask(question(7))) == ["w1.example"]
        witnesses[1].release()
        wait_until(lambda: standing(panel, "w2.example").size == 7, "the late answer")
        assert names(panel.ask(question(7))) == ["w1.example", "w2.example"]
        assert len(witnesses[1].requests) == 1  # nobody is asked twice for nothing


def test_no_answer_is_slow(alone: tuple[WitnessServer, Panel]) -> None:
    witness, _ = alone
    witness.hold()
    with panel_of([witness], 1, SHORT) as panel:
        assert panel.ask(question(7)) == ()
        wait_until(lambda: panel.counts() == {("w1.example", "slow"): 1}, "given up")
        assert standing(panel).state == "slow"
        witness.release()
        assert len(panel.ask(question(300))) == 1
        assert standing(panel).state == "ok"


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_an_answer_byte_by_byte_holds_up_nobody(begun: bytes) -> None:
    """Each byte is in time, the answer never: the next question ends it."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60.0)

        def drip() -> None:
            link, _ = server.accept()
            with link:
                link.recv(65536)
                try:
                    link.sendall(begun)
                    while not stop.wait(0.02):
                        link.sendall(b"x")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        key = note.VerifierKey("w1.example", SIGNER.public, note.COSIGNATURE)
        quorum = Quorum([TrustedKey(key.name, key.public, 0, None, key)], 1)
        panel = Panel(quorum, {key.name: f"http://127.0.0.1:{server.getsockname()[1]}"}, lambda: NOW, SHORT)
        try:
            assert panel.ask(question(7)) == ()
            wait_until(lambda: panel.ask(question(8)) == () and len(panel.counts()) > 0, "given up")
            assert set(panel.counts()) == {("w1.example", "slow")}
        finally:
            panel.close()
            stop.set()
            dripping.join()


def test_a_witness_that_is_down_is_asked_again_when_it_is_back(witnesses: list[WitnessServer]) -> None:
    port = free_port()
    panel = Panel(quorum_of(witnesses[:1], 1), {"w1.example": f"http://127.0.0.1:{port}"}, lambda: NOW, LONG)
    try:
        assert panel.ask(question(7)) == ()
        assert (standing(panel).state, standing(panel).last_seen) == ("down", None)
        assert panel.counts() == {("w1.example", "unreachable"): 1}
        with WitnessServer("w1.example", 901, port=port) as back:
            back.logs[ORIGIN] = SIGNER.public
            assert len(panel.ask(question(7))) == 1
    finally:
        panel.close()


def test_a_kept_connection_that_the_witness_closed_is_opened_again(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    witness.lie = lambda asked: Reply(200, witness.line(asked), (("Connection", "close"),))
    assert len(panel.ask(question(7))) == 1
    witness.lie = lambda asked: Reply(raw=b"")
    assert panel.ask(question(8)) == ()
    witness.lie = None
    assert len(panel.ask(question(9))) == 1


def test_closing_ends_who_waits(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    witness.hold()
    found: list[Sequence[Cosignature]] = []
    asking = threading.Thread(target=lambda: found.append(panel.ask(question(7))))
    asking.start()
    witness.wait_for(1)
    panel.close()
    asking.join(60.0)
    assert found == [()]


def test_a_witness_without_tls_behind_https_is_no_witness(alone: tuple[WitnessServer, Panel]) -> None:
    witness, _ = alone
    panel = Panel(quorum_of([witness], 1), {witness.name: f"https://127.0.0.1:{witness.port}"}, lambda: NOW, LONG)
    try:
        assert panel.ask(question(7)) == ()
        assert standing(panel).state == "down"
    finally:
        panel.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = make(tmp_path, "127.0.0.1")
    witness = WitnessServer("w1.example", 901)
    witness.logs[ORIGIN] = SIGNER.public
    witness.use_tls(certificate, key)
    urls = {witness.name: f"https://127.0.0.1:{witness.port}"}
    with witness:
        for trusted in (False, True):
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            panel = Panel(quorum_of([witness], 1), urls, lambda: NOW, LONG)
            try:
                assert len(panel.ask(question(7))) == trusted
                assert standing(panel).state == ("ok" if trusted else "down")
            finally:
                panel.close()
    assert len(witness.requests) == 1


# Lying


def _broken(witness: WitnessServer, asked: Asked) -> Reply:
    line = witness.line(asked).decode().split(" ")
    blob = bytearray(base64.b64decode(line[2]))
    blob[-1] ^= 1
    return Reply(200, f"{line[0]} {line[1]} {base64.b64encode(blob).decode()}\n".encode())


def _other_tree(witness: WitnessServer, asked: Asked) -> Reply:
    other = Asked(asked.old, (), asked.origin, asked.size, bytes(32), asked.body.replace(ORIGIN, "other.example/log"))
    return Reply(200, witness.line(other))


def _stranger(_witness: WitnessServer, asked: Asked) -> Reply:
    return Reply(200, WitnessKey("w1.example", 7).line(asked))


def _size(number: bytes) -> Callable[[WitnessServer, Asked], Reply]:
    return lambda _witness, _asked: Reply(409, number)


def _status(status: int) -> Callable[[WitnessServer, Asked], Reply]:
    return lambda _witness, _asked: Reply(status, b"because")


def _restless(_witness: WitnessServer, asked: Asked) -> Reply:
    return Reply(409, b"%d\n" % (asked.old + 1))


LIES: dict[str, tuple[str, str, Callable[[WitnessServer, Asked], Reply]]] = {
    "signature broken": ("lying", "bad-signature", _broken),
    "signature over another log's tree": ("lying", "bad-signature", _other_tree),
    "another key under its name": ("lying", "wrong-key", _stranger),
    "nothing": ("lying", "wrong-key", lambda _witness, _asked: Reply(200, b"")),
    "garbage": ("lying", "malformed", lambda _witness, _asked: Reply(200, b"\xff\x00<html>\n")),
    "its line twice": ("lying", "wrong-key", lambda witness, asked: Reply(200, 2 * witness.line(asked))),
    "text before the line": ("lying", "malformed", lambda witness, asked: Reply(200, b"hello\n" + witness.line(asked))),
    "a note inside": ("lying", "wrong-key", lambda witness, asked: Reply(200, b"\n\n" + witness.line(asked))),
    "huge": ("lying", "malformed", lambda _witness, _asked: Reply(200, b"x" * (MAX_ANSWER_BYTES + 1))),
    "a size that is none": ("lying", "malformed", _size(b"many\n")),
    "a size with zeros": ("lying", "malformed", _size(b"007\n")),
    "an endless size": ("lying", "malformed", _size(b"9" * 20 + b"\n")),
    "another size every time": ("lying", "malformed", _restless),
    "a size beyond all that was signed": ("lying", "ahead", _size(b"301\n")),
    "another tree of this size": ("lying", "forked", _size(b"0\n")),
    "proof refused": ("lying", "forked", _status(422)),
    "clock behind": ("clock", "clock", lambda witness, asked: Reply(200, witness.line(asked, NOW - 301))),
    "clock ahead": ("clock", "clock", lambda witness, asked: Reply(200, witness.line(asked, NOW + 301))),
    "time beyond time": ("lying", "bad-signature", lambda witness, asked: Reply(200, witness.line(asked, 1 << 63))),
    "does not know this log": ("down", "refused", _status(404)),
    "does not know the log's key": ("down", "refused", _status(403)),
    "too many": ("down", "unreachable", _status(429)),
    "server error": ("down", "unreachable", _status(500)),
    "no HTTP": ("down", "unreachable", lambda _witness, _asked: Reply(raw=b"SSH-2.0\r\n")),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_cosignature_counts_for_nothing_and_is_counted(witnesses: list[WitnessServer], lie: str) -> None:
    state, reason, answer = LIES[lie]
    liar = witnesses[0]
    liar.lie = lambda asked: answer(liar, asked)
    with panel_of(witnesses, 2) as panel:
        assert names(panel.ask(question(300))) == ["w2.example", "w3.example"]
        wait_until(lambda: panel.counts().get((liar.name, reason)) == 1, f"{reason} is counted: {panel.counts()}")
        assert standing(panel).state == state
        assert (standing(panel).alarm is not None) == (reason in ("ahead", "forked"))
        # As soon as it is honest it counts again, and the alarm is over.
        liar.lie = None
        with panel_of(witnesses, 3) as again:
            assert len(again.ask(question(300))) == 3


def test_an_alarm_lasts_until_the_witness_cosigns(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    witness.lie = lambda _asked: Reply(409, b"301\n")
    assert panel.ask(question(299)) == ()
    assert "301 entries" in (standing(panel).alarm or "")
    witness.lie = lambda _asked: Reply(500)
    assert panel.ask(question(299)) == ()
    assert standing(panel).state == "down"
    assert standing(panel).alarm is not None
    witness.lie = None
    assert len(panel.ask(question(299))) == 1
    assert standing(panel).alarm is None


def test_a_witness_that_saw_another_tree_of_the_log_refuses_and_says_so(alone: tuple[WitnessServer, Panel]) -> None:
    """The log forked: an honest witness saw the other history."""
    witness, panel = alone
    others = [merkle.leaf_hash(b"other %d" % index) for index in range(300)]
    assert len(panel.ask(question(7, others))) == 1
    for size in (7, 300):
        with panel_of([witness], 1) as restored:
            assert restored.ask(question(size)) == ()
            assert restored.counts() == {("w1.example", "forked"): 1}
            assert standing(restored).alarm is not None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(witnesses: list[WitnessServer], status: int) -> None:
    to = (("Location", f"{witnesses[1].url}/add-checkpoint"),)
    witnesses[0].lie = lambda _asked: Reply(status, b"", to)
    with panel_of(witnesses[:1], 1) as panel:
        assert panel.ask(question(7)) == ()
        assert (standing(panel).state, panel.counts()) == ("down", {("w1.example", "redirected"): 1})
    assert witnesses[1].paths == []


def test_a_time_just_within_the_limit_counts(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    for size, offset in ((1, -MAX_CLOCK_OFFSET), (2, MAX_CLOCK_OFFSET)):
        witness.clock = lambda offset=offset: NOW + offset  # type: ignore[misc]
        assert [item.time for item in panel.ask(question(size))] == [NOW + offset]


def test_lines_of_other_keys_are_not_looked_at(alone: tuple[WitnessServer, Panel]) -> None:
    witness, panel = alone
    stranger = WitnessKey("w9.example", 9)
    witness.lie = lambda asked: Reply(200, stranger.line(asked) + witness.line(asked))
    assert names(panel.ask(question(7))) == ["w1.example"]


def test_a_missing_tile_is_not_the_witnesses_fault(alone: tuple[WitnessServer, Panel]) -> None:
    _, panel = alone
    panel.ask(question(7))

    def damaged(_old: int) -> list[bytes]:
        raise LogDamaged("a tile is missing")

    assert panel.ask(Question(300, question(300).note, damaged)) == ()
    assert panel.counts()["w1.example", "unproved"] == 1
    assert len(panel.ask(question(299))) == 1


# Keys and configuration


def test_a_key_counts_only_for_the_sizes_that_the_policy_says(witnesses: list[WitnessServer]) -> None:
    keys = [note.parse_key(witness.vkey) for witness in witnesses]
    ranges = [(0, 6), (0, None), (7, None)]
    trusted = [
        TrustedKey(key.name, key.public, first, last, key) for key, (first, last) in zip(keys, ranges, strict=True)
    ]
    panel = Panel(Quorum(trusted, 2), {item.name: item.url for item in witnesses}, lambda: NOW, LONG)
    try:
        assert names(panel.ask(question(7))) == ["w1.example", "w2.example"]
        assert names(panel.ask(question(8))) == ["w2.example", "w3.example"]
        assert [len(witness.requests) for witness in witnesses] == [1, 2, 1]
    finally:
        panel.close()


def test_lines_that_do_not_verify_count_for_nobody(witnesses: list[WitnessServer]) -> None:
    quorum = quorum_of(witnesses, 2)
    with panel_of(witnesses, 3) as panel:
        found = panel.ask(question(7))
        other = panel.ask(question(8))
    swapped = cosigned_note(question(7).note, [found[0], other[1]])
    assert [item.name for item in quorum.counted(swapped, 7)] == ["w1.example"]


@pytest.mark.parametrize("url", ["ftp://w1.example", "http://", "https://a@w1.example", "http://w1/?x", "http://w1:x"])
def test_urls_that_are_none_are_refused(witnesses: list[WitnessServer], url: str) -> None:
    with pytest.raises(ConfigurationError):
        Panel(quorum_of(witnesses, 1), {"w1.example": url}, lambda: NOW)


def test_a_witness_that_the_policy_does_not_know_is_refused(witnesses: list[WitnessServer]) -> None:
    with pytest.raises(ConfigurationError, match=r"w9\.example"):
        Panel(quorum_of(witnesses, 1), {"w9.example": "http://127.0.0.1"}, lambda: NOW)


def test_a_quorum_that_no_note_holds_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="15"):
        Panel(Quorum([], 16), {}, lambda: NOW)
