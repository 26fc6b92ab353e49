"""Killed at the worst places, and at any: a witness never signs two heads of one size, nor two histories."""

import contextlib
import http.client
import os
import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.conformance.independent_refusal import Refused
from tests.witness.conftest import Made
from tests.witness.independent_client import Answer, Log, cosignature, post
from tests.witness.processes import WitnessProcess

SEED = int(os.environ.get("CIVICROOT_SEED", "2026"))  # printed, so that a failure can be repeated
KILLS = 150 if os.environ.get("CIVICROOT_SOAK") else 10
CLIENTS = 6
_DROPPED = (OSError, http.client.HTTPException)  # what a client sees of a killed server


@pytest.mark.parametrize(
    ("place", "durable"), [("before-commit", False), ("after-commit", True), ("after-signing", True)]
)
@pytest.mark.parametrize("at", [1, 3])
def test_killed_between_persisting_and_replying(made: Made, place: str, durable: bool, at: int) -> None:
    """What may have been signed is remembered: the fork of that size is refused, the same head is signed again."""
    sizes = [10, 20, 30][:at]
    fork = made.fork(5)
    with WitnessProcess(made.folder, {"kill": place, "at": at}) as process:
        old = 0
        for size in sizes[:-1]:
            cosignature(post(process.url, made.log.request(old, size)), made.log.checkpoint(size), made.vkey)
            old = size
        size = sizes[-1]
        with pytest.raises(_DROPPED):
            post(process.url, made.log.request(old, size))
        assert process.wait() == -9
    with WitnessProcess(made.folder) as process:
        if durable:
            assert post(process.url, fork.request(size, size)).status == 409
            assert post(process.url, made.log.request(old, size)).size == size
            cosignature(post(process.url, made.log.request(size, size)), made.log.checkpoint(size), made.vkey)
        else:
            assert post(process.url, made.log.request(35, 35)).size == old
            cosignature(post(process.url, made.log.request(old, size)), made.log.checkpoint(size), made.vkey)


class Client(threading.Thread):
    """Asks for one history as fast as it can, and keeps every cosignature: (size, root, time)."""

    def __init__(self, history: Log, vkey: str, source: str, url: Callable[[], str], sizes: Iterator[int]) -> None:
        super().__init__()
        self.signed: list[tuple[int, bytes, int]] = []
        self.failure: Exception | None = None
        self.ended = False
        self._history, self._vkey, self._source = history, vkey, source
        self._url, self._sizes = url, sizes

    def run(self) -> None:
        """Until told to end."""
        old = 0
        try:
            for size in self._sizes:
                if self.ended:
                    return
                old = self._ask(old, max(size, old))
        except (Refused, AssertionError) as error:
            self.failure = error

    def _ask(self, old: int, size: int) -> int:
        """Ask for a size; the size that the witness knows then."""
        answer: Answer | None = None
        with contextlib.suppress(*_DROPPED):
            answer = post(self._url(), self._history.request(old, size), source=self._source)
        if answer is None:
            return old
        if answer.status == 200:
            at = cosignature(answer, self._history.checkpoint(size), self._vkey)
            self.signed.append((size, self._history.root(size), at))
            return size
        if answer.status == 409 and answer.content_type == "text/x.tlog.size":
            return answer.size
        assert answer.status in (409, 422, 429), answer
        return old


def _sizes(chance: random.Random, most: int) -> Iterator[int]:
    size = 0
    while True:
        size = min(most, size + chance.randrange(2))
        yield size


@pytest.mark.system
def test_killed_again_and_again_it_never_signs_two_histories(made: Made) -> None:
    """Half of the clients belong to a fork of the log with the same key; the witness is killed at any moment."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    leaves = [b"%d" % number for number in range(400)]
    seed = bytes(32)
    histories = [Log(made.log.origin, leaves, seed), Log(made.log.origin, [*leaves[:3], *leaves[:397]], seed)]
    config = made.folder / "witness.toml"
    config.write_text(config.read_text().replace("burst = 100", "burst = 100000"))
    with WitnessProcess(made.folder) as process:
        clients = [
            Client(
                histories[number % 2],
                made.vkey,
                f"127.0.4.{number + 1}",
                lambda: process.url,
                _sizes(random.Random(SEED + number), len(leaves)),
            )
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        try:
            for _ in range(KILLS):
                before = sum(len(client.signed) for client in clients)
                until = time.monotonic() + 60
                # Progress first, then a moment nobody chose.
                while sum(len(client.signed) for client in clients) < before + 3:
                    assert time.monotonic() < until, "nothing is signed any more"
                    assert any(client.is_alive() for client in clients), [client.failure for client in clients]
                    time.sleep(0.001)  # between two polls
                time.sleep(chance.random() * 0.02)
                process.kill()
                process.start()
        finally:
            for client in clients:
                client.ended = True
            for client in clients:
                client.join()
        assert not [client.failure for client in clients if client.failure]
    signed = sorted((row for client in clients for row in client.signed), key=lambda row: (row[2], row[0]))
    _check_one_history(signed, histories)


def _check_one_history(signed: list[tuple[int, bytes, int]], histories: list[Log]) -> None:
    """One root for each size, all of one history, and sizes that grow with the time that was signed."""
    assert len(signed) >= KILLS
    roots: dict[int, bytes] = {}
    for size, root, _ in signed:
        assert roots.setdefault(size, root) == root, f"two heads of size {size}"
    assert any(all(history.root(size) == root for size, root in roots.items()) for history in histories)
    sizes = [size for size, _, _ in signed]
    assert sizes == sorted(sizes), "a larger tree was signed at an earlier time"


def test_the_check_sees_two_heads(made: Made) -> None:
    """What the test above rests on."""
    fork = made.fork(5)
    good = [(size, made.log.root(size), size) for size in range(1, 41)] * (KILLS // 40 + 1)
    _check_one_history(sorted(good), [made.log, fork])
    for wrong in ((20, fork.root(20), 20), (20, made.log.root(20), 99)):
        with pytest.raises(AssertionError):
            _check_one_history(sorted([*good, wrong], key=lambda row: (row[2], row[0])), [made.log, fork])
