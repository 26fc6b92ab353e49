"""A real city, made by the real backend, and copies of its public folder that somebody tampers with.

The attacker is often the city itself: a copy can be laid out and signed again with the city's own log key.
"""

import dataclasses
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from civicroot_backend import keyfile, realm
from civicroot_backend.log.integrate import grow
from civicroot_wire import batch, beacon, checkpoint, cosignature, enrolment, merkle, note, record, tile
from civicroot_wire import policy as policies
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.policy import Policy
from civicroot_wire.record import Sequence
from civicroot_wire.sodium import Signer

from tests.backend.api_city import OpenCity
from tests.backend.city import NOW, City, signed_record

ORIGIN = "test.example/log"
SEQS = 6  # readings of each device, one a batch
SUBJECTS = ("bin/1", "bin/2", "tree/7")
LOST_KEY = "bin/8"  # enrolled, reported once, withdrawn as compromised


@dataclass
class RealCity:
    """What the backend made, and the keys of everybody in it. `next_batch`: the gateway's next number."""

    folder: Path
    city: City
    gateway: Signer
    organisation: Signer
    operator: Signer
    devices: dict[str, Signer]
    next_batch: int

    @property
    def public(self) -> Path:
        """The public folder."""
        return self.folder / "realm/data/public"

    @property
    def policy_file(self) -> Path:
        """The trust policy."""
        return self.folder / "realm" / realm.POLICY_FILE

    @property
    def root(self) -> Signer:
        """The city's root key."""
        return keyfile.load(self.folder / "realm" / realm.ROOT_KEY)


def make_city(folder: Path) -> RealCity:
    """Devices of two kinds, an organisation, an operator, a withdrawn key with its status list; all of it published."""
    opened = OpenCity(folder)
    try:
        return _fill(folder, opened)
    finally:
        opened.close()


def _fill(folder: Path, opened: OpenCity) -> RealCity:
    city, backend = opened.city, opened.backend
    for place, subject in enumerate((*SUBJECTS, LOST_KEY), 1):
        opened.enrol_device(subject, status=(place, city.status_uri), label=f"Market street {place}")
    organisation = city.enrolled(backend, "organisation/works", "organisation")
    operator = city.enrolled(backend, "operator/1", "operator")
    backend.submit(city.status_list([], NOW))
    opened.publish()
    opened.commit([signed_record(opened.devices[LOST_KEY], 0)])
    for seq in range(SEQS):
        opened.commit([signed_record(opened.devices[subject], seq, 50 + seq) for subject in SUBJECTS])
    opened.publish()
    backend.submit(city.revocation(opened.devices[LOST_KEY], LOST_KEY))
    backend.submit(city.status_list([4], NOW + 1))
    backend.submit(city.statement(organisation, "organisation/works", "bin/1", b'{"emptied": true}'))
    opened.publish()
    return RealCity(folder, city, opened.gateway, organisation, operator, opened.devices, SEQS + 1)


