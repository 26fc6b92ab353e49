"""A small log made by hand with a city's keys: what an honest backend would never log, in bundles that hold else."""

from civicroot_wire import batch, checkpoint, merkle, note, proof, record
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.logged import Logged
from civicroot_wire.proof import Proof
from civicroot_wire.sodium import Signer

from tests.backend.city import City, signed_header, signed_record

GATEWAY_BIT, DEVICE_BIT = 10, 11  # the backend's own key has the first


class HandMadeLog:
    """Entries under a head of their own that the city's log key signed."""

    def __init__(self, city: City, entries: list[bytes]) -> None:
        self._entries = entries
        self._leaves = [merkle.leaf_hash(entry) for entry in entries]
        key = note.VerifierKey(f"{city.realm}/log", city.log_key.public)
        head = Checkpoint(key.name, len(entries), merkle.root(self._leaves))
        self.note = checkpoint.sign(head, key, city.log_key)

    def logged(self, index: int) -> Logged:
        """An entry with its path."""
        path = merkle.inclusion_path(merkle.of_list(self._leaves), index, len(self._leaves))
        return Logged(self._entries[index], index, path)


def proof_after_revocation(city: City, gateway: Signer, device: Signer, subject: str) -> bytes:
    """A proof of a reading that a backend batched although its device's key had been withdrawn before."""
    reading = signed_record(device, 0)
    log = HandMadeLog(
        city,
        [
            city.enrolment(gateway, "gateway/1", batch.ROLE, status=(GATEWAY_BIT, city.status_uri)),
            city.enrolment(device, subject, record.ROLE, status=(DEVICE_BIT, city.status_uri)),
            city.revocation(device, subject),
            signed_header(gateway, 0, [reading]),
            city.status_list([DEVICE_BIT]),
        ],
    )
    found = Proof(city.realm, reading, 0, [], log.logged(3), log.note, log.logged(1), log.logged(0), log.logged(4))
    found.device_revocation = log.logged(2)
    return proof.encode(found)
