"""Who claims which deposit: one deposit, one claim, whichever way it is shown.

    token   a signed claim token from the bin's display: whoever holds it claims
    code    six colours from its lamp: compared with the opening that the bin sent
    card    a citizen's card that the bin read: its record says which deposit it claims

A claim by token may be earlier than its record: it is `pending` until the record is here, and `void` if that record is
no deposit. What a claim is worth is not decided here.
"""

import hmac
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from civicroot_wire import claim_token, opening, record
from civicroot_wire.claim_notice import CLAIMED, CLOSED, KEPT
from civicroot_wire.errors import TrustError
from civicroot_wire.sodium import verify
from sqlalchemy import Connection, Row, select, update

from civicroot_backend.claims import deposit, openings, tries
from civicroot_backend.claims.deposit import GRACE_SECONDS, Amount, Deposit
from civicroot_backend.claims.notices import Notices
from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import claims, records
from civicroot_backend.errors import ClaimRefused, NotErased
from civicroot_backend.ingest.key_directory import EnrolledKey, KeyDirectory

TOKEN, CODE, CARD = "token", "code", "card"
PENDING, CONFIRMED, VOID = "pending", "confirmed", "void"
CODE_SYMBOLS, CODE_COLOURS = 6, 4

# Why a claim is refused.
TAKEN, EXPIRED, WRONG_CODE, TOO_MANY_TRIES, NO_DEPOSIT = (
    "already-claimed",
    "expired",
    "wrong-code",
    "too-many-tries",
    "no-deposit",
)


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """That the deposit `seq` of bin `kid` is claimed. `wallet`: 32 bytes; None for a card. `amount` in kg, if known."""

    kid: bytes
    seq: int
    method: str
    state: str
    wallet: bytes | None
    claimed: int
    amount: Amount | None
    repeated: bool = False


