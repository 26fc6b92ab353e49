"""The directory store: written once, durable, swapped only by who knows what is there."""

import os
import threading
from pathlib import Path

import pytest
from civicroot_backend.errors import StoreConflict, StoreError, StoreUrlError, SwapRefused
from civicroot_backend.store.directory import INCOMING, DirectoryStore
from civicroot_backend.store.open import open_store


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "public")


def test_what_is_put_is_a_file_of_that_name(store: DirectoryStore, tmp_path: Path) -> None:
    store.put([("log/tile/0/x001/067", b"tile"), ("log/batch/ab", b"blob")])
    assert (tmp_path / "public/log/tile/0/x001/067").read_bytes() == b"tile"
    assert store.get("log/batch/ab") == b"blob"
    assert store.get("log/batch/cd") is None
    store.close()


def test_same_content_again_is_a_no_op_and_other_content_is_refused(store: DirectoryStore) -> None:
    store.put([("a", b"1")])
    store.put([("a", b"1")])
    with pytest.raises(StoreConflict):
        store.put([("a", b"2")])
    assert store.get("a") == b"1"
    store.close()


def test_swap_replaces_only_what_is_expected(store: DirectoryStore) -> None:
    store.swap("c", None, b"1")
    store.swap("c", b"1", b"2")
    for expected in (None, b"1", b"3"):
        with pytest.raises(SwapRefused):
            store.swap("c", expected, b"4")
    assert store.get("c") == b"2"
    store.close()


def test_one_of_many_swappers_wins_each_round(tmp_path: Path) -> None:
    stores = [DirectoryStore(tmp_path / "public") for _ in range(4)]
    wins: list[bytes] = []

    def swap_all(number: int) -> None:
        for round_ in range(20):
            content = stores[number].get("c")
            try:
                stores[number].swap("c", content, b"%d-%d" % (number, round_))
                wins.append(content or b"")
            except SwapRefused:
                continue

    threads = [threading.Thread(target=swap_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == len(set(wins))
    for made in stores:
        made.close()


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", ".hidden", f"{INCOMING}/x", "a\x00", "a b", "ä", "a" * 256]
)
def test_names_that_lead_elsewhere_are_refused(store: DirectoryStore, name: str) -> None:
    with pytest.raises(StoreError):
        store.put([(name, b"")])
    with pytest.raises(StoreError):
        store.get(name)
    store.close()


def test_what_a_crash_left_is_removed_by_the_next_that_is_alone(store: DirectoryStore, tmp_path: Path) -> None:
    leftover = tmp_path / "public" / INCOMING / "0123"
    leftover.write_bytes(b"half")
    DirectoryStore(tmp_path / "public").close()
    assert leftover.exists()
    store.close()
    DirectoryStore(tmp_path / "public").close()
    assert not leftover.exists()


def test_a_failed_write_leaves_no_name(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match=r"public.*No space"):
            store.put([("a", b"1")])
        with pytest.raises(StoreError, match=r"public.*No space"):
            store.swap("a", None, b"1")
    assert store.get("a") is None
    store.put([("a", b"2")])
    assert store.get("a") == b"2"
    store.close()


@pytest.mark.parametrize("url", ["s3://bucket", "file://host/a", "file:relative", "/plain", "file:///a?b"])
def test_urls_without_engine_are_refused(url: str) -> None:
    with pytest.raises(StoreUrlError):
        open_store(url)
