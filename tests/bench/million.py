"""A reading in a log of a million entries: the bundle that proves it, and what each of its parts weighs.

The places are those of a city that runs for a while: keys are enrolled early, the batch is among the newest entries,
the status list comes a few entries after it, the checkpoint a moment later. Every other entry is only its leaf hash.
"""

import zlib
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from civicroot_wire import (
    base64,
    batch,
    beacon,
    checkpoint,
    cosignature,
    enrolment,
    merkle,
    multiproof,
    note,
    policy,
    possession,
    proof,
    record,
    status_list,
)
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.logged import Logged
from civicroot_wire.note import VerifierKey
from civicroot_wire.policy import Policy
from civicroot_wire.proof import Proof
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer
from civicroot_wire.status_list import StatusList

REALM = "bench.example"
NOW = 1_790_000_000
ENTRIES = 1_000_000
GATEWAY_AT, DEVICE_AT = 41, 2_412  # in the first months
HEADER_AT = 999_702
STATUS_AT = 999_741  # lists come every quarter of an hour or so
BEACON_SIZE = 999_655  # the newest checkpoint that the device had been told of
BATCH_RECORDS, PLACE = 250, 141
KEYS, REVOKED = 2_000, 20  # enrolled in the city, and withdrawn of them
WITNESSES = ("witness-one.example", "witness-two.example", "witness-three.example")
REPORT = [
    Measurement("fill", DecimalFraction(-2, 62), "/", update_time=600),
    Measurement("temp", DecimalFraction(-1, 215), "Cel"),
    Measurement("weight", DecimalFraction(-1, 124), "kg"),
]


def key(name: str) -> Signer:
    """The private key of that name."""
    return Signer(sha256(name.encode()).digest())


LOG, REGISTRAR, DEVICE, GATEWAY = map(key, ("log", "registrar", "device", "gateway"))
ISSUER = "the registrar"
ORIGIN = f"{REALM}/log"
LOG_KEY = VerifierKey(ORIGIN, LOG.public)
WITNESS_KEYS = {name: VerifierKey(name, key(name).public, note.COSIGNATURE) for name in WITNESSES}
STATUS_URI = f"https://{REALM}/status-lists/{REGISTRAR.kid.hex()}"


