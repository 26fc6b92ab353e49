"""The runner: every state, every step a crash, and nothing anchored twice."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from civicroot_anchor.checks import anchor_checks
from civicroot_backend.anchor.anchor import Confirmed, Failed, Pending
from civicroot_backend.anchor.runner import Pace, name_of
from civicroot_backend.database.connection import Database
from civicroot_backend.errors import AnchorUnavailable, ConfigurationError
from civicroot_backend.events import Anchored
from civicroot_backend.proofs.anchored import without_largest
from civicroot_wire import entry_verifier
from civicroot_wire.anchors import Anchored as AnchoredTree
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.sodium import verify
from sqlalchemy import Connection

from tests.anchor.town import HOUR, NAME, Scripted, Town
from tests.backend.api_city import serve
from tests.backend.wrapped_store import WrappedStore
from tests.support.tsa import Answer

DOWN = Answer(b"", 503)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as opened:
        yield opened


def inflate(_compressed: bytes, _limit: int) -> bytes:
    raise AssertionError("these proofs carry no status list")


def test_the_newest_checkpoint_is_anchored_shown_and_bundled(town: Town) -> None:
    """By the backend's own runners, as its threads do it."""
    size = town.grow()
    town.backend.anchor()
    assert town.states() == [(size, "confirmed")]
    evidence = town.backend.store.get(name_of(NAME, size))
    with serve(town) as served:  # type: ignore[arg-type]
        (listed,) = served.client.get("/api/v1/anchors").json()["anchors"]
        assert (listed["name"], listed["kind"], listed["size"], listed["state"]) == (NAME, "rfc3161", size, "confirmed")
        answer = served.client.get(listed["url"])
        assert (answer.content, answer.headers["access-control-allow-origin"]) == (evidence, "*")
        for query, number in (
            (f"covers={size - 1}", 1),
            (f"covers={size}", 0),
            ("state=pending", 0),
            (f"name={NAME}&state=confirmed", 1),
            ("name=another", 0),
        ):
            assert len(served.client.get(f"/api/v1/anchors?{query}").json()["anchors"]) == number, query
        assert served.client.get(f"/log/anchor/{NAME}/{size + 1}").status_code == 404
        assert served.client.get("/healthz").json()["parts"]["anchors"] == {"ok": True, "says": "1 get on"}
        assert f'civicroot_anchored_size{{anchor="{NAME}"}} {float(size)}' in served.client.get("/metrics").text
    proof = town.backend.entry_proof(size - 1)
    found = entry_verifier.verify(proof, town.backend.policy, verify, inflate, anchor_checks())
    (shown,) = found.anchored
    assert (shown.name, shown.size, shown.status) == (NAME, size, "checked")
    assert shown.time == town.rows()[0].time


def test_a_bundle_has_the_smallest_tree_with_the_entry(town: Town) -> None:
    sizes = []
    for _ in range(3):
        sizes.append(town.grow())
        town.city.now += HOUR
        town.runner().step()
    assert town.states() == [(size, "confirmed") for size in sizes]
    for index, size in ((0, sizes[0]), (sizes[0] - 1, sizes[0]), (sizes[0], sizes[1]), (sizes[2] - 1, sizes[2])):
        proof = town.backend.entry_proof(index)
        found = entry_verifier.verify(proof, town.backend.policy, verify, inflate, anchor_checks())
        assert [shown.size for shown in found.anchored] == [size]
    town.grow()
    assert (
        entry_verifier.verify(
            town.backend.entry_proof(sizes[2]), town.backend.policy, verify, inflate, anchor_checks()
        ).anchored
        == []
    )


