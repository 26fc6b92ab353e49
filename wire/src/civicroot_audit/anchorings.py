"""External anchors: each that the city lists must hold, and be of the log that it serves; and there are new ones."""

from collections.abc import Callable

from civicroot_anchor.checks import anchor_checks
from civicroot_anchor.evm_blocks import FirstOf, Rpc
from civicroot_wire.anchors import AnchorFinding
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.finding import CHECKED
from civicroot_wire.policy import Policy
from civicroot_wire.policy_anchor import EVM, Anchor

from .anchors_listed import AnchorList, Listed, evidence_of
from .contract_events import ContractEvents
from .errors import Missing, SourceError
from .evm_node import Node
from .findings import ALARM, NOTICE, Finding
from .report import FAILED, HELD, NOT_CHECKED, Newest
from .session import Session
from .times import duration, moment

AnchorCheck = Callable[[bytes, Checkpoint, Anchor], AnchorFinding]

LATE_SECONDS = 7 * 86400  # Bitcoin's take hours, and a city may anchor once a day; a week without is worth a notice


class Anchorings:
    """Looks at what is new. Call it outside of steps, after the log was followed."""

    def __init__(self, session: Session, origin: str) -> None:
        self._session = session
        self._origin = origin
        self._nodes = [Node(url) for url in session.options.evm_rpc]
        self._wrong = 0

    def run(self) -> None:
        """Everything. Raises SourceError of the city; a node that does not answer is only said."""
        session, policy = self._session, self._session.known.policies.effective
        if not policy.anchors:
            session.check("anchors", NOT_CHECKED, "the policy accepts none: no clock outside fixes this log in time")
            return
        try:
            self._listed(policy)
            for anchor in policy.anchors:
                if anchor.kind == EVM:
                    self._chain(anchor)
        finally:
            for node in self._nodes:
                node.close()

    def _listed(self, policy: Policy) -> None:
        session = self._session
        try:
            found = AnchorList(session.source).all(policy)
        except Missing as error:
            session.check("anchors", NOT_CHECKED, f"{error}: no list of them; a mirror without the API has none")
            return
        size = session.known.own.size
        blocks = FirstOf([Rpc(node.url) for node in self._nodes]) if self._nodes else None
        checks = anchor_checks(blocks)
        for item in found:
            if item.size <= size and not self._is_known(item):
                self._examine(item, policy, checks)
        self._say(len([item for item in found if item.size <= size]))

    def _is_known(self, item: Listed) -> bool:
        """Whether it was checked before; what only a node could say is looked at again if there is one now."""
        row = self._session.state.sql.execute(
            "SELECT status FROM anchors WHERE name = ? AND size = ?", (item.name, item.size)
        ).fetchone()
        return row is not None and (row[0] == CHECKED or not self._nodes)

    def _examine(self, item: Listed, policy: Policy, checks: dict[str, AnchorCheck]) -> None:
        session = self._session
        about, identity = f"anchor {item.name}", f"{item.name} {item.size}"
        tree = Checkpoint(self._origin, item.size, session.known.own.root(item.size))
        try:
            evidence = evidence_of(session.source, item)
        except Missing as error:
            session.find(
                Finding("anchor-missing", about, f"its evidence of {item.size} entries: {error}", identity), True
            )
            self._wrong += 1
            return
        try:
            trusted = policy.anchor(item.name, item.size - 1)
            found = checks[trusted.kind](evidence, tree, trusted)
        except WireError as error:
            self._wrong += 1
            detail = f"its evidence does not hold for the {item.size} entries that the log begins with: {error}"
            files = {"evidence.cbor": evidence, "tree.txt": tree.body().encode(), **session.heads.covering(item.size)}
            with session.state.step():
                session.book.add(Finding("anchor-wrong", about, detail, identity), lambda: files)
            return
        row = (item.name, item.size, found.kind, found.status, found.time, found.says)
        with session.state.step():
            session.state.sql.execute("INSERT OR REPLACE INTO anchors VALUES (?, ?, ?, ?, ?, ?)", row)

    def _say(self, listed: int) -> None:
        session = self._session
        rows = dict(session.state.sql.execute("SELECT status, count(*) FROM anchors GROUP BY status").fetchall())
        checked, open_ones = rows.get(CHECKED, 0), sum(rows.values()) - rows.get(CHECKED, 0)
        says = f"{listed} listed, {checked} hold"
        if open_ones:
            says += f", {open_ones} rest on blocks that nobody looked up (--evm-rpc)"
        if self._wrong:
            session.check("anchors", FAILED, f"{says}, {self._wrong} do not")
        else:
            session.check("anchors", HELD if checked else NOT_CHECKED, says)

    def _chain(self, anchor: Anchor) -> None:
        session, name = self._session, f"contract {anchor.name}"
        if not self._nodes:
            says = (
                f"give --evm-rpc with a node of chain {anchor.chain}: what a city anchored, it cannot leave out there"
            )
            session.check(name, NOT_CHECKED, says)
            return
        try:
            node = next((node for node in self._nodes if node.chain() == anchor.chain), None)
            if node is None:
                session.check(name, NOT_CHECKED, f"no node that was given is of chain {anchor.chain}")
                return
            says = ContractEvents(session, anchor, self._origin, node).follow()
        except (SourceError, Missing) as error:
            session.check(name, NOT_CHECKED, str(error))
            return
        sql = session.state.sql
        about = (f"anchor {anchor.name}",)
        wrong = sql.execute("SELECT 1 FROM findings WHERE name = 'anchor-fork' AND about = ?", about).fetchone()
        session.check(name, FAILED if wrong else HELD, says)


def standing(session: Session) -> list[Newest]:
    """The newest of each anchor that the policy accepts, with findings for those that are late. Inside a step."""
    found = []
    policy, size = session.known.policies.effective, session.known.own.size
    for anchor in {anchor.name: anchor for anchor in policy.anchors}.values():
        newest = _newest(session, anchor)
        found.append(newest)
        if size and anchor.covers(size - 1) and (newest.size is None or newest.size < size):
            _judge_age(session, newest)
    return found


def _newest(session: Session, anchor: Anchor) -> Newest:
    sql = session.state.sql
    count, checked = sql.execute(
        "SELECT count(*), count(CASE WHEN status = ? THEN 1 END) FROM anchors WHERE name = ?", (CHECKED, anchor.name)
    ).fetchone()
    row = sql.execute(
        "SELECT size, time, says FROM anchors WHERE name = ? ORDER BY size DESC LIMIT 1", (anchor.name,)
    ).fetchone()
    return Newest(anchor.name, anchor.kind, count, checked, *(row or ()))


def _judge_age(session: Session, newest: Newest) -> None:
    limit = LATE_SECONDS if session.options.anchor_after is None else session.options.anchor_after
    severity = NOTICE if session.options.anchor_after is None else ALARM
    if not limit or (newest.time is not None and session.now - newest.time <= limit):
        return
    if newest.time is None:
        detail = "nothing of this log is anchored there"
    else:
        detail = f"its newest is of {newest.size} entries, {moment(newest.time)}; expected every {duration(limit)}"
    finding = Finding("anchor-late", f"anchor {newest.name}", detail, newest.name, severity=severity)
    session.book.add(finding, standing=True)