class Tree:
    """Hashes of all perfect subtrees over leaf hashes: built once, then every range is a few look-ups."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            self.levels.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])

    def hash_of(self, lo: int, hi: int) -> bytes:
        """Root of leaves lo … hi−1."""
        return merkle.range_root(lambda level, index: self.levels[level][index], lo, hi)

    def logged(self, index: int, entry: bytes, size: int) -> Logged:
        """The entry with its path in the first `size` leaves."""
        return Logged(entry, index, merkle.inclusion_path(self.hash_of, index, size))


@dataclass(frozen=True)
class Million:
    """The bundle, and the policy under which it holds."""

    tree: Tree
    bundle: Proof
    policy: Policy

    def sizes(self, places: int) -> list[int]:
        """Bytes of the bundle at as many places of its entries as asked, ascending; only the paths differ."""
        random, found, size = Random(1), [], len(self.tree.levels[0])
        for _ in range(places):
            header = random.randrange(size - 2_000, size - 300)
            spots = (header, random.randrange(KEYS), random.randrange(KEYS // 20), header + random.randrange(1, 60))
            parts = (self.bundle.header, self.bundle.device, self.bundle.gateway, self.bundle.status_list)
            logged = [
                self.tree.logged(spot, part.entry, size)
                for spot, part in zip(spots, parts, strict=True)
                if part is not None
            ]
            found.append(len(proof.encode(self._with(*logged))))
        return sorted(found)

    def _with(self, header: Logged, device: Logged, gateway: Logged, listed: Logged) -> Proof:
        same = self.bundle
        return Proof(
            REALM, same.record, PLACE, same.path, header, same.checkpoint, device, gateway, listed, same.beacon
        )

    @property
    def encoded(self) -> bytes:
        """The `.proof` file."""
        return proof.encode(self.bundle)

    def parts(self) -> dict[str, int]:
        """Bytes of each part; they add up to the whole."""
        found = self.bundle
        assert found.status_list is not None and found.beacon is not None
        parts = {
            "record": len(found.record),
            "batch header": len(found.header.entry),
            "enrolment of the device": len(found.device.entry),
            "enrolment of the gateway": len(found.gateway.entry),
            "status list": len(found.status_list.entry),
            "checkpoint with 3 cosignatures": len(found.checkpoint.encode()),
            "beacon checkpoint with 3 cosignatures": len(found.beacon.encode()),
        }
        logged = [found.header, found.device, found.gateway, found.status_list]
        parts["hashes of the four entries"] = len(multiproof.gather(logged, len(self.tree.levels[0])))
        parts["path in the batch"] = merkle.HASH_BYTES * len(found.path)
        parts["labels and places"] = len(self.encoded) - sum(parts.values())
        return parts


def enrolled(owner: Signer, subject: str, role: str, bit: int, **fields: object) -> bytes:
    """A signed enrolment with all that a city writes into one."""
    asked = possession.sign(owner.kid, subject, role, bytes(range(16)), REALM, owner)
    made = Enrolment(subject, owner.public, role, asked)
    made.issued_at, made.status = NOW, (bit, STATUS_URI)
    for name, value in fields.items():
        setattr(made, name, value)
    return enrolment.sign(made, REGISTRAR.kid, ISSUER, REALM, REGISTRAR)


def status_entry(keys: int = KEYS, revoked: int = REVOKED) -> bytes:
    """A list of `keys` of which `revoked`, scattered, are withdrawn; not the two of the reading."""
    bits = bytearray(-(-keys // 8))
    for bit in Random(1).sample(range(100, keys), revoked):
        bits[bit >> 3] |= 1 << (bit & 7)
    listed = StatusList(STATUS_URI, zlib.compress(bytes(bits), 9), NOW)
    return status_list.sign(listed, REGISTRAR.kid, ISSUER, REALM, REGISTRAR)


def cosigned(tree: Tree, size: int, time: int) -> str:
    """The checkpoint of `size` with the cosignatures of all three witnesses."""
    text = checkpoint.sign(Checkpoint(ORIGIN, size, tree.hash_of(0, size)), LOG_KEY, LOG)
    body = note.parse(text).body
    for late, (name, witness) in enumerate(WITNESS_KEYS.items()):
        text += cosignature.sign(body, time + late, witness, key(name))
    return text


def trusted() -> Policy:
    """Two of three witnesses."""
    model: dict[int | str, object] = {
        "format": policy.FORMAT,
        "realm": REALM,
        "version": 1,
        "roots": {"threshold": 1, "keys": [base64.encode(key("root").public)]},
        "logs": [{"vkey": str(LOG_KEY), "first": 0}],
        "registrars": [{"name": "registrar", "key": base64.encode(REGISTRAR.public), "first": 0}],
        "witnesses": [{"vkey": str(witness), "first": 0} for witness in WITNESS_KEYS.values()],
        "quorum": 2,
        "anchors": [],
    }
    return policy.sign(model, [(key("root").public, key("root"))])


def million(entries: int = ENTRIES) -> Million:
    """The reading's bundle; a few seconds and 150 MB for a million leaf hashes."""
    before = entries - ENTRIES  # a smaller log keeps the distances from its end
    header_at, status_at, beacon_size = (at + before for at in (HEADER_AT, STATUS_AT, BEACON_SIZE))
    place: dict[str, object] = {
        "model": b"esp32-bin-2",
        "location": (DecimalFraction(-5, 5_251_632), DecimalFraction(-5, 1_337_777)),
        "label": "Bin 12, Schillerplatz",
    }
    gateway = enrolled(GATEWAY, "gateway/rathaus", "gateway", 3, model=b"pi4")
    device = enrolled(DEVICE, "bin/12", "device", 57, **place)
    listed = status_entry()
    leaves = [sha256(b"entry %d" % index).digest() for index in range(entries)]
    for at, entry in ((GATEWAY_AT, gateway), (DEVICE_AT, device), (status_at, listed)):
        leaves[at] = merkle.leaf_hash(entry)
    # The beacon's checkpoint is older than the batch, so its tree is there before the batch is.
    told = cosigned(Tree(leaves[:beacon_size]), beacon_size, NOW - 600)
    seen = beacon.of(note.parse(told), list(WITNESS_KEYS.values()))
    reading = record.sign(DEVICE.kid, Sequence(70_000, 0, seen), Pack(REPORT, NOW), REALM, DEVICE)
    records = [b"another record %d" % number for number in range(BATCH_RECORDS)]
    records[PLACE] = reading
    header = batch.sign_header(GATEWAY.kid, Sequence(90_000), records, NOW, NOW + 10, REALM, GATEWAY)
    leaves[header_at] = merkle.leaf_hash(header)
    tree = Tree(leaves)
    hashes = merkle.of_list([merkle.leaf_hash(item) for item in records])
    bundle = Proof(
        REALM,
        reading,
        PLACE,
        merkle.inclusion_path(hashes, PLACE, len(records)),
        tree.logged(header_at, header, entries),
        cosigned(tree, entries, NOW + 60),
        tree.logged(DEVICE_AT, device, entries),
        tree.logged(GATEWAY_AT, gateway, entries),
        tree.logged(status_at, listed, entries),
        told,
    )
    return Million(tree, bundle, trusted())
