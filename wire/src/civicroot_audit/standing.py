"""How things stand at the end of an audit: what is missing, lost, silent or out of date. Looked at anew every time."""

from dataclasses import dataclass

from civicroot_wire import batch, record
from civicroot_wire.policy import Policy

from .book import Book
from .completeness import Account, Facts, account, silent_since
from .findings import ALARM, NOTICE, Finding
from .grounds import DAMAGED, MISSING
from .knowledge import Knowledge
from .sink import spelled
from .state import State
from .times import duration, moment

STALE_SECONDS = 86400  # bins report several times a day; a city that shows nothing for a day is worth a notice
UNDER_WAY_SECONDS = 120  # a report waits for its gateway's batch and for a checkpoint before anybody sees it
MAX_SPELLED = 50  # ranges of a key that one finding lists


@dataclass(frozen=True)
class KeyAccount:
    """What became of a key's numbers. Times are Unix seconds."""

    kid: bytes
    subject: str
    role: str
    account: Account
    last: int | None
    reported: int | None
    silent_since: int | None
    withdrawn_at: int | None  # log index


class Standing:
    """Call it inside a step; every finding of it is a standing one."""

    def __init__(self, state: State, book: Book, knowledge: Knowledge, now: int) -> None:
        self._state = state
        self._book = book
        self._knowledge = knowledge
        self._now = now

    def accounts(self) -> list[KeyAccount]:
        """Every key that used a number or may, with findings for what is lost and who is silent."""
        lives = {life.kid: life for life in self._knowledge.lives.all()}
        directory = self._knowledge.directory
        found = []
        for kid in directory.kids():
            enrolled = directory.newest(kid)
            if enrolled is None or enrolled.role not in (record.ROLE, batch.ROLE):
                continue
            life = lives.get(kid)
            withdrawn = directory.withdrawal(kid)
            silent = None
            if life is not None and withdrawn is None:
                silent = silent_since(life.reported, life.promise, self._now - UNDER_WAY_SECONDS)
            item = KeyAccount(
                kid,
                enrolled.subject,
                enrolled.role,
                account(life.facts if life else Facts()),
                life.last if life else None,
                life.reported if life else None,
                silent,
                withdrawn.index if withdrawn else None,
            )
            self._judge(item)
            found.append(item)
        return found

    def batches(self, minimum: int) -> None:
        """Batches that are not served although nothing in the log says that they may be gone."""
        rows = self._state.sql.execute(
            "SELECT at, gateway, seq, state, detail FROM batches WHERE state IN (?, ?)", (MISSING, DAMAGED)
        ).fetchall()
        for at, gateway, seq, state, why in rows:
            about = f"batch {seq} of {self._knowledge.directory.name(gateway)}"
            name = "batch-damaged" if state == DAMAGED else "batch-missing"
            if state == MISSING and at < minimum:
                name = "pruned-without-statement"
            self._add(name, about, f"log entry {at}: {why}", str(at), at)

    def policies(self, served: Policy | None) -> None:
        """The policy at hand, and the one that the city serves, are in the log."""
        policies = self._knowledge.policies
        for policy, what in ((policies.given, "given to this audit"), (served, "that the city serves")):
            if policy is not None and self._knowledge.own.size and not policies.is_logged(policy):
                detail = f"version {policy.version} of {policy.realm}, {what}, is not in the log's chain"
                self._add("policy-not-logged", f"the policy {what}", detail, f"{what} {policy.version}")
        newest = policies.newest
        if newest is not None and newest.version > policies.given.version and policies.given_is_logged:
            detail = f"the log has version {newest.version}, this audit was given version {policies.given.version}"
            self._add("policy-outdated", "the policy given to this audit", detail, str(newest.version))

    def revocations(self) -> None:
        """Every revocation is in a status list by now."""
        last = self._knowledge.directory.last_withdrawal()
        if last is None:
            return
        newest = self._state.sql.execute("SELECT max(at) FROM status_lists").fetchone()[0]
        if newest is None or newest < last.index:
            about = self._knowledge.directory.name(last.kid)
            detail = f"withdrawn at log entry {last.index}; no status list was logged since"
            self._add("revocation-unlisted", about, detail, str(last.index), last.index)

    def freshness(self, seen_by: int | None, allowed: int | None) -> str:
        """How old the newest of the log is; what was found, for people. `allowed` seconds make an alarm."""
        newest, whose = seen_by, "witnesses"
        if newest is None:
            newest, whose = self._newest_batch(), "the newest batch's gateway"
        if newest is None:
            return "nothing in the log says when it was made"
        age = max(0, self._now - newest)
        says = f"{duration(age)} old, by the clock of {whose}"
        limit = STALE_SECONDS if allowed is None else allowed
        if limit and age > limit:
            severity = NOTICE if allowed is None else ALARM
            detail = f"{says}; expected at most {duration(limit)}"
            self._add("stale", "the checkpoint", detail, "stale", severity=severity)
        return says

    def _newest_batch(self) -> int | None:
        row = self._state.sql.execute("SELECT closed FROM batches ORDER BY at DESC LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def _judge(self, item: KeyAccount) -> None:
        about = f"{item.subject} ({item.kid.hex()})"
        if item.account.lost:
            name, what = ("record-lost", "readings") if item.role == record.ROLE else ("batch-lost", "batches")
            listed = spelled(item.account.lost, MAX_SPELLED)
            detail = f"{item.account.lost.count} {what} that nothing explains: {listed}, of 0 to {item.account.highest}"
            self._add(name, about, detail, f"{item.kid.hex()} {listed}")
        if item.silent_since is not None:
            self._add("silent", about, f"overdue since {moment(item.silent_since)}", item.kid.hex())

    def _add(
        self, name: str, about: str, detail: str, identity: str, index: int | None = None, severity: str = ""
    ) -> None:
        self._book.add(Finding(name, about, detail, identity, index, severity=severity), standing=True)
