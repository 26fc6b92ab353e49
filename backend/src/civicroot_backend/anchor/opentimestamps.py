"""OpenTimestamps anchor: calendars have a Bitcoin block commit to the tree. Free, within hours, resting on its work.

The digest goes out as it is: what it is of is public, so no nonce hides it. A submission that is repeated after a crash
adds a leaf to a calendar's tree and nothing else, so it needs no ticket of its own.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from civicroot_anchor import opentimestamps
from civicroot_anchor.ots import timestamp
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import AnchorError, MalformedError
from civicroot_wire.policy_anchor import OPENTIMESTAMPS
from civicroot_wire.policy_anchor import Anchor as Trusted

from civicroot_backend.anchor import opentimestamps_ticket
from civicroot_backend.anchor.anchor import Confirmed, Failed, Pending, Progress
from civicroot_backend.anchor.bitcoin import BlockApi
from civicroot_backend.anchor.calendar import Calendar
from civicroot_backend.anchor.opentimestamps_answers import attested_in, promises_in
from civicroot_backend.anchor.opentimestamps_ticket import Attested, Promise, Ticket
from civicroot_backend.anchor.remote import Remote
from civicroot_backend.anchor.settings import Settings
from civicroot_backend.errors import AnchorUnavailable

CONFIRMATIONS = 6  # an hour; nobody has undone more by work alone
POLL_SECONDS = 300.0  # calendars are run for nothing, and a block takes ten minutes
GIVE_UP_SECONDS = 7 * 86_400  # calendars commit within hours: what they lost for a week, they lost
PARALLEL = 16  # at an hour's interval, more than a night without a block
MAX_CALENDARS = 8  # more add nothing: one that commits suffices
_MAX_DETAIL = 256  # characters, as many as are kept; calendars choose some of them


class _Round:
    """One round of questions: what people should know of it, and whether anybody answered."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.answered = False


