"""The roll: which log entries gateways have to know, as far as a published checkpoint covers them.

An entry goes to every gateway, or to the device's home gateway alone if it has one. A withdrawal goes to every gateway
that was ever told of the key: a device that moved is known at its old home too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from civicroot_wire import configuration, record, release, topic
from sqlalchemy import Connection, select

from civicroot_backend.database.tables import enrolments, log_entries, revocations
from civicroot_backend.log import kinds

TOLD = ("device", "gateway", "backend", "operator", "release")  # roles whose keys a gateway has to know
GATEWAY = "gateway"
LEAVES = {
    kinds.ENROLMENT: topic.ENROLMENT,
    kinds.REVOCATION: topic.REVOCATION,
    kinds.CONFIGURATION: topic.CMD,
    kinds.RELEASE: topic.CMD,
}
_COMMANDS = (kinds.CONFIGURATION, kinds.RELEASE)


@dataclass(frozen=True, slots=True)
class Notice:
    """That `gateway` has to know the log entry of `kind` under the topic of `kid`."""

    gateway: bytes
    kid: bytes
    kind: str

    @property
    def topic(self) -> str:
        """Where it is published."""
        return topic.of_device(self.gateway, self.kid, LEAVES[self.kind])


@dataclass(frozen=True, slots=True)
class _Key:
    """An enrolment in force; `homes`: every home that the key ever had, None among them: all gateways."""

    log_index: int
    role: str
    subject: str
    home: bytes | None
    homes: frozenset[bytes | None]


class Roll:
    """In memory, followed from the database."""

    def __init__(self) -> None:
        self._keys: dict[bytes, _Key] = {}
        self._withdrawn: dict[bytes, int] = {}
        self._gateways: dict[bytes, None] = {}  # not withdrawn, in the order of their enrolment
        self._commands: dict[tuple[str, str], tuple[tuple[int, ...], int]] = {}  # (subject, kind) -> version, index
        self._current: dict[str, bytes] = {}  # subject -> kid of its device
        self._covered = -1  # log index up to which entries were taken up

    def gateways(self) -> list[bytes]:
        """The enrolled gateways that are not withdrawn."""
        return list(self._gateways)

    def is_gateway(self, kid: bytes) -> bool:
        """Whether it is one of them."""
        return kid in self._gateways

    def withdrawn_gateways(self) -> list[bytes]:
        """Gateways that are to hear that they were withdrawn, and nothing else."""
        return [kid for kid in self._withdrawn if kid in self._keys and self._keys[kid].role == GATEWAY]

    def covers(self, size: int) -> bool:
        """Whether everything below `size` was taken up."""
        return size - 1 <= self._covered

    def take_up(self, connection: Connection, size: int) -> Iterator[tuple[Notice, int]]:
        """What the entries below `size` that are new bring, with their log indices."""
        after, self._covered = self._covered, size - 1
        enrolled = list(_enrolled(connection, after, size))
        for kid, key in enrolled:
            self._enrol(kid, key)
        withdrawn = list(_revoked(connection, after, size))
        for kid, index in withdrawn:
            self._withdrawn[kid] = index
            self._gateways.pop(kid, None)
        told = [found[0] for found in _commanded(connection, after, size) if self._command(*found)]
        for kid, key in enrolled:
            if key.role == GATEWAY:
                yield from self.of_gateway(kid)
        moved = dict.fromkeys(kid for kid, _ in enrolled)
        known = [kid for kid, _ in withdrawn] + [self._current[subject] for subject in told if subject in self._current]
        for kid in dict.fromkeys([*moved, *known]):
            for gateway in self._audience(kid):
                for notice, index in self._notices(kid, gateway):
                    if index > after or kid in moved:  # at its new home a device has to be told everything
                        yield notice, index

    def of_gateway(self, gateway: bytes) -> Iterator[tuple[Notice, int]]:
        """Everything that one gateway has to know, with log indices."""
        for kid in self._keys if self.is_gateway(gateway) else [gateway]:
            yield from self._notices(kid, gateway)

    def _enrol(self, kid: bytes, key: _Key) -> None:
        before = self._keys.get(kid)
        homes = key.homes | (before.homes if before else frozenset())
        self._keys[kid] = _Key(key.log_index, key.role, key.subject, key.home, homes)
        if key.role == GATEWAY and kid not in self._withdrawn:
            self._gateways[kid] = None
        if key.role == record.ROLE:
            if before is not None and self._current.get(before.subject) == kid:
                del self._current[before.subject]
            self._current[key.subject] = kid

    def _command(self, subject: str, kind: str, version: tuple[int, ...], index: int) -> bool:
        known = self._commands.get((subject, kind))
        if known is not None and version <= known[0]:
            return False
        self._commands[subject, kind] = (version, index)
        return True

    def _audience(self, kid: bytes) -> list[bytes]:
        """All gateways; and of a gateway's key itself, which is to hear that it was withdrawn."""
        return [*self._gateways, kid] if kid in self._withdrawn and self._keys[kid].role == GATEWAY else self.gateways()

    def _notices(self, kid: bytes, gateway: bytes) -> Iterator[tuple[Notice, int]]:
        """Everything about one key that one gateway has to know."""
        key = self._keys[kid]
        if key.role not in TOLD:
            return
        gone = self._withdrawn.get(kid)
        at_home = key.home in (None, gateway)
        if at_home:
            yield Notice(gateway, kid, kinds.ENROLMENT), key.log_index
        if gone is not None and (None in key.homes or gateway in key.homes):
            yield Notice(gateway, kid, kinds.REVOCATION), gone
        if gone is None and at_home and self._current.get(key.subject) == kid:
            yield from self._of_subject(gateway, kid, key.subject)

    def _of_subject(self, gateway: bytes, kid: bytes, subject: str) -> Iterator[tuple[Notice, int]]:
        for kind in _COMMANDS:
            found = self._commands.get((subject, kind))
            if found is not None:
                yield Notice(gateway, kid, kind), found[1]


def _enrolled(connection: Connection, after: int, size: int) -> Iterator[tuple[bytes, _Key]]:
    table = enrolments.c
    query = select(table.kid, table.log_index, table.role, table.subject, table.home_gateway)
    newer = query.where(table.log_index > after, table.log_index < size).order_by(table.log_index)
    for row in connection.execute(newer):
        home = row.home_gateway
        yield row.kid, _Key(row.log_index, row.role, row.subject, home, frozenset({home}))


def _revoked(connection: Connection, after: int, size: int) -> Iterator[tuple[bytes, int]]:
    table = revocations.c
    newer = select(table.kid, table.log_index).where(table.log_index > after, table.log_index < size)
    for row in connection.execute(newer.order_by(table.log_index)):
        yield row.kid, row.log_index


def _commanded(connection: Connection, after: int, size: int) -> Iterator[tuple[str, str, tuple[int, ...], int]]:
    table = log_entries.c
    newer = select(table.index, table.kind, table.entry).where(table.index > after, table.index < size)
    rows = connection.execute(newer.where(table.kind.in_(_COMMANDS)).order_by(table.index))
    for index, kind, data in rows:
        if kind == kinds.CONFIGURATION:
            wanted = configuration.decode(data)
            yield wanted.subject, kind, (wanted.version,), index
        else:
            manifest = release.decode(data)
            yield manifest.subject, kind, manifest.version, index
