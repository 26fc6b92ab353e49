"""The keys that the gateway shares with its radio devices (SPEC.md §8.1): derived when they are needed, and not stored.

A device whose secure element cannot do X25519 has a key of its own, given at provisioning: the file
`link-keys/<kid in hex>.key` of 32 bytes, which only the gateway's user may read.
"""

from collections import OrderedDict
from pathlib import Path

from civicroot_wire import keys, link_key
from civicroot_wire.errors import SignatureError
from civicroot_wire.sodium import Signer
from nacl import bindings
from nacl.exceptions import CryptoError

from .. import keyfile
from ..errors import KeyFileError

FOLDER = "link-keys"
MAX_KEPT = 4096  # derived keys in memory: 1 MB; deriving one takes 0.1 ms


def shared_secret(own: Signer, public: bytes) -> bytes:
    """X25519 between two Ed25519 keys, by libsodium; raises SignatureError for a key that it refuses.

    It refuses points of small order, off the curve or outside the main subgroup, and an output of zeros.
    """
    try:
        scalar: bytes = bindings.crypto_sign_ed25519_sk_to_curve25519(own.seed + own.public)
        point: bytes = bindings.crypto_sign_ed25519_pk_to_curve25519(public)
        found: bytes = bindings.crypto_scalarmult(scalar, point)
    except CryptoError as error:
        raise SignatureError("weak-key", str(error)) from error
    return found


class LinkKeys:
    """Link keys of the gateway `own` in `realm`; `folder` is its data folder."""

    def __init__(self, own: Signer, realm: str, folder: Path) -> None:
        self._own = own
        self._realm = realm
        self._folder = folder / FOLDER
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    def of(self, public: bytes) -> bytes:
        """The link key of the device with this public key; raises SignatureError, KeyFileError."""
        found = self._kept.get(public)
        if found is None:
            found = self._given(public) or link_key.derive(
                shared_secret(self._own, public), self._realm, public, self._own.public
            )
            self._kept[public] = found
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(public)
        return found

    def _given(self, public: bytes) -> bytes | None:
        path = self._folder / f"{keys.kid(public).hex()}.key"
        try:
            return keyfile.read(path) if path.exists() else None
        except OSError as error:
            raise KeyFileError(f"{path}: {error.strerror}") from error