class OpenTimestamps:
    """See anchor.Anchor. `clock` gives Unix seconds; `monotonic` paces the questions to strangers' servers."""

    kind = OPENTIMESTAMPS
    parallel = PARALLEL

    def __init__(
        self,
        trusted: Trusted,
        calendars: Sequence[Calendar],
        blocks: BlockApi,
        clock: Callable[[], float],
        confirmations: int = CONFIRMATIONS,
        poll_seconds: float = POLL_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = trusted.name
        self._trusted = trusted
        self._calendars = {calendar.url: calendar for calendar in calendars}
        self._blocks = blocks
        self._clock = clock
        self._confirmations = confirmations
        self._poll_seconds = poll_seconds
        self._monotonic = monotonic
        self._answered: dict[bytes, tuple[float, Progress | AnchorUnavailable]] = {}

    def prepare(self, tree: Checkpoint) -> bytes:
        """See Anchor."""
        del tree  # the digest is made of it again when it is needed
        return Ticket(int(self._clock())).encode()

    def advance(self, ticket: bytes, tree: Checkpoint) -> Progress:
        """See Anchor. Asked again before it is time, it answers as before and asks nobody."""
        now = self._monotonic()
        self._answered = {key: answer for key, answer in self._answered.items() if answer[0] > now}
        key = opentimestamps.digest(tree) + ticket
        if key not in self._answered:
            self._answered[key] = now + self._poll_seconds, self._asked(ticket, tree)
        answer = self._answered[key][1]
        if isinstance(answer, AnchorUnavailable):
            raise AnchorUnavailable(str(answer))
        return answer

    def close(self) -> None:
        """See Anchor."""
        for calendar in self._calendars.values():
            calendar.close()
        self._blocks.close()

    def _asked(self, ticket: bytes, tree: Checkpoint) -> Progress | AnchorUnavailable:
        try:
            before = opentimestamps_ticket.decode(ticket)
        except MalformedError as error:
            return Failed(f"its ticket is damaged: {error}")
        digest = opentimestamps.digest(tree)
        asked = _Round()
        # 1. Every calendar gets it: one of them suffices in the end.
        now = before.with_promises(self._submitted(before, digest, asked))
        # 2. What the calendars know by now.
        now = replace(now, promises=tuple(self._upgraded(promise, digest, asked) for promise in now.promises))
        # 3. The first block that holds is the evidence.
        now, evidence = self._confirmed(now, tree, asked)
        if evidence is not None:
            return evidence
        if self._clock() - before.started > GIVE_UP_SECONDS:
            return Failed(_detail(now, asked, "given up"))
        if now == before and not asked.answered:
            return AnchorUnavailable(_detail(now, asked, "nobody answers"))
        return Pending(now.encode(), _detail(now, asked, f"waits for {self._confirmations} confirmations of a block"))

    def _submitted(self, ticket: Ticket, digest: bytes, asked: _Round) -> list[Promise]:
        found: list[Promise] = []
        for url in sorted(self._calendars.keys() - ticket.sent_to()):
            try:
                answer = self._calendars[url].submit(digest)
            except AnchorUnavailable as error:
                asked.said.append(str(error))
                continue
            promises, said = promises_in(answer, digest, url, self._calendars)
            found += promises
            asked.said += said
        asked.answered |= bool(found)
        return found

    def _upgraded(self, promise: Promise, digest: bytes, asked: _Round) -> Promise:
        calendar = self._calendars.get(promise.at)
        if promise.attested is not None or calendar is None:
            return promise
        commitment = timestamp.result(promise.operations, digest)
        try:
            answer = calendar.upgrade(commitment)
        except AnchorUnavailable as error:
            asked.said.append(str(error))
            return promise
        asked.answered = True
        found = None if answer is None else attested_in(answer, commitment, promise.operations)
        return replace(promise, attested=found)

    def _confirmed(self, ticket: Ticket, tree: Checkpoint, asked: _Round) -> tuple[Ticket, Confirmed | None]:
        """The evidence of the lowest block that holds; without one, the ticket without blocks that do not fit."""
        promises = list(ticket.promises)
        waiting = [(promise.attested, position) for position, promise in enumerate(promises) if promise.attested]
        for attested, position in sorted(waiting, key=lambda each: each[0].height):
            try:
                evidence = self._evidence(attested, tree, asked)
            except AnchorUnavailable as error:
                asked.said.append(str(error))
                continue
            except (AnchorError, MalformedError) as error:
                # Undone by a reorganisation, or never true: the calendar is asked again.
                asked.said.append(f"{promises[position].at}: {error}")
                promises[position] = replace(promises[position], attested=None)
                continue
            if evidence is not None:
                return ticket, evidence
        return replace(ticket, promises=tuple(promises)), None

    def _evidence(self, attested: Attested, tree: Checkpoint, asked: _Round) -> Confirmed | None:
        """Raises AnchorError or MalformedError if the block does not hold, AnchorUnavailable if nobody says."""
        header = self._blocks.header(attested.height)
        asked.answered = True
        if header is None:
            raise AnchorError("bad-anchor", f"there is no block {attested.height}")
        evidence = opentimestamps.encode(attested.operations, header.data)
        # The same verification that everybody repeats: nothing is confirmed that a stranger would refuse.
        opentimestamps.check(evidence, tree, self._trusted)
        confirmations = self._blocks.tip() - attested.height + 1
        if confirmations < self._confirmations:
            asked.said.append(f"block {attested.height} has {confirmations} confirmations")
            return None
        return Confirmed(evidence, header.time, f"Bitcoin block {attested.height}, {header.name}")


def from_settings(settings: Settings) -> OpenTimestamps:
    """The anchor of a configuration's table. Raises ConfigurationError."""
    calendars = settings.urls("calendars")
    if len(set(calendars)) != len(calendars) or len(calendars) > MAX_CALENDARS:
        raise settings.wrong("calendars", f"has one calendar twice, or more than {MAX_CALENDARS}")
    blocks = settings.url("block_api_url")
    confirmations = settings.integer("confirmations", 1, 1000, CONFIRMATIONS)
    poll_seconds = settings.integer("poll_seconds", 0, 86_400, int(POLL_SECONDS))
    settings.finish()
    return OpenTimestamps(
        settings.trusted,
        [Calendar(Remote(url)) for url in calendars],
        BlockApi(Remote(blocks)),
        settings.clock,
        confirmations,
        poll_seconds,
    )


def _detail(ticket: Ticket, asked: _Round, state: str) -> str:
    taken = f"{len(ticket.sent_to())} calendars have it"
    return "; ".join([state, taken, *asked.said])[:_MAX_DETAIL]
