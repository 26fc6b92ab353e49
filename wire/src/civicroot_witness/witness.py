"""The witness: judges a request, remembers, and only then signs. No HTTP here."""

import logging
from collections.abc import Callable
from pathlib import Path

from civicroot_cli.main import CommandError
from civicroot_wire import cosignature, note
from civicroot_wire.errors import WireError
from civicroot_wire.note import Note, SignatureLine, VerifierKey
from civicroot_wire.sodium import Signer, verify

from . import evidence, request
from .clock import check_time
from .errors import BadProof, ClockWrong, Forgotten, OldSize, OtherRoot, Refusal, StoreError, UnknownOrigin
from .evidence import FORK, UNPROVED, Evidence
from .judge import Head, judge
from .request import Request
from .store import Store
from .submitted import Submitted
from .trusted import check_signed

_FORGOTTEN = (
    "this witness signed more than its database knows: an old copy was restored, or another runs with its key. It "
    "signs nothing any more; make a new witness with a new key, and tell the logs"
)
_log = logging.getLogger(__name__)


class Witness:
    """Cosigns what the logs in `store` sign, each as one history. `clock` gives Unix seconds. Threads may share it."""

    def __init__(self, name: str, signer: Signer, store: Store, folder: Path, clock: Callable[[], float]) -> None:
        self.key = VerifierKey(name, signer.public, note.COSIGNATURE)
        self.store = store
        self._sign = signer
        self._folder = folder
        self._clock = clock
        store.check_owner(name, signer.public)
        for found in store.all_evidence():
            self._write(found)

    def add_checkpoint(self, body: bytes) -> str:
        """The cosignature line for a request's body. Raises Refusal or StoreError: nothing was signed."""
        # 1. The request is well-formed.
        asked = request.parse(body)
        # 2. This witness was told of the log.
        keys = self.store.keys(asked.submitted.origin)
        if not keys:
            raise UnknownOrigin(f"unknown log: {asked.submitted.origin[:100]}")
        # 3. A key of the log that is valid at this size signed it.
        signed = check_signed(asked.submitted, keys, verify)
        # 4. This witness remembers all that it ever signed, as far as the checkpoint shows.
        self._check_memory(asked.submitted)
        # 5. It is the tree that was cosigned last, or grew from it; that is durable before anybody sees a signature.
        try:
            head = self._advance(asked, signed)
        except (OtherRoot, BadProof, OldSize) as refusal:
            self._keep_evidence(asked, signed, refusal)
            raise
        # 6. Sign what is on the disk.
        return cosignature.sign(signed.body, head.time, self.key, self._sign)

    def checkpoint(self, origin: str) -> str | None:
        """The newest cosigned checkpoint of a log with this witness's line; None if there is none."""
        head = self.store.latest(origin)
        if head is None:
            return None
        body = note.parse(head.note).body
        return head.note + cosignature.sign(body, head.time, self.key, self._sign)

    def memory_fault(self) -> str | None:
        """Why nothing can be signed ever again; None if nothing is known to be forgotten."""
        return _FORGOTTEN if self.store.forgotten() else None

    def clock_fault(self) -> str | None:
        """Why nothing can be signed at this time; None if the clock may be right."""
        try:
            check_time(int(self._clock()), self.store.last_time())
        except ClockWrong as error:
            return str(error)
        return None

    def _check_memory(self, submitted: Submitted) -> None:
        """Raise Forgotten, now and ever after, if it carries a cosignature of ours that the database cannot know of."""
        for line in submitted.note.lines:
            if not self.store.forgotten() and line.is_by(self.key) and self._is_unknown(submitted, line):
                _log.critical("%s", _FORGOTTEN)
                self.store.forget()
        if self.store.forgotten():
            raise Forgotten(_FORGOTTEN)

    def _is_unknown(self, submitted: Submitted, line: SignatureLine) -> bool:
        try:
            time = cosignature.verify(submitted.note.body, line, self.key, verify)
        except WireError:
            return False  # somebody else wrote it
        latest, same = self.store.latest(submitted.origin), self.store.head_at(submitted.origin, submitted.size)
        if time > self.store.last_time() or latest is None or submitted.size > latest.size:
            return True
        return same is not None and same.root != submitted.root

    def _advance(self, asked: Request, signed: Note) -> Head:
        """Judge and remember as one step, so that of two requests only one can be the next."""
        origin = asked.submitted.origin
        with self.store.write():
            judge(self.store.latest(origin), asked)
            time = check_time(int(self._clock()), self.store.last_time())
            head = Head(asked.submitted.size, asked.submitted.root, note.render(signed), time)
            self.store.record(origin, head)
        return head

    def _keep_evidence(self, asked: Request, signed: Note, refusal: Refusal) -> None:
        """Keep both signed heads if they contradict each other, or were not shown not to."""
        submitted = asked.submitted
        try:
            same_size = self.store.head_at(submitted.origin, submitted.size)
            forked = same_size is not None and same_size.root != submitted.root
            other = same_size if forked else self.store.latest(submitted.origin)
            if other is None or not (forked or isinstance(refusal, BadProof)) or other.size == 0:
                return
            kind = FORK if forked else UNPROVED
            texts = (other.size, other.note, submitted.size, note.render(signed))
            found = Evidence(0, submitted.origin, kind, *texts, asked.proof, int(self._clock()))
            kept = self.store.add_evidence(found, submitted.root)
        except StoreError:
            _log.exception("evidence about %s could not be kept", submitted.origin)
            return
        if kept is not None:
            _log.error("%s: %s", submitted.origin, kept.says)
            self._write(kept)

    def _write(self, found: Evidence) -> None:
        """Files are a copy for people: that they cannot be written stops nothing; the next start tries again."""
        try:
            evidence.write(self._folder, found)
        except (OSError, CommandError):
            _log.exception("evidence %d could not be written to a file", found.number)
