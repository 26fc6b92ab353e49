"""Proof bundle: everything needed to check one reading offline (SPEC.md §7)."""

from . import logged, note, shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError
from .logged import Logged
from .merkle import MAX_PATH
from .names import realm as check_realm
from .record import MAX_RECORD_BYTES

FORMAT = "civicroot/proof/v1"
MAX_PROOF_BYTES = 64 * 1024  # typical 2–5 KiB, with room for anchors
_FORMAT, _REALM, _RECORD, _PLACE, _HEADER, _CHECKPOINT, _DEVICE, _GATEWAY, _STATUS, _BEACON, _ANCHORS = range(1, 12)
_REQUIRED = (_FORMAT, _REALM, _RECORD, _PLACE, _HEADER, _CHECKPOINT, _DEVICE, _GATEWAY)
_OPTIONAL = (_STATUS, _BEACON, _ANCHORS)


class Proof:
    """The parts of a bundle; nothing in it is verified.

    `record` exact bytes at `index` of its batch with `path`; `header`, `device` and `gateway` enrolments logged
    under `checkpoint` (a signed note); optionally a logged `status_list` and the `beacon` note.
    """

    __slots__ = (
        "beacon", "checkpoint", "device", "gateway", "header", "index", "path", "realm", "record", "status_list",
    )  # fmt: skip

    def __init__(
        self,
        realm: str,
        record: bytes,
        index: int,
        path: "list[bytes]",
        header: Logged,
        checkpoint: str,
        device: Logged,
        gateway: Logged,
        status_list: "Logged | None" = None,
        beacon: "str | None" = None,
    ) -> None:
        self.realm = realm
        self.record = record
        self.index = index
        self.path = path
        self.header = header
        self.checkpoint = checkpoint
        self.device = device
        self.gateway = gateway
        self.status_list = status_list
        self.beacon = beacon


def encode(proof: Proof) -> bytes:
    """The bundle's bytes."""
    fields: "dict[int, object]" = {
        _FORMAT: FORMAT,
        _REALM: proof.realm,
        _RECORD: proof.record,
        _PLACE: [proof.index, proof.path],
        _HEADER: proof.header.as_item(),
        _CHECKPOINT: proof.checkpoint,
        _DEVICE: proof.device.as_item(),
        _GATEWAY: proof.gateway.as_item(),
    }
    if proof.status_list is not None:
        fields[_STATUS] = proof.status_list.as_item()
    if proof.beacon is not None:
        fields[_BEACON] = proof.beacon
    return encode_cbor(fields)


def decode(data: bytes) -> Proof:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    fields = shape.mapping(decode_cbor(data, MAX_PROOF_BYTES), "proof", _REQUIRED, _OPTIONAL)
    if fields[_FORMAT] != FORMAT:
        raise MalformedError("wrong-kind", "format is not " + FORMAT)
    if _ANCHORS in fields:
        raise MalformedError("untrusted", "this version accepts no anchors")
    index, path = shape.array(fields[_PLACE], "place in the batch", 2, 2)
    return Proof(
        check_realm(shape.text(fields[_REALM], "realm")),
        shape.octets(fields[_RECORD], "record", 1, MAX_RECORD_BYTES),
        shape.integer(index, "index in the batch", 0, shape.UINT32),
        shape.hashes(path, "batch path", MAX_PATH),
        logged.from_item(fields[_HEADER], "header"),
        _note(fields[_CHECKPOINT], "checkpoint"),
        logged.from_item(fields[_DEVICE], "device enrolment"),
        logged.from_item(fields[_GATEWAY], "gateway enrolment"),
        logged.from_item(fields[_STATUS], "status list") if _STATUS in fields else None,
        _note(fields[_BEACON], "beacon") if _BEACON in fields else None,
    )


def _note(value: object, what: str) -> str:
    return shape.text(value, what, 1, note.MAX_NOTE_BYTES)
