"""Attestation: who saw a message. Nothing here says that it is true."""

from dataclasses import dataclass

from civicroot_wire.errors import MalformedError

from .octets import MAX_VARUINT, Octets, varbytes, varuint

TAG_BYTES = 8
MAX_PAYLOAD_BYTES = 8192
MAX_URI_BYTES = 1000
_URI = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:"
)  # no query, no login, no escape

PENDING = bytes.fromhex("83dfe30d2ef90c8e")
BITCOIN = bytes.fromhex("0588960d73d71901")
LITECOIN = bytes.fromhex("06869a0d73d71b45")
ETHEREUM = bytes.fromhex("30fe8087b5c7ead7")
CHAINS = {BITCOIN: "bitcoin", LITECOIN: "litecoin", ETHEREUM: "ethereum"}


@dataclass(frozen=True, slots=True)
class Pending:
    """A calendar at `uri` has it and will have more."""

    uri: str

    def __post_init__(self) -> None:
        if len(self.uri) > MAX_URI_BYTES:
            raise MalformedError("out-of-range", "a URI has at most %d bytes" % MAX_URI_BYTES)
        if not _URI.issuperset(self.uri.encode()):
            raise MalformedError("bad-text", "a calendar's URI has only letters, digits and -._/:")

    @property
    def tag(self) -> bytes:
        """Its kind in a file."""
        return PENDING

    def payload(self) -> bytes:
        """What follows the tag."""
        return varbytes(self.uri.encode())


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """The message is the Merkle root of the block at `height` of the chain `tag`; for Ethereum the transactions' root.

    The height is where to look, not a proof: only the block's header shows that its root is the message.
    """

    tag: bytes
    height: int

    def __post_init__(self) -> None:
        if self.tag not in CHAINS:
            raise MalformedError("wrong-kind", "no chain has tag " + self.tag.hex())
        if not 0 <= self.height <= MAX_VARUINT:
            raise MalformedError("out-of-range", "a height has at most 64 bits")

    @property
    def chain(self) -> str:
        """The chain's name."""
        return CHAINS[self.tag]

    def payload(self) -> bytes:
        """What follows the tag."""
        return varuint(self.height)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A notary that is not known here: kept as it is."""

    tag: bytes
    content: bytes

    def __post_init__(self) -> None:
        if len(self.tag) != TAG_BYTES or self.tag in CHAINS or self.tag == PENDING:
            raise MalformedError("wrong-kind", "not the tag of an unknown notary: " + self.tag.hex())
        if len(self.content) > MAX_PAYLOAD_BYTES:
            raise MalformedError("out-of-range", "a payload has at most %d bytes" % MAX_PAYLOAD_BYTES)

    def payload(self) -> bytes:
        """What follows the tag."""
        return self.content


Attestation = Pending | BlockHeader | Unknown


def order(attestation: Attestation) -> tuple[bytes, int, bytes]:
    """Their order in a file: by tag, then by height, URI or payload."""
    if isinstance(attestation, BlockHeader):
        return attestation.tag, attestation.height, b""
    content = attestation.uri.encode() if isinstance(attestation, Pending) else attestation.content
    return attestation.tag, 0, content


def encode(attestation: Attestation) -> bytes:
    """Its bytes in a file."""
    return attestation.tag + varbytes(attestation.payload())


def read(octets: Octets) -> Attestation:
    """The next attestation. Raises MalformedError."""
    tag = octets.take(TAG_BYTES)
    content = octets.varbytes(0, MAX_PAYLOAD_BYTES, "an attestation's payload")
    if tag != PENDING and tag not in CHAINS:
        return Unknown(tag, content)
    inner = Octets(content)
    found = _pending(inner) if tag == PENDING else BlockHeader(tag, inner.varuint())
    inner.finish("the attestation")
    return found


def _pending(inner: Octets) -> Pending:
    uri = inner.varbytes(0, MAX_URI_BYTES, "a URI")
    if not _URI.issuperset(uri):
        raise MalformedError("bad-text", "a calendar's URI has only letters, digits and -._/:")
    return Pending(uri.decode("ascii"))