@dataclass
class Copy:
    """A copy of a city's public folder at `public`, and what an auditor of it uses."""

    real: RealCity
    public: Path
    policy_file: Path
    entries: list[bytes]
    mirrors: list[Path] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    witnesses: list[tuple[note.VerifierKey, Signer]] = field(default_factory=list)
    cosigned_at: int = NOW

    @classmethod
    def of(cls, real: RealCity, folder: Path) -> "Copy":
        """A sound copy in a new folder."""
        public = folder / "public"
        shutil.copytree(real.public, public)
        policy_file = folder / "policy.json"
        shutil.copy(real.policy_file, policy_file)
        return cls(real, public, policy_file, read_entries(public))

    @property
    def policy(self) -> Policy:
        """The auditor's policy."""
        return policies.from_file(self.policy_file.read_bytes())

    # Files as they lie

    def path(self, name: str) -> Path:
        """A public file."""
        return self.public / name

    def bundle(self) -> Path:
        """The file with all entries: the log has fewer than 256."""
        return self.path("log/" + tile.tile_path(tile.ENTRIES, 0, len(self.entries)))

    def tile(self) -> Path:
        """The file with all leaf hashes."""
        return self.path("log/" + tile.tile_path(0, 0, len(self.entries)))

    def blob(self, header: batch.Header) -> Path:
        """The batch behind a header."""
        return self.path("log/batch/" + header.root.hex())

    def headers(self) -> list[tuple[int, batch.Header]]:
        """(log index, header) of every batch."""
        found = []
        for index, entry in enumerate(self.entries):
            try:
                found.append((index, batch.decode_header(entry)))
            except ValueError:
                continue
        return found

    # The city signs again

    def sign_again(self, entries: list[bytes]) -> None:
        """Lay the log out with other entries and sign it with the city's real log key."""
        shutil.rmtree(self.path("log/tile"))
        for name, content in grow(0, entries, _no_tile, []):
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.entries = entries
        root = merkle.root([merkle.leaf_hash(entry) for entry in entries])
        self.show(Checkpoint(ORIGIN, len(entries), root), self.real.city.log_key)

    def show(self, head: Checkpoint, signer: Signer) -> None:
        """Publish a checkpoint signed by `signer` and cosigned by the witnesses."""
        text = checkpoint.sign(head, note.VerifierKey(ORIGIN, signer.public), signer)
        for key, witness in self.witnesses:
            text += cosignature.sign(head.body(), self.cosigned_at, key, witness)
        self.path("log/checkpoint").write_text(text)

    def append(self, *entries: bytes) -> None:
        """Log more entries."""
        self.sign_again([*self.entries, *entries])

    # What gateways, devices and registrars sign

    def batch(
        self, records: list[bytes], seq: int | None = None, skip: int = 0, closed: int = NOW, key: Signer | None = None
    ) -> bytes:
        """Store a batch of the gateway, its next one without `seq`; the signed header."""
        signer = key or self.real.gateway
        number = self.real.next_batch if seq is None else seq
        opened = min(NOW - 10, closed)
        header = batch.sign_header(signer.kid, Sequence(number, skip), records, opened, closed, self.realm, signer)
        path = self.blob(batch.decode_header(header))
        path.write_bytes(batch.encode_message(header, records))
        return header

    def reading(self, subject: str = "bin/1", seq: int = SEQS, **fields: object) -> bytes:
        """A record of a device, its next one without `seq`."""
        return signed_record(self.real.devices[subject], seq, **fields)  # type: ignore[arg-type]

    def enrolment(self, key: Signer, subject: str, role: str = record.ROLE, **fields: object) -> bytes:
        """An enrolment by the city's registrar."""
        return self.real.city.enrolment(key, subject, role, **fields)

    def enrolment_by(self, registrar: Signer, key: Signer, subject: str, realm_name: str | None = None) -> bytes:
        """An enrolment by somebody else, or for another city."""
        name = realm_name or self.realm
        request = self.real.city.possession(key, subject, record.ROLE)
        found = Enrolment(subject, key.public, record.ROLE, request)
        return enrolment.sign(found, registrar.kid, "somebody", name, registrar)

    @property
    def realm(self) -> str:
        """The city's name."""
        return self.real.city.realm

    # Other policies

    def with_policy(self, **changes: object) -> Policy:
        """The city's policy with changes to its model, signed by its root."""
        model = {**self.policy.model, **changes}
        return policies.sign(model, [(self.real.root.public, self.real.root)])

    def use(self, policy: Policy) -> None:
        """Give this policy to the auditor."""
        self.policy_file.write_text(json.dumps(policies.to_document(policy)))

    def let_witnesses_in(self, count: int, quorum: int) -> None:
        """A city whose policy has had witnesses from the beginning."""
        signers = [Signer(bytes([200 + number]) * 32) for number in range(count)]
        keys = [note.VerifierKey(f"witness{n}.example", s.public, note.COSIGNATURE) for n, s in enumerate(signers)]
        self.witnesses = list(zip(keys, signers, strict=True))
        self.let_in(witnesses=[{"vkey": str(key), "first": 0} for key in keys], quorum=quorum)

    def let_in(self, **changes: object) -> None:
        """A city whose policy has been like this from the beginning."""
        policy = self.with_policy(**changes)
        self.use(policy)
        self.sign_again([policies.to_entry(policy), *self.entries[1:]])

    # What the city keeps of witnesses and anchors

    def tree(self, size: int | None = None) -> Checkpoint:
        """The tree of the first `size` entries, or of all."""
        entries = self.entries[:size]
        return Checkpoint(ORIGIN, len(entries), merkle.root([merkle.leaf_hash(entry) for entry in entries]))

    def keep_anchor(self, name: str, size: int, evidence: bytes) -> None:
        """Put an anchor's evidence among the public files."""
        self._keep(f"log/anchor/{name}/{size}", evidence)

    def keep_beacon(self) -> bytes:
        """Tell the newest checkpoint to devices: keep it, as the city does; the beacon."""
        text = self.path("log/checkpoint").read_bytes()
        told = beacon.of(note.parse(text), [key for key, _ in self.witnesses])
        self._keep(f"log/beacon/{told.hex()[:2]}/{told.hex()}", text)
        return told

    def kept_beacon(self, told: bytes) -> Path:
        """The file of a beacon that is kept."""
        return self.path(f"log/beacon/{told.hex()[:2]}/{told.hex()}")

    def _keep(self, name: str, content: bytes) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def mirror(self, folder: Path) -> "Copy":
        """Another copy of this one, given to the auditor as a mirror."""
        shutil.copytree(self.public, folder)
        self.mirrors.append(folder)
        return dataclasses.replace(self, public=folder, entries=list(self.entries), mirrors=[], options=[])


def read_entries(public: Path) -> list[bytes]:
    """The entries of a log of fewer than 256."""
    size = checkpoint.parse_body(note.parse((public / "log/checkpoint").read_bytes()).body).size
    return tile.decode_bundle((public / "log" / tile.tile_path(tile.ENTRIES, 0, size)).read_bytes())


def _no_tile(level: int, number: int, size: int) -> bytes:
    raise AssertionError("a log that is laid out anew has no tiles")
