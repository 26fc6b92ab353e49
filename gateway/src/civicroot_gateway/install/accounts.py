"""Accounts at the broker: random passwords, of which only hashes are kept, in both brokers' forms.

Neither hash is slow on purpose. A password has 192 random bits, which nobody guesses; and after a power cut a broker on
a Raspberry Pi has hundreds of devices to let in at once.
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass

import bcrypt

from ..errors import InstallError
from . import permissions

PASSWORD_BYTES = 24  # 32 characters
KID_DIGITS = 16
MAX_NAME = 64
_ITERATIONS = 101  # mosquitto_passwd's own
_SALT_BYTES = 12  # the only length that Mosquitto 2.0 takes
_HASH_BYTES = 64
_BCRYPT_ROUNDS = 4  # the least there is: a millisecond


@dataclass(frozen=True)
class Account:
    """`name` (a device's or gateway's kid in hex), `role`, and the password's hash for each broker."""

    name: str
    role: str
    mosquitto: str
    nats: str


def make(name: str, role: str) -> tuple[Account, str]:
    """A new account and its password, which is kept nowhere; raises InstallError for a wrong name."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    found = Account(check_name(name, role), role, mosquitto_hash(password), nats_hash(password))
    return found, password


def check_name(name: str, role: str) -> str:
    """The name, which becomes a level of topics: a kid, or the backend's plain word. Raises InstallError."""
    if role == permissions.BACKEND:
        if 0 < len(name) <= MAX_NAME and name.isascii() and name.replace("-", "").isalnum() and not _is_kid(name):
            return name
        raise InstallError(f"{name!r}: a backend's account has a name of letters, digits and hyphens, not a kid")
    if not _is_kid(name):
        raise InstallError(f"{name!r} is not a kid: {KID_DIGITS} hex digits in lower case")
    return name


def _is_kid(name: str) -> bool:
    return len(name) == KID_DIGITS and all(letter in "0123456789abcdef" for letter in name)


def mosquitto_hash(password: str) -> str:
    """Mosquitto's form `$7$iterations$salt$hash`: PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, _HASH_BYTES)
    return "$".join(("", "7", str(_ITERATIONS), base64.b64encode(salt).decode(), base64.b64encode(digest).decode()))


def nats_hash(password: str) -> str:
    """NATS's form: bcrypt."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_ROUNDS, prefix=b"2a")).decode()


def to_json(accounts: dict[str, Account]) -> list[dict[str, str]]:
    """For the file, by name."""
    return [asdict(accounts[name]) for name in sorted(accounts)]


def from_json(rows: object) -> dict[str, Account]:
    """What `to_json` gave; raises InstallError."""
    if not isinstance(rows, list):
        raise InstallError("accounts are not a list")
    found = {}
    for row in rows:
        if not isinstance(row, dict) or sorted(row) != sorted(Account.__dataclass_fields__):
            raise InstallError(f"not an account: {row!r:.40}")
        if row["role"] not in permissions.ROLES or not all(isinstance(value, str) for value in row.values()):
            raise InstallError(f"not an account: {row['name']!r:.40}")
        found[check_name(row["name"], row["role"])] = Account(**row)
    return found
