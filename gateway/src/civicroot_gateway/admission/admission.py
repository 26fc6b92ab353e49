"""Which records of an `up` message are accepted: a decision for each, over bytes, without I/O (SPEC.md §3.1, §8).

The caller applies each decision before it asks for the next, so that a number repeated inside one message meets
itself. Only faults that the device's own key vouches for are `final`, that is, told to the device as refused for
ever: a forged or garbled record says nothing about the good one that the device may hold under that number.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from civicroot_wire import cose, record, record_grammar
from civicroot_wire.cbor import encode, first_item
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.sequence import MAX_SEQ

from ..registry.registry import Registry
from ..signing import Verify
from .limits import MAX_UP_BYTES, MAX_UP_RECORDS
from .sequence_ledger import LedgerFull, SequenceLedger, SkippedNumber

LEDGER_FULL = "out-of-range"


@dataclass(slots=True)
class Accepted:
    """A new, verified record and its content digest."""

    record: record.Record
    digest: bytes


@dataclass(slots=True)
class Duplicate:
    """The same content again: nothing to do but to acknowledge. `compared` is False if its digest is forgotten."""

    seq: int
    data: bytes
    compared: bool


@dataclass(slots=True)
class Refused:
    """Bytes that are not accepted, and why.

    `seq` is known if the device should give up (`final`); `other` is the number of the record that it contradicts.
    """

    reason: str
    detail: str
    data: bytes
    seq: int | None = None
    final: bool = False
    other: int | None = None


Decision = Accepted | Duplicate | Refused
DigestOf = Callable[[bytes, int], bytes | None]


class Admission:
    """Judges records of one realm. `ledger_of(kid)` and `digest_of(kid, seq)` tell what was accepted before."""

    def __init__(
        self,
        realm: str,
        registry: Registry,
        ledger_of: Callable[[bytes], SequenceLedger],
        digest_of: DigestOf,
        verify: Verify,
    ) -> None:
        self._aad = cose.aad(record.KIND, realm)
        self._external = encode(self._aad)
        self._registry = registry
        self._ledger_of = ledger_of
        self._digest_of = digest_of
        self._verify = verify

    def decisions(self, device: bytes, payload: bytes) -> Iterator[Decision]:
        """Judge each record in a message under `device`'s topic, in order."""
        if len(payload) > MAX_UP_BYTES:
            yield Refused("too-large", f"message of {len(payload)} bytes", payload)
            return
        if not payload:
            yield Refused("truncated", "empty message", payload)
        position = count = 0
        while position < len(payload):
            # 1. Split: where an item has no end, the rest of the message has no meaning.
            found = record_grammar.scan(payload, position)  # what most devices send is split and decoded at once
            try:
                end = position + len(found.encoded) if found else first_item(payload, position)
            except WireError as error:
                yield Refused(error.reason, error.detail, payload[position:])
                return
            if count == MAX_UP_RECORDS:
                yield Refused("out-of-range", f"over {MAX_UP_RECORDS} records in a message", payload[position:])
                return
            yield self._judge(device, found) if found else self._decode(device, payload[position:end])
            position = end
            count += 1

    def _decode(self, device: bytes, data: bytes) -> Decision:
        # 2. Strict decoding, within the size of a record.
        try:
            found = record.decode(data)
        except WireError as error:
            seq = self._signed_seq(device, data)
            return Refused(error.reason, error.detail, data, seq, final=seq is not None)
        return self._judge(device, found)

    def _judge(self, device: bytes, found: record.Record) -> Decision:
        try:
            # 3. Under its own topic: no device speaks for another.
            if found.kid != device:
                raise TrustError("wrong-topic", f"record of {found.kid.hex()}")
            # 4. Enrolled as a device, and not withdrawn before this number: nobody invents one, no other role reports.
            key = self._registry.accepts(device, record.ROLE, found.seq)
            # 5. Signed by that key, as a record, in this realm.
            structure = found.sig_structure(self._external)
            self._verify(key.public, structure, found.signature)
        except WireError as error:
            return Refused(error.reason, error.detail, found.encoded)
        # 6. Its number is new.
        return self._judge_number(found, hashlib.sha256(structure).digest())

    def _judge_number(self, found: record.Record, digest: bytes) -> Decision:
        try:
            if not self._ledger_of(found.kid).knows(found.sequence):
                return Accepted(found, digest)
        except SkippedNumber as error:
            return Refused(error.reason, error.detail, found.encoded, found.seq, final=True, other=error.other)
        except LedgerFull as error:
            return Refused(LEDGER_FULL, str(error), found.encoded, found.seq)
        known = self._digest_of(found.kid, found.seq)
        if known is not None and known != digest:
            detail = f"seq {found.seq} has other content, digest {known.hex()}"
            return Refused("equivocation", detail, found.encoded, found.seq, final=True, other=found.seq)
        return Duplicate(found.seq, found.encoded, compared=known is not None)

    def _signed_seq(self, device: bytes, data: bytes) -> int | None:
        """The number of a record that is wrong inside but that the device's key did sign, else None."""
        try:
            message = cose.parse(data, MAX_UP_BYTES)
            if message.headers.get(cose.ALG) != cose.ED25519 or message.headers.get(cose.KID) != device:
                return None
            key = self._registry.signer(device, record.ROLE)
            self._verify(
                key.public, cose.sig_structure(message.protected, message.payload, self._aad), message.signature
            )
        except WireError:
            return None  # not the device's word; it is refused for the fault that decoding found
        sequence = message.headers.get(cose.SEQUENCE)
        seq = sequence[0] if isinstance(sequence, list) and sequence else None
        return seq if type(seq) is int and 0 <= seq <= MAX_SEQ else None
