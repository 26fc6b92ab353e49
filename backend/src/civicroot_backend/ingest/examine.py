"""Examining: what can be said of a batch message without knowing what was committed (wire specification §4.1)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import batch, cose, record, record_grammar, verdict
from civicroot_wire.cbor import encode
from civicroot_wire.errors import MalformedError, TrustError, WireError

from civicroot_backend.ingest.key_directory import KeyDirectory

MAX_AHEAD = 300  # seconds that a gateway's clock may be ahead of ours (§4.1)

Verify = Callable[[bytes, bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch message whose header, size and root hold. `digest` names the message in its verdict."""

    message: bytes
    digest: bytes
    header: batch.Header
    content_digest: bytes
    records: list[bytes]


@dataclass(frozen=True, slots=True)
class GoodRecord:
    """A record signed by an enrolled device."""

    record: record.Record
    content_digest: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that is rejected whatever came before it. `kid` and `seq`: what it says, None if it does not decode."""

    encoded: bytes
    reason: str
    detail: str
    kid: bytes | None = None
    seq: int | None = None


class Examiner:
    """Knows the realm and who is enrolled. `verify(public, message, signature)` raises SignatureError."""

    def __init__(self, realm: str, keys: KeyDirectory, verify: Verify) -> None:
        self._realm = realm
        self._keys = keys
        self._verify = verify
        self._external = encode(cose.aad(record.KIND, realm))

    def open(self, message: bytes, topic_gateway: bytes, now: float) -> Opened:
        """The batch in a message on a gateway's topic, records unread. Raises WireError: the batch is refused."""
        # 1. Strict form: nothing else is a batch, and no bytes go unlooked at.
        encoded, records = batch.decode_message(message)
        header = batch.decode_header(encoded)
        # 2. On its own topic: no gateway speaks for another.
        if header.kid != topic_gateway:
            raise TrustError("wrong-topic", f"header of {header.kid.hex()} on the topic of {topic_gateway.hex()}")
        # 3. An enrolled gateway: not an invented one, not a device's key.
        key = self._keys.require(header.kid, batch.ROLE)
        # 4. It signed this header, in this realm.
        batch.verify_header(header, self._realm, key.public, self._verify)
        # 5. These are the records that it signed for: none more, none less, none changed.
        batch.check_records(header, records)
        # 6. It does not claim to be of the future.
        if header.closed > now + MAX_AHEAD:
            raise WireError("bad-time", f"closed {header.closed - int(now)} s ahead")
        content = batch.content_digest(header, self._realm)
        return Opened(message, verdict.digest_of(message), header, content, records)

    def record(self, encoded: bytes) -> GoodRecord | BadRecord:
        """One record of a batch: good, or why not."""
        kid = seq = None
        try:
            # 1. Strict form and size.
            found = record_grammar.decode(encoded)
            kid, seq = found.kid, found.seq
            # 2. An enrolled device.
            key = self._keys.require(kid, record.ROLE)
            # 3. It signed this, as a record, in this realm. The directory has each key under its own kid.
            signed = found.sig_structure(self._external)
            self._verify(key.public, signed, found.signature)
        except WireError as error:
            return BadRecord(encoded, error.reason, error.detail, kid, seq)
        return GoodRecord(found, hashlib.sha256(signed).digest())


def refusal_reason(error: WireError) -> str:
    """What a verdict calls a refusal: §4.1 has one name for a message or header that does not decode."""
    return "malformed" if isinstance(error, MalformedError) else error.reason
