"""Sealed key files: a secret key on a medium, under a passphrase.

A JSON object. What is secret is the 32-byte seed in a SecretBox (XSalsa20-Poly1305, 24-byte random nonce before it)
under the 32-byte key that Argon2id (version 1.3) makes of the passphrase (NFC, UTF-8) and a random salt of 16 bytes;
both are libsodium's, through PyNaCl. Everything beside it is public. The seed's own public key must be the one that
stands there, so a file whose label was exchanged does not open.
"""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from civicroot_wire import base64, keys
from civicroot_wire.errors import WireError
from civicroot_wire.names import realm as check_realm
from civicroot_wire.sodium import Signer
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from civicroot_backend.ceremony.errors import SealedKeyError, WeakPassphrase, WrongPassphrase

FORMAT = "civicroot/sealed-key/v1"
SUFFIX = ".sealed"
MAX_FILE_BYTES = 4096
MIN_PASSPHRASE = 12  # characters: three words of a list; Argon2id makes each guess cost most of a second
MAX_OPERATIONS, MAX_MEMORY = 16, 2 << 30  # a prepared file must not hold the machine up, or use up its memory
MAX_NAME = 64
_FIELDS = frozenset(("format", "realm", "name", "ceremony", "public", "kdf", "sealed"))
_KDF_FIELDS = frozenset(("name", "operations", "memory", "salt"))
_KDF = "argon2id13"


@dataclass(frozen=True)
class Cost:
    """Of one guess: Argon2id passes, and bytes of memory."""

    operations: int
    memory: int


# libsodium's MODERATE: 3 passes over 256 MiB, most of a second on a laptop. SENSITIVE wants 1 GiB, which the small
# offline machines that such a ceremony is held on do not have to spare.
COST = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)


@dataclass(frozen=True)
class Label:
    """What is written on a key: whose it is, what it is called, in which ceremony it was made (hex), its public key."""

    realm: str
    name: str
    ceremony: str
    public: bytes

    @property
    def file_name(self) -> str:
        """Under which name it lies on a medium."""
        return f"{self.realm}.{self.name}{SUFFIX}"


@dataclass(frozen=True)
class SealedKey:
    """A read file; it is not open yet."""

    label: Label
    cost: Cost
    salt: bytes
    sealed: bytes

    def open(self, passphrase: str) -> Signer:
        """The secret key. Raises WrongPassphrase, SealedKeyError."""
        try:
            seed = SecretBox(_derive(passphrase, self.salt, self.cost)).decrypt(self.sealed)
        except CryptoError as error:
            raise WrongPassphrase(f"{self.label.name} does not open with it, or the file is damaged") from error
        signer = Signer(seed)
        if signer.public != self.label.public:
            raise SealedKeyError(f"{self.label.name} says it is {keys.kid(self.label.public).hex()}, and is another")
        return signer


def seal(
    signer: Signer,
    label: Label,
    passphrase: str,
    randomness: Callable[[int], bytes],
    cost: Cost | None = None,
) -> bytes:
    """The bytes of a key file. Raises WeakPassphrase."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise WeakPassphrase(f"a passphrase has at least {MIN_PASSPHRASE} characters; take four words by chance")
    if signer.public != label.public:
        raise ValueError("the label is of another key")
    spent = cost or COST
    salt = randomness(argon2id.SALTBYTES)
    box = SecretBox(_derive(passphrase, salt, spent))
    document = {
        "format": FORMAT,
        "realm": label.realm,
        "name": label.name,
        "ceremony": label.ceremony,
        "public": base64.encode(label.public),
        "kdf": {"name": _KDF, "operations": spent.operations, "memory": spent.memory, "salt": base64.encode(salt)},
        "sealed": base64.encode(bytes(box.encrypt(signer.seed, randomness(SecretBox.NONCE_SIZE)))),
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def read(data: bytes, where: object) -> SealedKey:
    """Read the bytes of a key file strictly. Raises SealedKeyError that names `where`."""
    try:
        if len(data) > MAX_FILE_BYTES:
            raise SealedKeyError(f"{where} is over {MAX_FILE_BYTES} bytes")
        return _parsed(json.loads(data))
    except (ValueError, KeyError, TypeError, RecursionError, WireError) as error:
        raise SealedKeyError(f"{where} is no sealed key, or it is damaged: {error}") from error


def _parsed(found: Any) -> SealedKey:
    kdf = found["kdf"]
    if frozenset(found) != _FIELDS or frozenset(kdf) != _KDF_FIELDS:
        raise ValueError("fields are missing, or there are more")
    if found["format"] != FORMAT or kdf["name"] != _KDF:
        raise ValueError(f"it is of another version: {found['format']}, {kdf['name']}")
    label = Label(check_realm(found["realm"]), found["name"], found["ceremony"], base64.decode(found["public"]))
    if not 1 <= len(label.name) <= MAX_NAME or not isinstance(label.ceremony, str) or len(label.public) != 32:
        raise ValueError("its label cannot be")
    cost = Cost(kdf["operations"], kdf["memory"])
    if not 1 <= cost.operations <= MAX_OPERATIONS or not argon2id.MEMLIMIT_MIN <= cost.memory <= MAX_MEMORY:
        raise ValueError("its Argon2id parameters are out of range")
    salt, sealed = base64.decode(kdf["salt"]), base64.decode(found["sealed"])
    if len(salt) != argon2id.SALTBYTES or len(sealed) != SecretBox.NONCE_SIZE + SecretBox.MACBYTES + 32:
        raise ValueError("salt or box have another length")
    return SealedKey(label, cost, salt, sealed)


def _derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    secret = unicodedata.normalize("NFC", passphrase).encode()
    return argon2id.kdf(SecretBox.KEY_SIZE, secret, salt, opslimit=cost.operations, memlimit=cost.memory)
