"""A folder that is listed once says what a new listing would, also after a write that failed."""

from pathlib import Path

import pytest
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.listing import Listing


def test_it_lists_once_and_knows_what_it_made_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    usual = Flash.names
    monkeypatch.setattr(Flash, "names", lambda self: looks.append(self) or usual(self))
    (tmp_path / "b").write_bytes(b"1")
    (tmp_path / "c.new").write_bytes(b"half")
    listing = Listing(str(tmp_path))
    assert listing.names() == ["b"]
    for name in ("c", "a", "b"):
        listing.replace(name, [b"2"])
    listing.append("a", b"3")
    listing.remove("b")
    assert listing.names() == ["a", "c"] and len(looks) == 1
    listing.names().append("mine")
    assert listing.names() == ["a", "c"] == usual(Flash(str(tmp_path)))


def test_after_a_failure_it_looks_again(tmp_path: Path) -> None:
    listing = Listing(str(tmp_path))
    listing.replace("a", [b"1"])
    assert listing.names() == ["a"]
    with pytest.raises(OSError, match="gone"):
        listing.remove("gone")
    (tmp_path / "a").rename(tmp_path / "z")
    assert listing.names() == ["z"]


def test_before_it_was_asked_it_knows_nothing(tmp_path: Path) -> None:
    listing = Listing(str(tmp_path))
    listing.replace("a", [b"1"])
    (tmp_path / "other").write_bytes(b"")
    assert listing.names() == ["a", "other"]
