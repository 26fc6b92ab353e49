"""The directory store: written once, durable, swapped only by who knows what is there."""

import os
from pathlib import Path

import pytest
from civicroot_backend.errors import StoreError, StoreUrlError
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


def test_folders_that_a_dead_process_made_are_synced_again(store: DirectoryStore, tmp_path: Path) -> None:
    """It may have ended between making a folder and syncing its parent."""
    (tmp_path / "public/log/tile").mkdir(parents=True)
    synced: list[str] = []
    sync = os.fsync

    def noted(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()).removeprefix(str(tmp_path)))
        sync(handle)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", noted)
        store.put([("log/tile/0/000", b"1")])
        first = list(synced)
        store.put([("log/tile/0/001", b"1")])
    assert [name for name in first if ".incoming" not in name] == [
        "/public", "/public/log", "/public/log/tile", "/public/log/tile/0",
    ]  # fmt: skip
    assert [name for name in synced[len(first) :] if ".incoming" not in name] == ["/public/log/tile/0"]
    store.close()


@pytest.mark.parametrize("url", ["ftp://bucket", "file://host/a", "file:relative", "/plain", "file:///a?b"])
def test_urls_without_engine_are_refused(url: str) -> None:
    with pytest.raises(StoreUrlError):
        open_store(url)
