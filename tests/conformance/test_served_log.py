"""The independent verifier reads a real log over HTTP, accepts it with all its proofs, and refuses altered ones."""

import base64
import hashlib
import struct
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.backend.api_city import OpenCity, serve
from tests.conformance import independent_cbor as cbor
from tests.conformance import independent_cose as cose
from tests.conformance import independent_merkle as merkle
from tests.conformance import independent_reading as reading
from tests.conformance import independent_tlog_proof as tlog_proof
from tests.conformance.independent_note import COSIGNATURE, VerifierKey
from tests.conformance.independent_refusal import Refused
from tests.conformance.independent_tiles import TiledLog
from tests.conformance.town import DOCUMENT, Town, grown

PAYLOAD_HASH, PREIMAGE_TYPE, LOCATION = 258, 259, 260  # COSE Hash Envelope


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = OpenCity(tmp_path_factory.mktemp("conformance"))
    with closing(city), serve(city) as served:
        yield grown(served)


@pytest.fixture(scope="module")
def log(town: Town) -> TiledLog:
    """The log as the newest checkpoint shows it."""
    return TiledLog(town.fetch, town.log_key)


def altered(data: bytes) -> Iterator[bytes]:
    """`data` with one bit of every seventh byte flipped, each of the eight in turn, and cut at its end."""
    for at in range(0, len(data), 7):
        yield data[:at] + bytes([data[at] ^ 1 << at // 7 % 8]) + data[at + 1 :]
    yield data[:-1]


def test_tiles_entries_and_checkpoint_hold_together(town: Town, log: TiledLog) -> None:
    entries = log.entries()
    assert len(entries) == log.head.size > 256
    assert merkle.tree_hash([merkle.leaf_hash(entry) for entry in entries]) == log.head.root
    assert all(entries[index] == entry for index, entry in town.statements.items())
    assert len({merkle.leaf_hash(entry) for entry in entries}) == len(entries)


def test_every_entry_is_included_in_every_published_tree_from_its_own_on(town: Town, log: TiledLog) -> None:
    entries = log.entries()
    checked = 0
    for seen in town.heads:
        size, root = seen.head.size, seen.head.root
        for index in {*range(0, size, 5), size - 1}:
            path = log.inclusion(index, size)
            assert merkle.root_of(merkle.leaf_hash(entries[index]), index, size, path) == root
            checked += 1
    assert checked > 100


def test_every_published_tree_extends_every_earlier_one(town: Town, log: TiledLog) -> None:
    heads = {seen.head.size: seen.head.root for seen in town.heads}
    assert len(heads) >= 8
    for first, second in combinations(sorted(heads), 2):
        path = log.consistency(first, second)
        merkle.verify_consistency(first, second, path, heads[first], heads[second])
        with pytest.raises(Refused):
            merkle.verify_consistency(first, second, path, heads[first], hashlib.sha256(heads[second]).digest())
        with pytest.raises(Refused):
            merkle.verify_consistency(first, second, [*path, bytes(32)], heads[first], heads[second])


def test_checkpoint_of_an_older_size_is_served_no_more_but_stays_consistent(town: Town, log: TiledLog) -> None:
    assert log.head.size == max(seen.head.size for seen in town.heads)
    for seen in town.heads:
        assert log.root(seen.head.size) == seen.head.root


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"])
def test_altered_files_of_the_log_are_refused(town: Town, path: str) -> None:
    """One bit of what a mirror serves is enough, wherever it is."""
    good = town.fetch(path)
    for spoilt in [
        *(part + good[700:] for part in altered(good[:700])),
        *(good[:-64] + part for part in altered(good[-64:])),
    ]:

        def fetch(name: str, spoilt: bytes = spoilt) -> bytes:
            return spoilt if name == path else town.fetch(name)

        with pytest.raises(Refused):
            TiledLog(fetch, town.log_key).entries()


def test_tlog_proofs_of_every_kind_of_entry(town: Town, log: TiledLog) -> None:
    entries = log.entries()
    for index in [*range(24), *list(town.statements)[::40]]:
        text = town.get(f"entries/{index}/tlog-proof").text
        assert tlog_proof.verify(text, entries[index], town.log_key, [], 0) == index
        assert tlog_proof.read(text).extra == entries[index]
        with pytest.raises(Refused):
            tlog_proof.verify(text, entries[index] + b"\x00", town.log_key, [], 0)


def test_altered_tlog_proofs_are_refused(town: Town, log: TiledLog) -> None:
    index, entry = next(iter(town.statements.items()))
    text = town.get(f"entries/{index}/tlog-proof").text
    extra = text.index("extra "), text.index("\nindex ")
    for spoilt in altered(text.encode()):
        at = next((at for at, pair in enumerate(zip(spoilt, text.encode(), strict=False)) if pair[0] != pair[1]), 0)
        if extra[0] + 6 <= at < extra[1]:
            continue  # nobody vouches for extra data, says the text
        with pytest.raises((Refused, UnicodeDecodeError)):
            tlog_proof.verify(spoilt.decode(), entry, town.log_key, [], 0)


def test_a_quorum_of_witnesses_is_asked_for(town: Town) -> None:
    """Two witnesses that are nobody's code but OpenSSL's cosign what the city serves."""
    index, entry = next(iter(town.statements.items()))
    text = town.get(f"entries/{index}/tlog-proof").text
    body = text.partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
    witnesses = []
    for number in range(2):
        secret = Ed25519PrivateKey.from_private_bytes(bytes(31) + bytes([number + 1]))
        public, name = secret.public_key().public_bytes_raw(), f"witness{number}.example"
        key_id = hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]
        time = 1_790_000_000 + number
        signature = secret.sign(f"cosignature/v1\ntime {time}\n{body}".encode())
        blob = base64.b64encode(key_id + struct.pack(">Q", time) + signature).decode()
        witnesses.append(VerifierKey(name, key_id, COSIGNATURE, public))
        with pytest.raises(Refused):
            tlog_proof.verify(text, entry, town.log_key, witnesses, number + 1)
        text += f"\u2014 {name} {blob}\n"
        assert tlog_proof.verify(text, entry, town.log_key, witnesses, number + 1) == index


def test_cose_receipts_of_every_kind_of_entry(town: Town, log: TiledLog) -> None:
    entries = log.entries()
    for index in [*range(24), *list(town.statements)[::40]]:
        data = town.get(f"entries/{index}/receipt").content
        found = cose.verify_receipt(data, entries[index], town.log_key.public)
        assert (found.index, found.issuer, found.size) == (index, log.head.origin, log.head.size)
        assert found.root == log.head.root
        with pytest.raises(Refused):
            cose.verify_receipt(data, entries[index - 1], town.log_key.public)


def test_altered_receipts_are_refused(town: Town, log: TiledLog) -> None:
    """But for the tree's size, which no signature covers (RFC 9942 §5.2.1): that only a checkpoint says."""
    index, entry = next(iter(town.statements.items()))
    data = town.get(f"entries/{index}/receipt").content
    accepted = set()
    for bit in range(0, 8 * len(data), 3):
        spoilt = bytearray(data)
        spoilt[bit >> 3] ^= 1 << (bit & 7)
        try:
            found = cose.verify_receipt(bytes(spoilt), entry, town.log_key.public)
        except Refused:
            continue
        accepted.add(found.size)
        assert (found.root, found.index) == (log.head.root, index)
    assert log.head.size not in accepted


def test_transparent_statements(town: Town) -> None:
    """RFC 9943: the statement as signed with its receipt in header 394; claims are protected on both."""
    for index, entry in list(town.statements.items())[::60]:
        receipt = town.get(f"entries/{index}/receipt").content
        bare = cose.sign1(entry)
        transparent = cbor.write(
            cbor.Tagged(18, [bare.protected, {cose.RECEIPTS: [receipt]}, bare.payload, bare.signature])
        )
        registered, (found,) = cose.without_receipts(transparent)
        assert registered == entry
        said = cose.verify_receipt(found, registered, town.log_key.public)
        assert said.subject == bare.headers[cose.CWT_CLAIMS][cose.SUB] == "bridge/7"
        changed = cbor.Tagged(18, [bare.protected, {cose.RECEIPTS: [receipt]}, (bare.payload or b"") + b" ", b"0" * 64])
        with pytest.raises(Refused):
            cose.verify_receipt(found, cose.without_receipts(cbor.write(changed))[0], town.log_key.public)


def test_a_hash_envelope_states_a_document_that_stays_private(town: Town) -> None:
    found = cose.sign1(next(iter(town.statements.values())))
    assert found.headers[PAYLOAD_HASH] == -16 and found.payload == hashlib.sha256(DOCUMENT).digest()
    assert (found.headers[PREIMAGE_TYPE], found.headers[LOCATION]) == ("application/pdf", "https://works.example/7")


def test_reading_bundles(town: Town, log: TiledLog) -> None:
    policy = reading.Policy(town.policy)
    for subject, key in town.devices.items():
        for seq in range(2):
            data = town.get(f"api/v1/devices/{key.kid.hex()}/records/{seq}/proof").content
            found = reading.verify(data, policy)
            assert (found.device, found.gateway, found.kid, found.seq) == (subject, "gateway/2", key.kid, seq)
            assert found.revocation_checked and found.size == log.head.size


def test_altered_bundles_are_refused(town: Town) -> None:
    policy, key = reading.Policy(town.policy), town.devices["bin/1"]
    data = town.get(f"api/v1/devices/{key.kid.hex()}/records/1/proof").content
    count = 0
    for spoilt in altered(data):
        with pytest.raises(Refused):
            reading.verify(spoilt, policy)
        count += 1
    assert count > 200


def test_a_bundle_of_another_city_is_refused(town: Town) -> None:
    model = town.policy | {"realm": "elsewhere.example"}
    data = town.get(f"api/v1/devices/{town.devices['bin/1'].kid.hex()}/records/0/proof").content
    with pytest.raises(Refused):
        reading.verify(data, reading.Policy(model))