def test_one_tree_is_anchored_once_and_at_most_one_in_an_interval(town: Town) -> None:
    first = town.grow()
    runner = town.runner()
    for _ in range(3):
        runner.step()
    town.city.now += 2 * HOUR  # nothing new to anchor
    runner.step()
    assert town.states() == [(first, "confirmed")]
    second = town.grow()
    runner.step()
    third = town.grow()
    town.city.now += HOUR - 1
    runner.step()
    assert town.states() == [(first, "confirmed"), (second, "confirmed")]
    town.city.now += 1
    runner.step()
    assert town.states()[2:] == [(third, "confirmed")]
    assert len(town.server.queries) == 3


def test_a_clock_set_back_does_not_stop_anchoring(town: Town) -> None:
    town.grow()
    town.runner().step()
    town.city.now -= 100 * HOUR
    size = town.grow()
    town.runner().step()
    assert town.states()[1:] == [(size, "confirmed")]


def test_an_authority_that_is_down_for_a_day_leaves_it_pending_and_the_log_going(town: Town) -> None:
    honest, town.server.answer = town.server.answer, lambda _: DOWN
    size = town.grow()
    runner = town.runner()
    for _ in range(24):
        runner.step()
        town.city.now += HOUR
        town.grow()
    assert town.states() == [(size, "pending")]
    trouble = runner.trouble()
    assert trouble is not None
    assert "answers 503" in trouble.detail
    town.server.answer = honest
    runner.step()
    assert runner.trouble() is None
    assert town.states()[0] == (size, "confirmed")
    assert len(set(town.server.queries)) == 1  # always the same request
    newest = town.backend.published
    assert newest is not None
    runner.step()
    assert town.states()[1:] == [(newest.size, "confirmed")]


def test_restart_goes_on_with_the_pending_ticket(town: Town) -> None:
    honest, town.server.answer = town.server.answer, lambda _: DOWN
    size = town.grow()
    town.runner().step()
    (before,) = town.server.queries
    town.server.answer = honest
    town.reopen()
    town.grow()
    town.runner().step()
    assert town.server.queries == [before]
    assert town.states() == [(size, "confirmed")]


def test_after_a_failure_the_newest_checkpoint_is_anchored(town: Town) -> None:
    honest, town.server.answer = town.server.answer, lambda _: Answer(bytes.fromhex("30053003020102"))
    first = town.grow()
    runner = town.runner()
    runner.step()
    assert town.states() == [(first, "failed")]
    assert town.rows()[0].detail == "refused: status 2"
    trouble = runner.trouble()
    assert trouble is not None
    assert trouble.detail == "refused: status 2"
    town.server.answer = honest
    runner.step()  # nothing newer: the same tree again, with another request
    assert town.states() == [(first, "failed"), (first, "confirmed")]
    assert len(set(town.server.queries)) == 2
    assert runner.trouble() is None


def test_a_new_ticket_is_durable_before_it_is_acted_on(town: Town) -> None:
    """What an EVM anchor needs: a transaction is on disk before it is sent, and so is one with a higher fee."""
    seen: list[bytes] = []

    class Watching(Scripted):
        def advance(self, ticket: bytes, tree: Checkpoint) -> object:  # type: ignore[override]
            seen.append(town.rows()[-1].ticket)
            return super().advance(ticket, tree)

    anchor = Watching(Pending(b"first", "sent"), Pending(b"second", "fee raised"), Pending(b"second", "waits"))
    size = town.grow()
    town.runner(anchor).step()
    assert anchor.tickets == seen == [json.dumps({"size": size, "try": 0}).encode(), b"first", b"second"]
    assert (town.rows()[0].ticket, town.rows()[0].detail) == (b"second", "waits")
    assert all(isinstance(event, Anchored) for event in town.told)
    assert len(town.told) == 4  # begun, and each time that it said something else


def test_several_may_be_pending_but_not_more_than_the_anchor_wants(town: Town) -> None:
    anchor = Scripted(*[Pending(b"waits", "waits")] * 100, parallel=2)
    runner = town.runner(anchor)
    sizes = []
    for _ in range(4):
        sizes.append(town.grow())
        town.city.now += HOUR
        runner.step()
    assert town.states() == [(size, "pending") for size in sizes[:2]]


