"""What every engine of the public store promises (store/store.py): one suite for all."""

import gzip
import threading
from collections.abc import Callable, Iterator

import pytest
from civicroot_backend.errors import StoreConflict, StoreError, SwapRefused
from civicroot_backend.store.store import BlobStore, kind_of

from tests.backend.engines import Engine

BATCH = "log/batch/" + "ab" * 32


@pytest.fixture
def store(engine: Engine) -> Iterator[BlobStore]:
    opened = engine.open()
    yield opened
    opened.close()


def test_what_is_put_is_there_for_everybody(store: BlobStore, engine: Engine) -> None:
    blobs = {"log/tile/entries/000.p/2": b"\x00\x01a\x00\x01b", "log/tile/0/x001/067": b"tile", BATCH: bytes(300_000)}
    store.put(blobs.items())
    assert {name: store.get(name) for name in blobs} == blobs
    assert engine.snapshot() == blobs
    assert store.get("log/batch/cd") is None


def test_empty_blob_and_no_blobs(store: BlobStore) -> None:
    store.put([])
    store.put([(BATCH, b"")])
    assert store.get(BATCH) == b""


def test_same_content_again_is_a_no_op_and_other_content_is_refused(store: BlobStore) -> None:
    for name in (BATCH, "log/tile/entries/000"):
        store.put([(name, b"1")])
        store.put([(name, b"1")])
        with pytest.raises(StoreConflict):
            store.put([(name, b"2")])
        assert store.get(name) == b"1"


def test_one_conflict_among_many_is_refused_and_the_rest_may_come_again(store: BlobStore) -> None:
    blobs = [(f"log/tile/0/{number:03d}", b"%d" % number) for number in range(40)]
    store.put([("log/tile/0/020", b"other")])
    with pytest.raises(StoreConflict):
        store.put(blobs)
    store.put([blob for blob in blobs if blob[0] != "log/tile/0/020"])
    assert store.get("log/tile/0/039") == b"39"


def test_later_kinds_are_not_there_when_an_earlier_one_is_refused(store: BlobStore) -> None:
    store.put([("log/tile/entries/000.p/1", b"other")])
    with pytest.raises(StoreConflict):
        store.put([("log/tile/entries/000.p/1", b"mine"), ("log/tile/0/000.p/1", b"leaf"), ("log/tile/1/000.p/1", b"")])
    assert store.missing(["log/tile/0/000.p/1", "log/tile/1/000.p/1"]) == ["log/tile/0/000.p/1", "log/tile/1/000.p/1"]


def test_missing_names_those_that_are_not_there(store: BlobStore) -> None:
    store.put([("a/1", b"1"), ("a/3", b"")])
    assert store.missing(f"a/{number}" for number in range(5)) == ["a/0", "a/2", "a/4"]
    assert store.missing([]) == []


def test_swap_replaces_only_what_is_expected(store: BlobStore) -> None:
    store.swap("log/checkpoint", None, b"1")
    store.swap("log/checkpoint", b"1", b"2")
    for expected in (None, b"1", b"3", b""):
        with pytest.raises(SwapRefused):
            store.swap("log/checkpoint", expected, b"4")
    assert store.get("log/checkpoint") == b"2"
    store.swap("log/checkpoint", b"2", b"2")


def test_swap_of_what_is_gone_is_refused(store: BlobStore, engine: Engine) -> None:
    store.swap("log/checkpoint", None, b"1")
    engine.remove("log/checkpoint")
    with pytest.raises(SwapRefused):
        store.swap("log/checkpoint", b"1", b"2")
    assert store.get("log/checkpoint") is None


def test_one_of_many_swappers_wins_each_round(engine: Engine) -> None:
    stores = [engine.open() for _ in range(4)]
    wins: list[bytes] = []

    def swap_all(number: int) -> None:
        for round_ in range(20):
            content = stores[number].get("log/checkpoint")
            try:
                stores[number].swap("log/checkpoint", content, b"%d-%d" % (number, round_))
                wins.append(content or b"")
            except SwapRefused:
                continue

    _together([lambda number=number: swap_all(number) for number in range(4)])  # type: ignore[misc]
    assert len(wins) >= 20
    assert len(wins) == len(set(wins))
    for made in stores:
        made.close()


def test_one_of_many_contents_wins_a_name(engine: Engine) -> None:
    stores = [engine.open() for _ in range(4)]
    won: list[tuple[int, int]] = []

    def put_all(number: int) -> None:
        for at in range(20):
            try:
                stores[number].put([(f"log/tile/0/{at:03d}", b"%d" % number)])
                won.append((at, number))
            except StoreConflict:
                continue

    _together([lambda number=number: put_all(number) for number in range(4)])  # type: ignore[misc]
    assert sorted(at for at, _ in won) == list(range(20))
    for at, number in won:
        assert stores[0].get(f"log/tile/0/{at:03d}") == b"%d" % number
    for made in stores:
        made.close()


def test_batches_can_be_deleted_and_nothing_else(store: BlobStore) -> None:
    names = [f"log/batch/{number:064x}" for number in range(30)]
    store.put([(name, b"batch") for name in names] + [("log/tile/0/000", b"tile")])
    store.swap("log/checkpoint", None, b"1")
    store.delete(names[:20])
    store.delete(names[10:21])
    store.delete([])
    assert store.missing(names) == names[:21]
    for name in ("log/tile/0/000", "log/checkpoint", "log/batch", "log/batch/../checkpoint", "log/batch/"):
        with pytest.raises(StoreError):
            store.delete([names[25], name])
    assert store.missing([*names[21:], "log/tile/0/000", "log/checkpoint"]) == []
    store.put([(names[0], b"again")])
    assert store.get(names[0]) == b"again"


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", ".hidden", ".incoming/x", "a\x00", "a b", "ä", "a" * 256]
)
def test_names_that_lead_elsewhere_are_refused(store: BlobStore, engine: Engine, name: str) -> None:
    for attempt in (
        lambda: store.put([(name, b"")]),
        lambda: store.get(name),
        lambda: store.swap(name, None, b""),
        lambda: store.missing([name]),
        lambda: store.delete([name]),
    ):
        with pytest.raises(StoreError):
            attempt()
    assert engine.snapshot() == {}


def test_closing_twice_does_nothing(engine: Engine) -> None:
    store = engine.open()
    store.close()
    store.close()


def test_kinds_are_what_may_be_written_side_by_side() -> None:
    names = ["log/tile/entries/x001/000", "log/tile/entries/001.p/3", "log/tile/0/x001/000.p/3", "log/tile/1/000"]
    assert [kind_of(name) for name in [*names, BATCH, "log/checkpoint"]] == [
        "log/tile/entries", "log/tile/entries", "log/tile/0", "log/tile/1", "log/batch", "log",
    ]  # fmt: skip


def test_content_is_kept_to_the_byte_whatever_it_looks_like(store: BlobStore) -> None:
    packed = gzip.compress(b"not to be unpacked")
    store.put([("log/tile/entries/000", packed), (BATCH, packed)])
    assert store.get("log/tile/entries/000") == store.get(BATCH) == packed


def _together(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