class Claims:
    """Threads may use it at the same time. `clock` gives Unix seconds."""

    def __init__(
        self, database: Database, keys: KeyDirectory, realm: str, notices: Notices, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._keys = keys
        self._realm = realm
        self._notices = notices
        self._clock = clock

    # What citizens show

    def by_token(self, token: bytes, wallet: bytes) -> Claim:
        """Claim with a bin's token. Raises WireError, ClaimRefused."""
        # 1.–3. A token of a bin of this city.
        found = claim_token.decode(token)
        self.bin_of(token)
        # 4. In time, by this backend's clock.
        now = self._clock()
        if now >= found.expires + GRACE_SECONDS:
            raise ClaimRefused(EXPIRED, f"it could be claimed until {found.expires}")
        # 5. By a bin whose clock does not run ahead: what stays on its e-paper must not claim for longer.
        if found.expires > now + deposit.WINDOW_SECONDS:
            raise ClaimRefused(EXPIRED, "its end is further away than any bin promises: the bin's clock is wrong")
        # 6. Once.
        with self._database.write() as connection:
            made = self._claim(connection, found.kid, found.seq, TOKEN, wallet, now)
            gateway = deposit.gateway_of(connection, found.kid)
        self._tell(gateway, found.kid, [found.seq], CLAIMED)
        return made

    def bin_of(self, token: bytes) -> EnrolledKey:
        """The bin that gave out this token. Raises WireError."""
        # 1. Well-formed.  2. By a bin of this city whose key is not withdrawn.  3. Signed in this realm.
        found = claim_token.decode(token)
        key = self._bin(found.kid)
        claim_token.verify(found, self._realm, key.public, verify)
        return key

    def by_code(self, kid: bytes, code: Sequence[int], wallet: bytes) -> Claim:
        """Claim with the colours of a bin's lamp, six of 0 to 3. Raises WireError, ClaimRefused."""
        # 1. A bin of this city whose key is not withdrawn.
        self._bin(kid)
        now = self._clock()
        with self._database.write() as connection:
            # 2. The same again, whose answer was lost, is no try.
            before = self._claimed_before(connection, kid, bytes(code), wallet, now)
            if before is not None:
                return _repeated(before)
            # 3. That still takes codes.
            if not tries.left(connection, kid, now):
                raise ClaimRefused(TOO_MANY_TRIES, "too many wrong codes at this bin; try again later")
            offered = self._offered(connection, kid, now)
            if not offered:
                raise ClaimRefused(NO_DEPOSIT, "nothing can be claimed at this bin now")
            gateway = deposit.gateway_of(connection, kid)
            # 4. The code of a deposit that it offers.
            right = [each.seq for each, value in offered if hmac.compare_digest(value, bytes(code))]
            if right:
                made = self._claim(connection, kid, right[0], CODE, wallet, now)
            else:
                # 5. Every wrong one counts, whoever tries: durable before it is answered.
                tries.wrong(connection, kid, now)
                left = tries.left(connection, kid, now)
        if right:
            self._tell(gateway, kid, [made.seq], CLAIMED)
            return made
        if not left:
            self._tell(gateway, kid, [each.seq for each, _ in offered], CLOSED)
        raise ClaimRefused(WRONG_CODE if left else TOO_MANY_TRIES, f"not its code; {left} more tries")

    def of(self, kid: bytes, seq: int) -> Claim | None:
        """The claim of a deposit, if there is one."""
        with self._database.read() as connection:
            return _find(connection, kid, seq)

    # What devices send

    def opened(self, gateway: bytes, kid: bytes, message: bytes) -> None:
        """A device's opening, by way of this gateway: keep it, and say so. Raises WireError for what is none, or false.

        Nothing of its content may be logged or kept anywhere else.
        """
        found = opening.decode(message)
        key = self._keys.require_newest(self._database, kid, record.ROLE)
        if self._keys.revocation(kid) is not None:
            raise TrustError("revoked", key.subject)
        now = self._clock()
        with self._database.write() as connection:
            # A device that has moved repeats what came before its first record from there.
            if deposit.gateway_of(connection, kid) not in (None, gateway):
                raise TrustError("untrusted", "its records come through another gateway")
            openings.keep(connection, self._realm, gateway, kid, found, int(now))
            claimed = self._by_card(connection, kid, found.seq, now)
        self._notices.put(gateway, kid, found.seq, KEPT)
        self._tell(gateway, kid, claimed, CLAIMED)

    def accepted(self, numbers: Iterable[tuple[bytes, int]]) -> None:
        """Records have come: settle the claims and openings that waited for them, now or before the last crash."""
        with self._database.read() as connection:
            due, unproved = _due(connection), openings.unproved(connection)
        # Any record of a bin may be the deposit that a card of before claims.
        bins = {kid for kid, _ in numbers}
        for kid, seq in sorted(due | {each for each in unproved if each[0] in bins}):
            with self._database.write() as connection:
                self._settle(connection, kid, seq)
                claimed = self._by_card(connection, kid, seq, self._clock())
                gateway = deposit.gateway_of(connection, kid)
            self._tell(gateway, kid, claimed, CLAIMED)

    def forget_old(self, card_seconds: float) -> int:
        """Delete openings that have served; how many."""
        with self._database.write() as connection:
            tries.forget_old(connection, self._clock())
            count = openings.forget_old(connection, self._clock(), card_seconds)
        if count:
            try:
                self._database.erase_deleted()
            except NotErased as error:  # nobody waits for it: the database's log is overwritten as it is used
                _log.info("openings that were too old: %s", error)
        return count

    def forget_card(self, card: str) -> int:
        """Delete every opening of a card; how many there were. The records that commit to it say nothing any more."""
        with self._database.write() as connection:
            count = openings.forget_value(connection, card.encode())
        self._database.erase_deleted()
        return count

    # Parts

    def _bin(self, kid: bytes) -> EnrolledKey:
        key = self._keys.require_newest(self._database, kid, claim_token.ROLE)
        if not key.subject.startswith(claim_token.SUBJECT_CLASS):
            raise TrustError("wrong-role", f"{key.subject} gives out no claims")
        if self._keys.revocation(kid) is not None:
            raise TrustError("revoked", key.subject)
        return key

    def _offered(self, connection: Connection, kid: bytes, now: float) -> list[tuple[Deposit, bytes]]:
        """Deposits of a bin that are open, unclaimed, and whose code is known, newest first, each with its code."""
        found = []
        for each in deposit.recent(connection, kid, now - deposit.WINDOW_SECONDS):
            if each.open_at(now) and _find(connection, kid, each.seq) is None:
                kept = openings.get(connection, kid, each.seq)
                if kept is not None and kept.proved and kept.opening.name == opening.LED:
                    found.append((each, kept.opening.value))
        return found

    def _claimed_before(
        self, connection: Connection, kid: bytes, code: bytes, wallet: bytes, now: float
    ) -> Claim | None:
        """The claim that this wallet made with this code a moment ago."""
        for each in deposit.recent(connection, kid, now - deposit.WINDOW_SECONDS):
            made, kept = _find(connection, kid, each.seq), openings.get(connection, kid, each.seq)
            same = made is not None and (made.method, made.wallet) == (CODE, wallet)
            if same and kept is not None and hmac.compare_digest(kept.opening.value, code):
                return made
        return None

    def _claim(
        self,
        connection: Connection,
        kid: bytes,
        seq: int,
        method: str,
        wallet: bytes | None,
        now: float,
        card: int | None = None,
    ) -> Claim:
        before = _find(connection, kid, seq)
        if before is not None:
            if before.method == method and before.wallet == wallet and wallet is not None:
                return _repeated(before)
            raise ClaimRefused(TAKEN, f"deposit {seq} is claimed")
        said = deposit.find(connection, kid, seq)
        if said is not None and said.amount is None:
            raise ClaimRefused(NO_DEPOSIT, f"record {seq} is no deposit")
        state = PENDING if said is None else CONFIRMED
        connection.execute(
            claims.insert().values(
                kid=kid, seq=seq, method=method, state=state, wallet=wallet, card=card, claimed=int(now)
            )
        )
        return Claim(kid, seq, method, state, wallet, int(now), None if said is None else said.amount)

    def _by_card(self, connection: Connection, kid: bytes, seq: int, now: float) -> list[int]:
        """Claim for the card that record `seq` commits to, once that, its opening and the deposit are here; which."""
        shown = openings.prove(connection, self._realm, kid, seq)
        if shown is None or shown.name != opening.SCAN:
            return []
        said = deposit.find(connection, kid, seq)
        if said is None or said.claims is None or said.claims >= seq:
            return []  # a card that was shown before anything was left
        target = deposit.find(connection, kid, said.claims)
        if target is None:  # a gateway delivers the two in any order
            openings.wait(connection, kid, seq)
            return []
        # The bin reads a card only while it offers the deposit: its own two times are compared, not ours.
        if target.amount is None or said.since >= target.since + deposit.WINDOW_SECONDS:
            return []
        try:
            self._claim(connection, kid, said.claims, CARD, None, now, seq)
        except ClaimRefused:
            return []
        return [said.claims]

    def _settle(self, connection: Connection, kid: bytes, seq: int) -> None:
        said = deposit.find(connection, kid, seq)
        state = VOID if said is None or said.amount is None else CONFIRMED
        where = (claims.c.kid == kid) & (claims.c.seq == seq) & (claims.c.state == PENDING)
        connection.execute(update(claims).where(where).values(state=state))

    def _tell(self, gateway: bytes | None, kid: bytes, numbers: Iterable[int], status: int) -> None:
        if gateway is not None:
            for seq in numbers:
                self._notices.put(gateway, kid, seq, status)


def _find(connection: Connection, kid: bytes, seq: int) -> Claim | None:
    row = connection.execute(select(claims).where(claims.c.kid == kid, claims.c.seq == seq)).one_or_none()
    if row is None:
        return None
    said = deposit.find(connection, kid, seq)
    return _of_row(row, None if said is None else said.amount)


def _of_row(row: Row[tuple[object, ...]], amount: Amount | None) -> Claim:
    return Claim(row.kid, row.seq, row.method, row.state, row.wallet, row.claimed, amount)


def _repeated(before: Claim) -> Claim:
    return Claim(
        before.kid, before.seq, before.method, before.state, before.wallet, before.claimed, before.amount, repeated=True
    )


def _due(connection: Connection) -> set[tuple[bytes, int]]:
    """The claims that are pending although their record is here."""
    here = (records.c.kid == claims.c.kid) & (records.c.seq == claims.c.seq)
    query = select(claims.c.kid, claims.c.seq).select_from(claims.join(records, here))
    return {(row.kid, row.seq) for row in connection.execute(query.where(claims.c.state == PENDING))}
