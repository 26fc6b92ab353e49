"""Carrying errands out: each is looked at as it stands in the register, and only what is missing is said."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Protocol

from civicroot_cli.main import CommandError, Refused
from civicroot_cli.submission import Answer, EntryRefused
from civicroot_wire import enrolment, keys
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import WireError

from civicroot_backend import enrolment_request
from civicroot_backend.desk.desk import REASONS, Desk, Done, Refusal
from civicroot_backend.desk.errand import MOVE, RETIRE, ROTATE, Errand, Queue
from civicroot_backend.desk.errand_check import with_place
from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.register import Key, Register
from civicroot_backend.enrolment_request import Request

PUBLISHED_TRIES, PUBLISHED_SECONDS = 20, 0.5  # a city publishes every second, unless its witnesses are away
_NOT_YET = "not-yet-published"


class ForGood(Refused):
    """The city, or the register, refuses it and will not do otherwise later."""


class Log(Protocol):
    """A city that takes entries and shows them."""

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        """See civicroot_cli.submission.City."""

    def get(self, path: str, limit: int = ...) -> bytes:
        """See civicroot_cli.submission.City."""


class Caretaker:
    """Carries out the errands of a queue, oldest first."""

    def __init__(
        self,
        desk: Desk,
        register: Register,
        city: Log,
        queue: Queue,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._desk = desk
        self._register = register
        self._city = city
        self._queue = queue
        self._pause = pause

    def run(self) -> Iterator[Done | Refusal]:
        """What became of each statement. CommandError where the city is out of reach: what waits stays in the queue."""
        yield from self._desk.resume()
        for errand in self._queue.errands():
            try:
                yield from self._carry_out(errand)
            except ForGood as error:
                # The city has looked at it. What was logged of it stays, and the register knows it.
                self._queue.drop(self._now(errand))
                yield Refusal(errand.verb, errand.subject, error)

    def _now(self, errand: Errand) -> Errand:
        return next(one for one in self._queue.errands() if one.same(errand))

    def _carry_out(self, errand: Errand) -> Iterator[Done]:
        key = self._key(errand.kid)
        if errand.begun is None:
            errand = self._queue.begin(errand, key.enrolled or 0)
        if errand.verb == MOVE:
            yield from self._move(errand, key)
        else:
            yield from self._withdraw(errand, key)
        self._queue.drop(errand)

    def _move(self, errand: Errand, key: Key) -> Iterator[Done]:
        # 1. An enrolment newer than the errand is the errand's: an interrupted run got as far.
        if errand.begun is not None and key.enrolled is not None and key.enrolled > errand.begun:
            return
        # 2. The key's own request stands in its enrolment, and is good for as long as the subject stays.
        if errand.request:
            request = enrolment_request.from_mapping(dict(errand.request))
            request = with_place(_filled(request, self._logged(key)), errand)
        else:
            found = self._logged(key)
            request = with_place(_filled(Request(key.subject, key.role, key.public, found.possession), found), errand)
        yield from self._enrol(request)

    def _withdraw(self, errand: Errand, key: Key) -> Iterator[Done]:
        successor = None
        # 1. First the new one: whatever comes between, the subject is never without a valid key.
        if errand.verb != RETIRE:
            request = enrolment_request.from_mapping(dict(errand.request))
            successor = keys.thumbprint(request.public)
            known = self._register.key(keys.kid(request.public))
            if known is None or known.enrolled is None:
                yield from self._enrol(_filled(request, self._logged(key)))
        # 2. Then the old one, between two status lists.
        if key.revoked is None:
            reason = REASONS["rotated" if errand.verb == ROTATE else errand.reason or "retired"]
            try:
                yield self._desk.revoke(key, reason, errand.last_seq, successor)
            except EntryRefused as error:
                raise ForGood(str(error)) from error
        else:
            self._desk.publish()  # an interrupted run withdrew it; its list may be missing

    def _enrol(self, request: Request) -> Iterator[Done]:
        for done in self._desk.enrol([request]):
            if isinstance(done, Refusal):
                raise ForGood(str(done.error)) from done.error
            yield done

    def _key(self, kid: str) -> Key:
        key = self._register.key(bytes.fromhex(kid))
        if key is None:
            raise RegisterError(f"the register has lost {kid}")
        return key

    def _logged(self, key: Key) -> Enrolment:
        """The key's newest enrolment, from the city. Raises RegisterError if it is another's."""
        try:
            found = enrolment.decode(self._published(key.enrolled))
        except WireError as error:
            raise CommandError(f"log entry {key.enrolled} is no enrolment: {error}") from error
        if found.public != key.public or found.subject != key.subject:
            raise RegisterError(
                f"log entry {key.enrolled} enrols {found.subject}, not {key.subject}: `civicroot register check`"
            )
        return found

    def _published(self, index: int | None) -> bytes:
        """A log entry. CommandError if no checkpoint covers it for long: its witnesses are away."""
        for _ in range(PUBLISHED_TRIES):
            try:
                return self._city.get(f"/entries/{index}")
            except EntryRefused as error:
                if error.reason != _NOT_YET:
                    raise RegisterError(f"log entry {index}: {error}: `civicroot register check`") from error
                self._pause(PUBLISHED_SECONDS)
        raise CommandError(f"log entry {index} is not published yet")


def _filled(request: Request, found: Enrolment) -> Request:
    """What the request leaves out, as the enrolment before says it: the place and its name stay with the subject."""
    same = request.subject == found.subject
    location = found.location if same and request.latitude is None and request.longitude is None else None
    own = found.model if request.public == found.public else None  # another device may be another model
    return Request(
        request.subject,
        request.role,
        request.public,
        request.possession,
        request.label or (found.label if same else None),
        request.latitude if location is None else _decimal(location[0]),
        request.longitude if location is None else _decimal(location[1]),
        request.model or (None if own is None else own.decode("utf-8", "replace")),
        request.simulated or (found.simulated and request.public == found.public),
    )


def _decimal(value: "int | DecimalFraction") -> Decimal:
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(value.mantissa).scaleb(value.exponent)
