"""The log as the C2SP texts describe it, read back from its files by an implementation that shares no code with it."""

import base64
import hashlib
from pathlib import Path

import pytest
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import log_entries
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.store.directory import DirectoryStore
from civicroot_wire import merkle
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import insert

ORIGIN = "test.example/log"
SIZES = [1, 2, 3, 255, 256, 257, 300, 511, 512, 700, 70_000]  # after each, a checkpoint; the last needs three levels
SIGNER = Signer(bytes(31) + b"\x01")


class OutsideReader:
    """c2sp.org/tlog-tiles, /tlog-checkpoint and /signed-note, from their texts."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def checkpoint(self) -> tuple[int, bytes]:
        text = (self.root / "checkpoint").read_text()
        body, _, signatures = text.partition("\n\n")
        signed = (body + "\n").encode()
        (line,) = signatures.rstrip("\n").split("\n")
        dash, name, blob = line.split(" ")
        raw = base64.b64decode(blob, validate=True)
        assert (dash, name) == ("\u2014", ORIGIN)
        assert raw[:4] == hashlib.sha256(ORIGIN.encode() + b"\n\x01" + SIGNER.public).digest()[:4]
        Ed25519PublicKey.from_public_bytes(SIGNER.public).verify(raw[4:], signed)
        origin, size, root = body.split("\n")
        assert origin == ORIGIN
        return int(size), base64.b64decode(root, validate=True)

    def path(self, kind: str, number: int, width: int) -> Path:
        groups = [f"{number % 1000:03d}"]
        while number >= 1000:
            number //= 1000
            groups.insert(0, f"x{number % 1000:03d}")
        partial = "" if width == 256 else f".p/{width}"
        return self.root / "tile" / kind / ("/".join(groups) + partial)

    def entries(self, size: int) -> list[bytes]:
        found: list[bytes] = []
        for number in range(-(-size // 256)):
            data = self.path("entries", number, min(256, size - 256 * number)).read_bytes()
            while data:
                length = data[0] << 8 | data[1]
                found.append(data[2 : 2 + length])
                data = data[2 + length :]
        return found

    def hashes(self, level: int, size: int) -> list[bytes]:
        """All hashes of a tile level in a tree of `size`."""
        count = size >> (8 * level)
        data = b"".join(
            self.path(str(level), number, min(256, count - 256 * number)).read_bytes()
            for number in range(-(-count // 256))
        )
        assert len(data) == 32 * count
        return [data[at : at + 32] for at in range(0, len(data), 32)]


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def entry(index: int) -> bytes:
    return f"entry {index}".encode() * (1 + index % 3)


def grow(database: Database, log: CityLog, size: int) -> None:
    """Commit entries up to `size` and publish them."""
    with database.write() as connection:
        rows = [
            {"index": index, "leaf_hash": merkle.leaf_hash(entry(index)), "kind": "statement", "entry": entry(index)}
            for index in range(Sequencer(connection).next_index, size)
        ]
        connection.execute(insert(log_entries), rows)
    while log.advance() is not None:
        pass


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/log.db")


@pytest.fixture
def log(database: Database, tmp_path: Path) -> CityLog:
    made = CityLog(
        database, DirectoryStore(tmp_path / "public"), VerifierKey(ORIGIN, SIGNER.public), SIGNER, lambda: 1.0
    )
    made.recover()
    return made


def test_outside_reader_finds_every_published_tree(database: Database, log: CityLog, tmp_path: Path) -> None:
    reader = OutsideReader(tmp_path / "public" / "log")
    for size in SIZES:
        grow(database, log, size)
        found_size, root = reader.checkpoint()
        assert found_size == size
        leaves = reader.hashes(0, size)
        assert leaves == [hashlib.sha256(b"\x00" + item).digest() for item in reader.entries(size)]
        assert reader.entries(size) == [entry(index) for index in range(size)]
        assert root == tree_hash(leaves)
        for level in (1, 2):
            span = 256**level
            above = [tree_hash(leaves[at : at + span]) for at in range(0, size // span * span, span)]
            assert reader.hashes(level, size) == above
    database.close()


def test_published_tiles_never_change(database: Database, log: CityLog, tmp_path: Path) -> None:
    seen: dict[Path, bytes] = {}
    for size in SIZES[:-1]:
        grow(database, log, size)
        for path, content in seen.items():
            assert path.read_bytes() == content
        seen = {path: path.read_bytes() for path in (tmp_path / "public" / "log" / "tile").rglob("*") if path.is_file()}
    assert all(0 < len(content) <= 8192 for path, content in seen.items() if "entries" not in str(path))
    database.close()


def test_paths_lead_to_the_root_from_every_leaf(database: Database, log: CityLog) -> None:
    for size in (1, 2, 5, 256, 300, 513):
        grow(database, log, size)
        published = log.published
        assert published is not None
        for index in range(size):
            logged = log.logged(index, published)
            assert logged.entry == entry(index)
            leaf = hashlib.sha256(b"\x00" + logged.entry).digest()
            merkle.verify_inclusion(leaf, index, size, logged.path, published.root)
    database.close()


def test_path_at_an_earlier_checkpoint_leads_to_its_root(database: Database, log: CityLog) -> None:
    grow(database, log, 300)
    earlier = log.published
    assert earlier is not None
    grow(database, log, 1000)
    logged = log.logged(299, earlier)
    merkle.verify_inclusion(merkle.leaf_hash(logged.entry), 299, 300, logged.path, earlier.root)
    database.close()


def test_the_same_entry_submitted_twice_has_one_index(database: Database) -> None:
    with database.write() as connection:
        sequencer = Sequencer(connection)
        assert [sequencer.append("statement", item) for item in (b"a", b"b", b"a", b"c")] == [0, 1, 0, 2]
    with database.write() as connection:
        assert Sequencer(connection).append("statement", b"b") == 1
        assert Sequencer(connection).append("statement", b"d") == 3
    database.close()


def test_a_transaction_that_is_undone_gives_its_indices_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        Sequencer(connection).append("statement", b"lost")
        raise ZeroDivisionError
    with database.write() as connection:
        assert Sequencer(connection).append("statement", b"kept") == 0
    database.close()
