"""What earlier audits learnt, read back from the state: the tree, who is enrolled, which policies the log has."""

from civicroot_wire import revocation
from civicroot_wire.policy import Policy

from .directory import Directory, Enrolled, Withdrawn
from .examine import Verify
from .lives import Lives
from .own_tree import OwnTree
from .policies import Policies
from .state import State


class Knowledge:
    """`own`: the tree as far as it was audited. `versions`: of configurations, by subject."""

    def __init__(self, state: State, policy: Policy, verify: Verify) -> None:
        self._state = state
        self.own = OwnTree(state.number("size"), self.read_tile)
        self.directory = Directory()
        self.policies = Policies(policy, verify)
        self.lives = Lives(state)
        self.versions: dict[str, int] = dict(state.sql.execute("SELECT subject, version FROM versions"))
        for row in state.sql.execute("SELECT * FROM enrolments ORDER BY at"):
            self.directory.enrol(_enrolled(row))
        for at, kid, entry in state.sql.execute("SELECT at, kid, entry FROM revocations ORDER BY at"):
            self.directory.withdraw(Withdrawn(at, kid, revocation.decode(entry)))
        for (entry,) in state.sql.execute("SELECT entry FROM policies ORDER BY at").fetchall():
            self.policies.admit(entry)

    def read_tile(self, level: int, number: int) -> bytes:
        """A tile of the own tree; empty if there is none."""
        query = "SELECT hashes FROM tiles WHERE level = ? AND number = ?"
        row = self._state.sql.execute(query, (level, number)).fetchone()
        return b"" if row is None else bytes(row[0])

    def index_of(self, leaf: bytes) -> int | None:
        """The lowest index at which this leaf hash stands in the own tree."""
        query = "SELECT at FROM leaves WHERE prefix = ? ORDER BY at"
        for (at,) in self._state.sql.execute(query, (prefix_of(leaf),)).fetchall():
            if self.own.leaf(at) == leaf:
                return int(at)
        return None

    def save(self) -> None:
        """Write the tree and the keys' lives; the last part of a step."""
        self._state.sql.executemany("INSERT OR REPLACE INTO tiles VALUES (?, ?, ?)", self.own.changes())
        self._state.put("size", self.own.size)
        self.lives.save()
        self.own.saved()


def prefix_of(leaf: bytes) -> int:
    """Under which a leaf hash is found: its first eight bytes, as the database's integers are."""
    return int.from_bytes(leaf[:8], "big", signed=True)


def _enrolled(row: tuple[int, bytes, bytes, str, str, str, int | None, str | None, str | None, int]) -> Enrolled:
    at, kid, public, subject, role, registrar, place, uri, label, simulated = row
    status = None if place is None or uri is None else (place, uri)
    return Enrolled(at, kid, public, subject, role, registrar, status, label, bool(simulated))
