"""What a contract recorded of this log, read from the chain itself: a city cannot leave out what it anchored.

    event Anchored(bytes32 indexed origin, uint64 size, bytes32 root, uint32 epoch)
    event EpochOpened(bytes32 indexed origin, uint32 epoch, uint64 size, bytes32 root, string reason)

Every event is kept in the auditor's memory and compared with its own tree once that has grown so far.
"""

import json
from dataclasses import dataclass
from typing import Any

from civicroot_anchor.evm_blocks import CONFIRMATIONS
from civicroot_anchor.evm_event import SIGNATURE, origin_hash
from civicroot_anchor.keccak import keccak256
from civicroot_wire.policy_anchor import Anchor

from .evm_node import Node, Refused, octets, quantity
from .findings import Finding
from .session import Session
from .times import moment

EPOCH_OPENED = keccak256(b"EpochOpened(bytes32,uint32,uint64,bytes32,string)")
WORD = 32
MAX_STEP = 1 << 20  # blocks asked for at once; nodes that allow fewer say so, and are asked for fewer
MAX_EVENTS = 100_000  # of an audit; the next goes on
MAX_REASON = 500  # characters that are shown
_MAX_SIZE = (1 << 63) - 1


@dataclass(frozen=True)
class _Event:
    block: int
    place: int
    words: bytes
    raw: dict[str, Any]
    opens_epoch: bool

    def number(self, word: int) -> int:
        return int.from_bytes(self.word(word), "big")

    def word(self, word: int) -> bytes:
        return self.words[word * WORD : (word + 1) * WORD]


class ContractEvents:
    """Reads what is new at the contract of `anchor`, and judges all that can be judged by now."""

    def __init__(self, session: Session, anchor: Anchor, origin: str, node: Node) -> None:
        self.read = 0  # events of this audit
        self._session = session
        self._anchor = anchor
        self._origin = origin
        self._node = node
        self._key = f"chain {anchor.chain} {(anchor.contract or b'').hex()}"

    def follow(self) -> str:
        """Read up to what is confirmed; what was found, for people. Raises SourceError, Missing."""
        state = self._session.state
        first, end = state.number(self._key), self._node.height() - CONFIRMATIONS + 2
        step = MAX_STEP
        while first < end and self.read < MAX_EVENTS:
            last = min(first + step, end) - 1
            try:
                found = [self._event(item) for item in self._ask(first, last)]
            except Refused:
                if step == 1:
                    raise
                step //= 4 if step > 4 else step
                step = max(step, 1)
                continue
            times = {event.block: self._node.time_of(event.block) for event in found}
            with state.step():
                for event in found:
                    self._keep(event, times[event.block])
                state.put(self._key, last + 1)
            first = last + 1
        with state.step():
            return self._judge(end - 1)

    def _ask(self, first: int, last: int) -> list[dict[str, Any]]:
        contract = self._anchor.contract or b""
        topics = ["0x" + SIGNATURE.hex(), "0x" + EPOCH_OPENED.hex()]
        return self._node.events(contract, [topics, "0x" + origin_hash(self._origin).hex()], first, last)

    def _event(self, item: dict[str, Any]) -> _Event:
        topics = item.get("topics")
        if not isinstance(topics, list) or len(topics) != 2 or octets(topics[1], WORD) != origin_hash(self._origin):
            raise Refused("the node lists an event that was not asked for")
        opens = octets(topics[0], WORD) == EPOCH_OPENED
        words = octets(item.get("data"))
        if len(words) < (5 if opens else 3) * WORD or octets(item.get("address"), 20) != self._anchor.contract:
            raise Refused("the node lists an event in an unknown form")
        return _Event(quantity(item.get("blockNumber")), quantity(item.get("logIndex")), words, item, opens)

    def _keep(self, event: _Event, time: int) -> None:
        self.read += 1
        if event.opens_epoch:
            self._epoch(event, time)
            return
        self._session.state.sql.execute(
            "INSERT OR IGNORE INTO contract_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                self._key,
                event.block,
                event.place,
                min(event.number(0), _MAX_SIZE),
                event.word(1),
                event.number(2) & 0xFFFFFFFF,
                time,
                json.dumps(event.raw),
            ),
        )

    def _epoch(self, event: _Event, time: int) -> None:
        epoch, start = event.number(0), 5 * WORD
        reason = event.words[start : start + min(event.number(4), MAX_REASON)].decode(errors="replace")
        detail = f"epoch {epoch} since {moment(time)} (block {event.block}), for the reason: {reason}"
        finding = Finding("anchor-epoch", self._about, detail, f"{self._key} {epoch}")
        self._session.book.add(finding, lambda: {"event.json": json.dumps(event.raw, indent=1).encode()})

    def _judge(self, to: int) -> str:
        """Compare what can be compared with the own tree. Inside a step."""
        session, own, name = self._session, self._session.known.own, self._key
        rows = session.state.sql.execute(
            "SELECT block, place, size, root, epoch, time, event FROM contract_events"
            " WHERE contract = ? AND judged = 0",
            (name,),
        ).fetchall()
        for block, place, size, root, epoch, time, raw in rows:
            if size > own.size:
                self._ahead(block, size, time)
                continue
            if own.root(size) != root:
                self._wrong(block, size, root, epoch, time, raw)
            session.state.sql.execute(
                "UPDATE contract_events SET judged = 1 WHERE contract = ? AND block = ? AND place = ?",
                (name, block, place),
            )
        count = session.state.sql.execute(
            "SELECT count(*) FROM contract_events WHERE contract = ?", (name,)
        ).fetchone()[0]
        return f"{count} events on chain {self._anchor.chain} up to block {to}, {self.read} of them new"

    def _wrong(self, block: int, size: int, root: bytes, epoch: int, time: int, raw: str) -> None:
        session, due = self._session, self._session.known.own.root(size)
        detail = (
            f"in block {block} ({moment(time)}, epoch {epoch}) it recorded {size} entries with root {root.hex()}, "
            f"the log that is served has root {due.hex()}"
        )
        finding = Finding("anchor-fork", self._about, detail, f"{self._key} {size} {root.hex()}")
        files = {"event.json": raw.encode(), **session.heads.covering(size)}
        session.book.add(finding, lambda: files)

    def _ahead(self, block: int, size: int, time: int) -> None:
        """What is anchored was published before; a block that was made just now may be ahead of what was just read."""
        session, own = self._session, self._session.known.own.size
        if time < session.now - session.options.tolerance:
            detail = f"in block {block} ({moment(time)}) it recorded {size} entries, {own} are served"
            session.book.add(Finding("anchor-ahead", self._about, detail, f"{self._key} {size}"), standing=True)

    @property
    def _about(self) -> str:
        return f"anchor {self._anchor.name}"
