"""Passwords, for who has no passkey: argon2id hashes, checked as slowly whether there is an account or not."""

import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import passwords
from civicroot_backend.people.errors import BAD_PASSWORD, TooManyTries, Unfit
from civicroot_backend.people.names import folded

SHORTEST, LONGEST = 12, 128  # characters; no rule about their kinds, which makes nobody's better (NIST SP 800-63B)
LEAST_DIFFERENT = 5
# The least that OWASP recommends of argon2id: some 30 ms. Two at once, or sign-ins would take the machine's memory.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
AT_ONCE, QUEUE_SECONDS = 2, 5.0


def _drawn(count: int) -> str:
    """So many random bytes in base64 without padding, as a hash is written."""
    return b64encode(secrets.token_bytes(count)).rstrip(b"=").decode()


_hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
_turns = BoundedSemaphore(AT_ONCE)
# What is checked where there is no password: as any other hash, but drawn, so that no start waits for argon2.
_NOBODYS = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${_drawn(16)}${_drawn(32)}"


def make_hash(password: str, *forbidden: str) -> str:
    """The hash to keep. Raises Unfit for one that is soon guessed: short, of few letters, or made of `forbidden`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unfit(BAD_PASSWORD, f"a password has {SHORTEST} to {LONGEST} characters; a sentence is a good one")
    plain = folded(password)
    if len(set(plain)) < LEAST_DIFFERENT:
        raise Unfit(BAD_PASSWORD, f"a password has at least {LEAST_DIFFERENT} different characters")
    rest = plain
    for word in sorted((folded(word) for word in forbidden if word), key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < SHORTEST // 2:
        raise Unfit(BAD_PASSWORD, "a password is not made of your name, your login or the city's name")
    with _turn():
        return _hasher.hash(_bytes(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; takes as long if there is none. Raises TooManyTries if too many are checked now."""
    with _turn():
        try:
            _hasher.verify(_NOBODYS if kept is None else kept, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def of(connection: Connection, account: int) -> str | None:
    """The hash that an account has."""
    query = select(passwords.c.hash).where(passwords.c.account == account)
    return connection.execute(query).scalar_one_or_none()


def put(act: Act, account: int, made: str) -> None:
    """Let an account have this hash."""
    act.connection.execute(delete(passwords).where(passwords.c.account == account))
    act.connection.execute(insert(passwords).values(account=account, hash=made, changed=act.now))
    act.record(Action.PASSWORD_SET, f"account/{account}")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # JSON can say half of a letter


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=QUEUE_SECONDS):
        raise TooManyTries(QUEUE_SECONDS)
    try:
        yield
    finally:
        _turns.release()
