"""An anchor that a trust policy accepts: who fixes a tree in time, and how to recognise it (SPEC.md §6.1)."""

from . import base64, shape
from .errors import MalformedError
from .names import realm as check_name
from .trusted import MAX_INDEX, Trusted, range_of

EVM, OPENTIMESTAMPS, RFC3161 = "evm", "opentimestamps", "rfc3161"
MAX_CERTIFICATE_BYTES = 4096  # a CA certificate with an RSA key of 8,192 bits has some 2,200
MAX_BLOCKS = 64  # pinned one by one; whoever has more sets a minimum of work
MAX_WORK = 255  # a hash has 256 bits
HASH_BYTES = 32
ADDRESS_BYTES = 20
_HEX = "0123456789abcdef"
_COMMON = ("name", "kind", "first")
_OWN = {EVM: ("chain", "contract"), OPENTIMESTAMPS: ("work", "blocks"), RFC3161: ("certificate",)}


class Anchor(Trusted):
    """`name` and `kind`, trusted for trees whose newest entry has an index from `first` to `last` (None: no end).

    evm: `chain` (EIP-155 id) and `contract` (20 bytes). opentimestamps: `work` (a block's hash is at most
    2^(256−work)) and `blocks` (hashes as computed, whatever their work). rfc3161: `certificate` (DER of the CA).
    Attributes of other kinds are None.
    """

    __slots__ = ("blocks", "certificate", "chain", "contract", "kind", "work")

    def __init__(self, value: object) -> None:
        kind = _kind(value)
        fields = shape.mapping(value, "anchor", _COMMON + _OWN[kind], ("last",))
        self.kind = kind
        first, last = range_of(fields)
        super().__init__(check_name(shape.text(fields["name"], "anchor's name")), first, last)
        self.chain: "int | None" = None
        self.contract: "bytes | None" = None
        self.work: "int | None" = None
        self.blocks: "list[bytes] | None" = None
        self.certificate: "bytes | None" = None
        if kind == EVM:
            self.chain = shape.integer(fields["chain"], "chain", 1, MAX_INDEX)
            self.contract = _address(shape.text(fields["contract"], "contract"))
        elif kind == OPENTIMESTAMPS:
            self.work = shape.integer(fields["work"], "work", 0, MAX_WORK)
            self.blocks = [_block(item) for item in shape.array(fields["blocks"], "blocks", 0, MAX_BLOCKS)]
        else:
            encoded = shape.text(fields["certificate"], "certificate", 1, 2 * MAX_CERTIFICATE_BYTES)
            self.certificate = shape.octets(base64.decode(encoded), "certificate", 1, MAX_CERTIFICATE_BYTES)


def _kind(value: object) -> str:
    if not isinstance(value, dict):
        raise MalformedError("wrong-type", "anchor is not a map")
    if "kind" not in value:
        raise MalformedError("missing-key", "anchor lacks key kind")
    kind = shape.text(value["kind"], "anchor's kind")
    if kind not in _OWN:
        raise MalformedError("wrong-kind", "no kind of anchor: " + kind)
    return kind


def _address(text: str) -> bytes:
    if text[:2] != "0x":
        raise MalformedError("malformed", "a contract's address begins with 0x")
    return _from_hex(text[2:], ADDRESS_BYTES)


def _block(item: object) -> bytes:
    """A block's hash as people write it: the last byte first."""
    found = _from_hex(shape.text(item, "block hash"), HASH_BYTES)
    return bytes(reversed(found))


def _from_hex(digits: str, size: int) -> bytes:
    if len(digits) != 2 * size or any(digit not in _HEX for digit in digits):
        raise MalformedError("malformed", "not %d lower-case hex digits: %s" % (2 * size, digits))
    return bytes.fromhex(digits)
