"""The shelf of artefacts in the public store, and the pieces of them that gateways want (wire specification §8)."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable

from civicroot_wire import batch, piece
from civicroot_wire.errors import WireError
from civicroot_wire.piece import MAX_CONTENT_BYTES, UNKNOWN, Piece, Want
from civicroot_witness.token_buckets import TokenBuckets

from civicroot_backend.errors import ArtefactRefused, StoreError
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.store.presentation import ARTEFACTS
from civicroot_backend.store.store import BlobStore

MAX_GATEWAYS = 4096  # whose shares are remembered
# Of each gateway: a megabyte in two seconds, which its uplink seldom has; the thread that commits batches answers.
PIECES_AT_ONCE, PIECES_PER_SECOND = 64, 50.0
LOADS_AT_ONCE, LOADS_PER_SECOND = 32, 0.5  # artefacts read from the store; a bucket takes its time to answer
ABSENT_SECONDS = 10.0  # until something that was not there is looked for again
IN_MEMORY = 8  # artefacts, the largest a megabyte: releases of all models that are being rolled out

_log = logging.getLogger(__name__)


def name_of(digest: bytes) -> str:
    """Where an artefact lies in the store."""
    return ARTEFACTS + digest.hex()


def offer(store: BlobStore, content: bytes) -> bytes:
    """Put an artefact where gateways get it; its SHA-256. Raises ArtefactRefused, StoreError."""
    if not 0 < len(content) <= MAX_CONTENT_BYTES:
        raise ArtefactRefused(f"an artefact has 1 to {MAX_CONTENT_BYTES} bytes, not {len(content)}")
    digest = hashlib.sha256(content).digest()
    store.put([(name_of(digest), content)])
    return digest


class Shelf:
    """Answers gateways out of `store`; one thread asks. `clock` is monotonic seconds."""

    def __init__(self, store: BlobStore, keys: KeyDirectory, clock: Callable[[], float]) -> None:
        self._store = store
        self._keys = keys
        self._shares = TokenBuckets(PIECES_AT_ONCE, PIECES_PER_SECOND, MAX_GATEWAYS, clock)
        self._loads = TokenBuckets(LOADS_AT_ONCE, LOADS_PER_SECOND, MAX_GATEWAYS, clock)
        self._contents: OrderedDict[bytes, bytes] = OrderedDict()
        self._absent: OrderedDict[bytes, float] = OrderedDict()  # and since when
        self._clock = clock

    def answer(self, gateway: bytes, message: bytes) -> bytes | None:
        """The piece that a gateway wants, or why there is none; None: no answer, ask again later."""
        try:
            # 1. An enrolled gateway, which keeps to its share: nobody else is answered.
            self._keys.require(gateway, batch.ROLE)
            if self._keys.revocation(gateway) is not None or self._shares.take(gateway):
                return None
            want = piece.decode_want(message)
        except WireError as error:
            _log.warning("want of gateway %s: %s", gateway.hex(), error)
            return None
        # 2. Of an artefact that is there and is what its name says.
        absent = self._clock() - self._absent.get(want.digest, float("-inf")) < ABSENT_SECONDS
        if want.digest not in self._contents and not absent and not self._load(gateway, want.digest):
            return None
        return piece.encode(_cut(want, self._contents.get(want.digest)))

    def _load(self, gateway: bytes, digest: bytes) -> bool:
        if self._loads.take(gateway):
            return False
        try:
            content = self._store.get(name_of(digest))
        except StoreError as error:
            _log.warning("artefact %s: %s", digest.hex(), error)
            return False
        if content is not None and hashlib.sha256(content).digest() != digest:
            _log.error("artefact %s is damaged in the store", digest.hex())
            content = None
        if content is None:
            self._absent[digest] = self._clock()
        else:
            self._contents[digest] = content
        for kept in (self._contents, self._absent):
            if len(kept) > IN_MEMORY:
                kept.popitem(last=False)
        return True


def _cut(want: Want, content: bytes | None) -> Piece:
    if content is None or want.offset >= len(content):
        return Piece(want.digest, reason=UNKNOWN)
    return Piece(want.digest, want.offset, content[want.offset : want.offset + want.length], len(content))
