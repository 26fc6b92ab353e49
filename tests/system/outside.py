"""An outsider's look at a city: public HTTP only, everything verified, the trust policy as the only trust.

The trees are recomputed from the tiles with the tests' own few lines, not with the code that wrote them.
"""

import hashlib
from dataclasses import dataclass, field

import httpx
from civicroot_wire import (
    batch,
    enrolment,
    entry,
    head,
    policy,
    record,
    revocation,
    sodium,
    statement,
    status_list,
    tile,
)
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError

REQUEST_SECONDS = 30.0


@dataclass
class Audit:
    """What the log holds: `records` by key and number with each content seen, and what keys skipped and thinned."""

    size: int = 0
    headers: int = 0
    enrolled: dict[bytes, enrolment.Enrolment] = field(default_factory=dict)
    revoked: list[revocation.Revocation] = field(default_factory=list)
    records: dict[bytes, dict[int, list[bytes]]] = field(default_factory=dict)
    skipped: dict[bytes, set[int]] = field(default_factory=dict)
    thinned: dict[bytes, set[int]] = field(default_factory=dict)
    rejected: list[tuple[bytes, str]] = field(default_factory=list)

    def numbers(self, kid: bytes) -> set[int]:
        """Every number of a key that is accounted for."""
        return set(self.records.get(kid, {})) | self.skipped.get(kid, set()) | self.thinned.get(kid, set())

    def repeated(self) -> list[tuple[str, int]]:
        """Records that stand in the log more than once, or with more than one content."""
        return [
            (kid.hex(), seq)
            for kid, by_seq in self.records.items()
            for seq, digests in by_seq.items()
            if len(digests) > 1
        ]


class Outsider:
    """Reads one city's public pages at `url`."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=REQUEST_SECONDS)
        self.policy = policy.verify(policy.from_file(self.get("/policy.json")), sodium.verify)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str) -> bytes:
        """A public resource; fails on anything but 200."""
        answer = self._client.get(path)
        answer.raise_for_status()
        return answer.content

    def audit(self) -> Audit:
        """Read the whole log and every batch, verify all of it."""
        checkpoint = head.verify(self.get("/log/checkpoint"), self.policy, sodium.verify).checkpoint
        entries = self._entries(checkpoint)
        found = Audit(size=checkpoint.size)
        for index, data in enumerate(entries):
            self._look_at(found, index, data)
        return found

    def _entries(self, checkpoint: Checkpoint) -> list[bytes]:
        entries: list[bytes] = []
        leaves: list[bytes] = []
        for start in range(0, checkpoint.size, tile.FULL):
            width = min(tile.FULL, checkpoint.size - start)
            number = start // tile.FULL
            bundle = tile.decode_bundle(self.get("/log/" + tile.tile_path(tile.ENTRIES, number, width)))
            hashes = self.get("/log/" + tile.tile_path(0, number, width))
            assert len(bundle) == width
            assert hashes == b"".join(_leaf(item) for item in bundle), f"tile {number} is not of its entries"
            entries.extend(bundle)
            leaves.extend(_leaf(item) for item in bundle)
        assert _root(leaves) == checkpoint.root, "the tiles do not hash to the signed root"
        return entries

    def _look_at(self, found: Audit, index: int, data: bytes) -> None:
        kind = entry.kind_of(data)
        if kind == entry.ENROLMENT:
            enrolled = enrolment.decode(data)
            registrar = self.policy.registrar(enrolled.registrar_kid, index)
            found.enrolled[enrolled.kid] = enrolment.verify(
                enrolled, self.policy.realm, registrar.public, sodium.verify
            )
        elif kind == entry.BATCH:
            self._look_into(found, batch.decode_header(data))
        elif kind == entry.POLICY:
            policy.verify(policy.from_entry(data), sodium.verify)
        elif kind == entry.STATUS_LIST:
            listed = status_list.decode(data)
            assert listed.message is not None
            registrar = self.policy.registrar(listed.message.kid, index)
            status_list.verify(listed, self.policy.realm, registrar.public, sodium.verify)
        elif kind == entry.REVOCATION:
            withdrawn = revocation.decode(data)
            assert withdrawn.message is not None
            registrar = self.policy.registrar(withdrawn.message.kid, index)
            found.revoked.append(revocation.verify(withdrawn, self.policy.realm, registrar.public, sodium.verify))
        elif kind == entry.STATEMENT:
            said = statement.decode(data)
            statement.verify(said, self.policy.realm, found.enrolled[said.message.kid].public, sodium.verify)
        else:
            raise AssertionError(f"log entry {index} is a {kind}, which no test of the whole city makes")

    def _look_into(self, found: Audit, header: batch.Header) -> None:
        gateway = found.enrolled[header.kid]  # enrolled earlier in the log, or KeyError
        assert gateway.role == batch.ROLE
        batch.verify_header(header, self.policy.realm, gateway.public, sodium.verify)
        encoded, records = batch.decode_message(self.get("/log/batch/" + header.root.hex()))
        assert encoded == header.encoded or batch.decode_header(encoded).root == header.root
        assert len(records) == header.size
        assert _root([_leaf(item) for item in records]) == header.root, "batch blob does not hash to the signed root"
        found.headers += 1
        for data in records:
            self._account_for(found, data)

    def _account_for(self, found: Audit, data: bytes) -> None:
        try:
            item = record.decode(data)
            device = found.enrolled[item.kid]
            record.verify(item, self.policy.realm, device.public, sodium.verify)
        except (WireError, KeyError) as error:
            found.rejected.append((data, repr(error)))
            return
        digest = record.content_digest(item, self.policy.realm)
        found.records.setdefault(item.kid, {}).setdefault(item.seq, []).append(digest)
        skipped = range(item.seq - item.sequence.skip, item.seq)
        found.skipped.setdefault(item.kid, set()).update(skipped)
        for first, last in item.sequence.thinned:
            found.thinned.setdefault(item.kid, set()).update(range(first, last + 1))


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, as written there."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()
