"""`civicroot gateway data-format`: whether a release can read what lies in the data folder."""

import sqlite3
from binascii import crc32
from pathlib import Path

import pytest
from civicroot_gateway.errors import SpoolError
from civicroot_gateway.install import data_format
from civicroot_gateway.spool import segment

from .city import City, Device
from .rig import Rig


@pytest.fixture
def data(city: City, device: Device, tmp_path: Path) -> Path:
    """The data folder of a gateway that took something in."""
    found = tmp_path / "data"
    rig = Rig(city, found)
    rig.trust_all()
    rig.up(device, device.record(0))
    rig.close()
    return found


def first_segment(data: Path) -> Path:
    return min(data.rglob("*" + segment.SUFFIX))


def test_own_data_can_be_read_and_are_not_touched(data: Path) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    data_format.check(data)
    assert before == {path: path.read_bytes() for path in before}  # SQLite may leave its shared memory beside them


def test_folder_without_data_can_be_used(tmp_path: Path) -> None:
    data_format.check(tmp_path)
    data_format.check(tmp_path / "missing")


def test_newer_schema_is_refused(data: Path) -> None:
    connection = sqlite3.connect(data / "state.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SpoolError, match="schema 99"):
        data_format.check(data)


def test_newer_journal_is_refused(data: Path) -> None:
    path = first_segment(data)
    content = bytearray(path.read_bytes())
    size = segment._HEADER.size
    content[len(segment._MAGIC)] += 1  # the version, after the magic
    content[size : size + 4] = segment._CHECK.pack(crc32(bytes(content[:size])))
    path.write_bytes(content)
    with pytest.raises(SpoolError, match="journal has format"):
        data_format.check(data)


def test_damage_is_no_newer_format(data: Path) -> None:
    """The gateway mends it, or says so, when it starts."""
    first_segment(data).write_bytes(b"\xff" * 4096)
    (data / "state.db").write_bytes(b"\xff" * 4096)
    data_format.check(data)