def test_evidence_that_does_not_hold_counts_for_nothing(town: Town) -> None:
    size = town.grow()
    runner = town.runner(Scripted(Confirmed(b"\x82\x41\x00\x80", 1, "believe me")))
    runner.step()
    assert town.states() == [(size, "failed")]
    assert "does not hold" in town.rows()[0].detail
    assert town.rows()[0].evidence is None
    assert town.backend.store.get(name_of(NAME, size)) is None


def test_evidence_of_another_tree_counts_for_nothing(town: Town) -> None:
    other = Checkpoint(town.backend.origin, 1, bytes(32))
    confirmed = town.authority().advance(town.authority().prepare(other), other)
    assert isinstance(confirmed, Confirmed)
    size = town.grow()
    town.runner(Scripted(confirmed)).step()
    assert town.states() == [(size, "failed")]


def test_an_anchor_with_a_defect_stops_neither_another_nor_the_log(town: Town) -> None:
    town.grow()
    broken = town.runner(Scripted(ZeroDivisionError("a defect"), Failed("gave up")))
    broken.step()
    trouble = broken.trouble()
    assert trouble is not None
    assert trouble.detail == "ZeroDivisionError: a defect"
    town.grow()
    broken.step()
    assert town.states()[0][1] == "failed"
    town.runner().step()
    assert town.states()[-1][1] == "confirmed"


def test_trouble_backs_off_and_ends(town: Town) -> None:
    now = 0.0
    town.grow()
    anchor = Scripted(*[AnchorUnavailable("down")] * 3, Pending(b"x", "waits"), Pending(b"x", "waits"))
    runner = town.runner(anchor, pace=Pace(poll=1, first_retry=4, last_retry=10, jitter=0))
    runner._monotonic = lambda: now
    waited = []
    for _ in range(3):
        runner.step()
        waited.append(runner._rest())
        now += waited[-1] - 0.5
        calls = len(anchor.tickets)
        runner.step()
        assert len(anchor.tickets) == calls  # not yet
        now += 0.5
    assert waited == [4, 8, 10]
    trouble = runner.trouble()
    assert trouble is not None
    assert (trouble.detail, trouble.seconds) == ("down", 22)
    runner.step()
    assert (runner.trouble(), runner._rest()) == (None, 1)


def test_a_database_older_than_the_store_takes_what_was_published(town: Town) -> None:
    """The evidence of a lost row: anybody may have it by now, so it stays what it is."""
    size = town.grow()
    tree = Checkpoint(town.backend.origin, size, town.backend.published.root)  # type: ignore[union-attr]
    earlier = town.authority().advance(town.authority().prepare(tree), tree)
    assert isinstance(earlier, Confirmed)
    town.backend.store.put([(name_of(NAME, size), earlier.evidence)])
    town.runner().step()
    assert town.states() == [(size, "confirmed")]
    assert town.rows()[0].evidence == earlier.evidence
    second = town.grow()
    town.backend.store.put([(name_of(NAME, second), b"something else")])
    town.city.now += HOUR
    town.runner().step()
    assert town.states()[1] == (second, "failed")


# Crashes


class Crash(BaseException):
    """The process ended here: nothing may handle it."""


