"""What a registrar does: enrol, revoke, rotate, publish. First into the register, durably, then to the city."""

import dataclasses
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from civicroot_cli.main import CommandError, Refused
from civicroot_cli.submission import Answer, EntryRefused
from civicroot_wire import enrolment, entry, keys, revocation, sodium, status_list
from civicroot_wire.errors import WireError
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer
from civicroot_wire.status_list import StatusList

from civicroot_backend import enrolment_request
from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.register import Key, Pending, Register
from civicroot_backend.enrolment_request import EnrolmentRequestError, Request

CHUNK = 256  # enrolments that are signed and made durable together
REASONS = {
    "retired": revocation.RETIRED,
    "rotated": revocation.ROTATED,
    "compromised": revocation.COMPROMISED,
    "lost": revocation.LOST,
}


class Submitter(Protocol):
    """Where signed entries go."""

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        """See civicroot_cli.submission.City."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """A statement that the city has: `index` in the log. `key` is what the register has of the key now."""

    kind: str
    index: int
    key: Key


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that the city refused, and why."""

    kind: str
    subject: str
    error: Refused


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A status list that the city has: log entry `index`; how many keys it covers, how many of them are revoked."""

    uri: str
    index: int
    keys: int
    revoked: int


class Desk:
    """One registrar's. `clock` gives Unix seconds. Methods raise CommandError, Refused for what the city refuses."""

    def __init__(self, register: Register, registrar: Signer, city: Submitter, clock: Callable[[], float]) -> None:
        self._register = register
        self._registrar = registrar
        self._city = city
        self._clock = clock
        self._issuer = f"{register.realm}/registrar"

    def resume(self) -> list[Done | Refusal]:
        """Send again what was signed and not confirmed: an earlier command was interrupted."""
        return [self._send(pending) for pending in self._register.pending()]

    def enrol(self, requests: Iterable[Request]) -> Iterator[Done | Refusal]:
        """Enrol keys; each gets a status index, the one it has if it was enrolled before."""
        remaining = iter(requests)
        while chunk := list(islice(remaining, CHUNK)):
            waiting: list[Pending] = []
            refused: list[Refusal] = []
            with self._register.together():
                for request in chunk:
                    try:
                        waiting.append(self._sign_enrolment(request))
                    except WireError as error:
                        refused.append(Refusal(entry.ENROLMENT, request.subject, Refused(str(error))))
            yield from refused
            for pending in waiting:
                yield self._send(pending)

    def _sign_enrolment(self, request: Request) -> Pending:
        kid = keys.kid(request.public)
        known = self._register.key(kid)
        # 1. Nobody comes back after a revocation; the city would refuse it too.
        if known is not None and known.revoked is not None:
            raise WireError("revoked", f"{kid.hex()} was revoked by log entry {known.revoked}")
        uri, index = self._register.uri, None
        if known is not None and known.uri is not None:
            uri, index = known.uri, known.status_index
        if index is None:
            index = self._register.next_index()
        # 2. What the city would refuse costs no index: the key's own signature is checked here first.
        signed = enrolment_request.sign(
            request, self._registrar, self._register.realm, int(self._clock()), (index, uri)
        )
        enrolment.verify(enrolment.decode(signed), self._register.realm, self._registrar.public, sodium.verify)
        # 3. Into the register.
        if known is None:
            key = Key(kid, request.public, request.subject, request.role, uri, index)
        else:
            key = dataclasses.replace(known, uri=uri, status_index=index)
        return self._register.add(Pending(entry.ENROLMENT, kid, request.subject, signed), key)

    def revoke(self, key: Key, reason: int, last_seq: int | None = None, successor: bytes | None = None) -> Done:
        """Withdraw a key for everything that is logged from then on; a list just before still shows it valid.

        `successor`: the thumbprint of the key that takes over, for a rotation.
        """
        self.publish()
        found = Revocation(key.subject, keys.thumbprint(key.public), reason, last_seq, successor, int(self._clock()))
        signed = revocation.sign(found, self._registrar.kid, self._issuer, self._register.realm, self._registrar)
        revocation.decode(signed)  # refuses a rotation without last number and successor
        done = self._send(self._register.add(Pending(entry.REVOCATION, key.kid, key.subject, signed, reason)))
        if isinstance(done, Refusal):
            raise done.error
        self.publish()
        return done

    def rotate(self, old: Key, request: Request, last_seq: int) -> tuple[Done, Done]:
        """Enrol the successor, then withdraw `old`, whose numbers end with `last_seq`. What both did, in that order."""
        if (request.subject, request.role) != (old.subject, old.role):
            raise EnrolmentRequestError(
                f"the request is for {request.subject} as {request.role}, the old key is {old.subject} as {old.role}"
            )
        if request.public == old.public:
            raise EnrolmentRequestError("the request is for the old key itself")
        # First the new one: whatever comes between, the subject is never without a valid key.
        (enrolled,) = self.enrol([request])
        if isinstance(enrolled, Refusal):
            raise enrolled.error
        return enrolled, self.revoke(old, revocation.ROTATED, last_seq, keys.thumbprint(request.public))

    def publish(self) -> list[PublishedList]:
        """Sign every list of this register as it is now, and have it logged."""
        # What is pending may be logged already, and the list must say what the log says.
        for earlier in self.resume():
            if isinstance(earlier, Refusal):
                raise RegisterError(f"an earlier {earlier.kind} of {earlier.subject} was {earlier.error}")
        return [self._publish(uri) for uri in self._register.uris()]

    def _publish(self, uri: str) -> PublishedList:
        bits = self._register.bits(uri)
        last = self._register.last_list(uri)
        # Later than the one before even within one second: the same bytes would be the same entry, at its old place.
        issued_at = max(int(self._clock()), last[1] + 1 if last else 0)
        compressed = zlib.compress(bits, zlib.Z_BEST_COMPRESSION)
        if len(compressed) > status_list.MAX_COMPRESSED:
            raise RegisterError(f"{uri}: a list of {len(compressed)} bytes does not fit; use another registrar key")
        signed = status_list.sign(
            StatusList(uri, compressed, issued_at),
            self._registrar.kid,
            self._issuer,
            self._register.realm,
            self._registrar,
        )
        try:
            index = self._city.submit(signed).index
        except EntryRefused as error:
            hint = "; the register is not what the log says: `civicroot register check`, `register rebuild`"
            raise Refused(f"the status list is {error}{hint}") from error
        self._register.published(uri, index, issued_at)
        listed = [key for key in self._register.all_keys() if key.uri == uri]
        return PublishedList(uri, index, len(listed), sum(key.revoked is not None for key in listed))

    def _send(self, pending: Pending) -> Done | Refusal:
        try:
            answer = self._city.submit(pending.statement)
        except EntryRefused as error:
            self._register.drop(pending)
            return Refusal(pending.kind, pending.subject, error)
        with self._register.together():
            self._register.confirm(pending, answer.index)
        key = self._register.key(pending.kid)
        if key is None:
            raise RegisterError(f"the register has lost {pending.kid.hex()}")
        return Done(pending.kind, answer.index, key)


def find(register: Register, who: str) -> Key:
    """The key that `who` names: a kid in hex, or a subject that has one valid key. CommandError."""
    if "/" in who:
        enrolled = register.enrolled_keys(who)
        valid = [key for key in enrolled if key.revoked is None]
        if len(valid) > 1:
            raise CommandError(f"{who} has {len(valid)} keys; say which: {', '.join(key.kid.hex() for key in valid)}")
        found = next(iter(enrolled), None)
    else:
        found = register.key(_kid(who))
    if found is None or found.enrolled is None:
        raise CommandError(f"the register has no key of {who}; another registrar may have enrolled it")
    if found.revoked is not None:
        raise CommandError(f"{who} ({found.subject}) was revoked already, by log entry {found.revoked}")
    return found


def _kid(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError as error:
        raise CommandError(f"neither a kid in hex nor a subject like bin/12: {text}") from error
    if len(found) != keys.KID_BYTES:
        raise CommandError(f"a kid has {2 * keys.KID_BYTES} hex digits: {text}")
    return found
