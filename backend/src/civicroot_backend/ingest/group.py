"""A group of batches inside its transaction: settled one by one, so that each sees those before it, then written."""

from typing import Any

from civicroot_wire import batch
from civicroot_wire.errors import WireError
from civicroot_wire.verdict import Verdict, digest_of
from sqlalchemy import Connection, Table, insert, select

from civicroot_backend.database.tables import MAX_TIME, batches, dispositions, records, skips, thinned
from civicroot_backend.errors import StoreConflict
from civicroot_backend.ingest import history_reader
from civicroot_backend.ingest.evidence import BATCH, RECORD, Refused, Tally
from civicroot_backend.ingest.examine import BadRecord, GoodRecord, Opened, refusal_reason
from civicroot_backend.ingest.history import History, KeySeq, KnownBatch
from civicroot_backend.ingest.judge import (
    ACCEPTED,
    DUPLICATE,
    Decision,
    Equivocation,
    Judgement,
    committed_before,
    judge,
    refuse_revoked,
)
from civicroot_backend.log import kinds
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.store.store import BATCHES, BlobStore

COMMITTED, REPEATED = "committed", "repeated"  # counted in scope BATCH

Row = dict[str, Any]


class Group:
    """`accepted` and `logged` say what `write` makes durable. `examined`: by message digest, records of new batches."""

    def __init__(self, connection: Connection, now: float, examined: dict[bytes, list[GoodRecord | BadRecord]]) -> None:
        self.accepted: list[KeySeq] = []
        self.logged = 0
        self._connection = connection
        self._now = now
        self._examined = examined
        self._sequencer = Sequencer(connection)
        self._tally = Tally()
        self._history = History()
        self._rejected: dict[int, list[tuple[int, str]]] = {}  # by log index, of batches of this group
        self._blobs: dict[str, bytes] = {}
        self._rows: dict[Table, list[Row]] = {batches: [], records: [], dispositions: [], skips: [], thinned: []}

    def load(self, opened: list[Opened]) -> None:
        """Read what was committed before, as far as these batches need it."""
        history_reader.read_batches(self._connection, self._history, [item.header for item in opened])
        good = [item for listed in self._examined.values() for item in listed if isinstance(item, GoodRecord)]
        history_reader.read_records(self._connection, self._history, good)
        kids = [item.header.kid for item in opened] + [item.record.kid for item in good]
        history_reader.read_revocations(self._connection, self._history, kids)

    def settle(self, gateway: bytes, message: bytes, opened: Opened | WireError) -> Verdict:
        """Decide on one message; the verdict holds once `write` is committed."""
        if isinstance(opened, WireError):
            return self._refuse(gateway, message, opened)
        try:
            known = committed_before(opened, self._history)
        except Equivocation as error:
            return self._refuse(gateway, message, error, opened.header, error.other)
        if known is not None:
            self._tally.count(BATCH, REPEATED)
            return Verdict(opened.digest, known.log_index, self._rejected_of(known.log_index))
        try:
            refuse_revoked(opened, self._history)
        except WireError as error:
            return self._refuse(gateway, message, error, opened.header)
        return self._commit(opened)

    def write(self, store: BlobStore) -> None:
        """Blobs, durably; then every row."""
        store.put(self._new_blobs(store))
        for table, rows in self._rows.items():
            if rows:
                self._connection.execute(insert(table), rows)
        self._tally.write(self._connection, self._now)

    def _refuse(
        self,
        gateway: bytes,
        message: bytes,
        error: WireError,
        header: batch.Header | None = None,
        other: bytes | None = None,
    ) -> Verdict:
        kid, seq = (header.kid, header.sequence.seq) if header else (None, None)
        kept = header.encoded if header else message
        self._tally.refuse(Refused(BATCH, error.reason, error.detail, kept, gateway, kid, seq, other))
        return Verdict(digest_of(message), reason=refusal_reason(error))

    def _commit(self, opened: Opened) -> Verdict:
        header = opened.header
        seq = header.sequence.seq
        judgement = judge(opened, self._examined[opened.digest], self._history)
        index = self._sequencer.append(kinds.BATCH, header.encoded)
        self.logged += 1
        self._history.batches[header.kid, seq] = KnownBatch(opened.content_digest, index, header.encoded)
        self._rejected[index] = judgement.rejected
        self._blobs.setdefault(BATCHES + header.root.hex(), opened.message)
        self._rows[batches].append(_batch_row(opened, index, int(self._now)))
        self._tally.count(BATCH, COMMITTED)
        self._note_header(header, judgement)
        for decision in judgement.decisions:
            self._add(decision, index, header.kid)
        return Verdict(opened.digest, index, judgement.rejected)

    def _note_header(self, header: batch.Header, judgement: Judgement) -> None:
        seq = header.sequence.seq
        if judgement.conflict is None:
            self._add_skip(header.kid, seq, header.sequence.skip)
            return
        self._tally.count(BATCH, judgement.conflict)
        detail = "committed, although its number or one that it skipped contradicts another header"
        self._tally.keep(Refused(BATCH, judgement.conflict, detail, header.encoded, header.kid, header.kid, seq))

    def _add(self, decision: Decision, log_index: int, gateway: bytes) -> None:
        item = decision.examined
        if decision.status == ACCEPTED and isinstance(item, GoodRecord):
            self._rows[records].append(_record_row(item, log_index, decision.index))
            self._add_skip(item.record.kid, item.record.seq, item.record.sequence.skip)
            self._rows[thinned] += [
                {"kid": item.record.kid, "first": first, "last": last} for first, last in item.record.sequence.thinned
            ]
            self.accepted.append((item.record.kid, item.record.seq))
            self._tally.count(RECORD, ACCEPTED)
            return
        kid, seq, encoded = _who(item)
        row = {"status": decision.status, "reason": decision.reason, "kid": kid, "seq": seq}
        self._rows[dispositions].append({"log_index": log_index, "batch_index": decision.index} | row)
        if decision.reason is None:
            self._tally.count(RECORD, DUPLICATE)
            return
        self._tally.refuse(
            Refused(RECORD, decision.reason, decision.detail, encoded, gateway, kid, seq, decision.other)
        )

    def _add_skip(self, kid: bytes, seq: int, skip: int) -> None:
        if skip:
            self._rows[skips].append({"kid": kid, "first": seq - skip, "last": seq - 1})

    def _rejected_of(self, log_index: int) -> list[tuple[int, str]]:
        if log_index in self._rejected:
            return self._rejected[log_index]
        columns = select(dispositions.c.batch_index, dispositions.c.reason)
        mine = (dispositions.c.log_index == log_index) & dispositions.c.reason.is_not(None)
        rows = self._connection.execute(columns.where(mine).order_by(dispositions.c.batch_index))
        return [(index, reason) for index, reason in rows]

    def _new_blobs(self, store: BlobStore) -> list[tuple[str, bytes]]:
        """Blobs that are not there yet. A re-homed device's lone record may have come under another header before."""
        new = []
        for name, message in self._blobs.items():
            there = store.get(name)
            if there is None:
                new.append((name, message))
            elif batch.decode_message(there)[1] != batch.decode_message(message)[1]:
                raise StoreConflict(f"{name} holds other records")
        return new


def _who(item: GoodRecord | BadRecord) -> tuple[bytes | None, int | None, bytes]:
    if isinstance(item, GoodRecord):
        return item.record.kid, item.record.seq, item.record.encoded
    return item.kid, item.seq, item.encoded


def _batch_row(opened: Opened, log_index: int, received: int) -> Row:
    header = opened.header
    return {
        "log_index": log_index,
        "root": header.root,
        "gateway": header.kid,
        "seq": header.sequence.seq,
        "size": header.size,
        "opened": header.opened,
        "closed": header.closed,
        "received": received,
        "content_digest": opened.content_digest,
    }


def _record_row(item: GoodRecord, log_index: int, batch_index: int) -> Row:
    return {
        "kid": item.record.kid,
        "seq": item.record.seq,
        "content_digest": item.content_digest,
        "log_index": log_index,
        "batch_index": batch_index,
        "time": None if item.record.pack.base_time is None else min(item.record.pack.base_time, MAX_TIME),
        "encoded": item.record.encoded,
    }