class Steps:
    """Counts steps and crashes at number `fatal`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fatal: int | None = None

    def reach(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) == self.fatal:
            raise Crash(name)


class CrashingStore(WrappedStore):
    def __init__(self, inner: object, steps: Steps) -> None:
        super().__init__(inner)  # type: ignore[arg-type]
        self._steps = steps

    def put(self, blobs: object) -> None:
        self._steps.reach("before put")
        super().put(blobs)  # type: ignore[arg-type]
        self._steps.reach("after put")


class CrashingAnchor:
    """The authority, with a step before and after each call."""

    def __init__(self, town: Town, steps: Steps) -> None:
        self._inner = town.authority()
        self._steps = steps
        self.name, self.kind, self.parallel = self._inner.name, self._inner.kind, self._inner.parallel

    def prepare(self, tree: Checkpoint) -> bytes:
        found = self._inner.prepare(tree)
        self._steps.reach("after prepare")
        return found

    def advance(self, ticket: bytes, tree: Checkpoint) -> object:
        self._steps.reach("before advance")
        found = self._inner.advance(ticket, tree)
        self._steps.reach("after advance")
        return found

    def close(self) -> None:
        self._inner.close()


def _run(town: Town, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> bool:
    """One process's look at the anchor; whether it lived."""
    write = Database.write

    @contextmanager
    def crashing(self: Database) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            steps.reach("before commit")
        steps.reach("after commit")

    runner = town.runner(CrashingAnchor(town, steps))  # type: ignore[arg-type]
    runner._store = CrashingStore(town.backend.store, steps)
    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", crashing)
        try:
            runner.step()
        except Crash:
            return False
    return True


def test_a_crash_between_every_two_steps_loses_and_repeats_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.grow()
    whole = Steps()
    assert _run(town, whole, monkeypatch)
    assert whole.seen == [
        "after prepare",
        *("before commit", "after commit"),  # the ticket
        *("before advance", "after advance"),
        *("before commit", "after commit"),  # the evidence
        *("before put", "after put"),
        *("before commit", "after commit"),  # confirmed
    ]
    for fatal in range(1, len(whole.seen) + 1):
        town.city.now += HOUR
        size = town.grow()
        crashing = Steps()
        crashing.fatal = fatal
        assert not _run(town, crashing, monkeypatch), fatal
        town.reopen()
        assert _run(town, Steps(), monkeypatch)
        # Once, and what the database has is what the store publishes.
        mine = [row for row in town.rows() if row.size == size]
        assert [row.state for row in mine] == ["confirmed"], (fatal, crashing.seen)
        assert town.backend.store.get(name_of(NAME, size)) == mine[0].evidence


def test_after_a_crash_the_authority_is_asked_the_same_and_not_at_all_once_there_is_evidence(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fatal, number in (("before advance", 1), ("after advance", 2), ("before put", 1)):
        town.grow()
        town.city.now += HOUR
        town.server.queries.clear()
        steps = Steps()
        steps.fatal = {"before advance": 4, "after advance": 5, "before put": 8}[fatal]
        assert not _run(town, steps, monkeypatch)
        assert steps.seen[-1] == fatal
        assert _run(town, Steps(), monkeypatch)
        assert len(town.server.queries) == number
        assert len(set(town.server.queries)) == 1


# Configuration and bundles


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"other": {"kind": "rfc3161", "interval_seconds": 60}}, "the policy has no anchor of this name"),
        ({NAME: {"kind": "evm", "interval_seconds": 60}}, "is not the policy's rfc3161"),
        ({NAME: {"kind": "rfc3161"}}, "interval_seconds is missing"),
        ({NAME: {"kind": "rfc3161", "interval_seconds": 0}}, "interval_seconds is not an integer from 1"),
    ],
)
def test_a_configuration_that_does_not_agree_with_the_policy_is_refused(
    tmp_path: Path, tables: dict[str, dict[str, object]], why: str
) -> None:
    town = Town(tmp_path)
    town.server._server.server_close()
    with pytest.raises(ConfigurationError, match=why), town.city.backend(anchors=tables):
        pass


def test_too_large_a_bundle_leaves_out_the_largest_evidence_first() -> None:
    trees = [
        AnchoredTree(5, [bytes(32)], [("a", bytes(10)), ("b", bytes(30))]),
        AnchoredTree(9, [bytes(32)], [("c", bytes(20))]),
    ]
    left = []
    while trees:
        trees = without_largest(trees)
        left.append([(tree.size, [name for name, _ in tree.evidence]) for tree in trees])
    assert left == [[(5, ["a"]), (9, ["c"])], [(5, ["a"])], []]
