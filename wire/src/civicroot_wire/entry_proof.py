"""Entry proof: everything needed to check one log entry that is no reading offline (SPEC.md §7.3)."""

from . import anchors as bundled_anchors
from . import checkpoint, multiproof, note, shape
from . import sighting as sightings
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError
from .logged import Logged
from .names import realm as check_realm

FORMAT = "civicroot/entry-proof/v1"
MAX_ENTRY_PROOF_BYTES = 128 * 1024  # an entry of 64 KiB, a status list as big, and their paths
_FORMAT, _REALM, _ENTRY, _CHECKPOINT, _ISSUER, _STATUS, _ANCHORS, _HASHES, _REVOCATION = 1, 2, 5, 6, 7, 9, 11, 12, 13
_SIGHTING = 15
_REQUIRED = (_FORMAT, _REALM, _ENTRY, _CHECKPOINT, _HASHES)
_OPTIONAL = (_ISSUER, _STATUS, _ANCHORS, _REVOCATION, _SIGHTING)
_LOGGED = (
    (_ENTRY, "entry"),
    (_ISSUER, "issuer's enrolment"),
    (_STATUS, "status list"),
    (_REVOCATION, "revocation"),
)


class EntryProof:
    """The parts of a bundle; nothing in it is verified.

    `entry` logged under `checkpoint` (a signed note); `issuer` is the logged enrolment of its signer, unless a
    registrar or the roots signed it; optionally a logged `status_list` and the logged `revocation` of a signer
    withdrawn later. `anchors`: trees with the entry that somebody outside fixed in time;
    `sighting`: a smaller tree with it that the quorum of witnesses had seen.
    """

    __slots__ = ("anchors", "checkpoint", "entry", "issuer", "realm", "revocation", "sighting", "status_list")

    def __init__(
        self,
        realm: str,
        entry: Logged,
        checkpoint: str,
        issuer: "Logged | None" = None,
        status_list: "Logged | None" = None,
        revocation: "Logged | None" = None,
        anchors: "list[bundled_anchors.Anchored] | None" = None,
        sighting: "sightings.Sighting | None" = None,
    ) -> None:
        self.realm = realm
        self.entry = entry
        self.checkpoint = checkpoint
        self.issuer = issuer
        self.status_list = status_list
        self.revocation = revocation
        self.anchors = anchors or []
        self.sighting = sighting

    @property
    def main(self) -> Logged:
        """The entry that anchors and sightings are of."""
        return self.entry


def encode(proof: EntryProof) -> bytes:
    """The bundle's bytes."""
    fields: "dict[int, object]" = {_FORMAT: FORMAT, _REALM: proof.realm, _CHECKPOINT: proof.checkpoint}
    entries = []
    for label, part in (
        (_ENTRY, proof.entry),
        (_ISSUER, proof.issuer),
        (_STATUS, proof.status_list),
        (_REVOCATION, proof.revocation),
    ):
        if part is not None:
            fields[label] = [part.entry, part.index]
            entries.append(part)
    if proof.anchors:
        fields[_ANCHORS] = bundled_anchors.to_item(proof.anchors)
    if proof.sighting is not None:
        fields[_SIGHTING] = proof.sighting.as_item()
    fields[_HASHES] = multiproof.gather(entries, checkpoint.size_in(proof.checkpoint))
    return encode_cbor(fields)


def decode(data: bytes) -> EntryProof:
    """Decode strictly; nothing is verified yet. Raises MalformedError, MerkleError."""
    fields = shape.mapping(decode_cbor(data, MAX_ENTRY_PROOF_BYTES), "entry proof", _REQUIRED, _OPTIONAL)
    if fields[_FORMAT] != FORMAT:
        raise MalformedError("wrong-kind", "format is not " + FORMAT)
    logged = {label: multiproof.placed(fields[label], what) for label, what in _LOGGED if label in fields}
    found = EntryProof(
        check_realm(shape.text(fields[_REALM], "realm")),
        logged[_ENTRY],
        note.text_of(fields[_CHECKPOINT], "checkpoint"),
        logged.get(_ISSUER),
        logged.get(_STATUS),
        logged.get(_REVOCATION),
        bundled_anchors.from_item(fields[_ANCHORS]) if _ANCHORS in fields else None,
        sightings.from_item(fields[_SIGHTING]) if _SIGHTING in fields else None,
    )
    multiproof.spread(fields[_HASHES], list(logged.values()), checkpoint.size_in(found.checkpoint))
    return found
