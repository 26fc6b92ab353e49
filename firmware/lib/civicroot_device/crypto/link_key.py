"""The key that a device shares with its gateway for radio, derived from their enrolled keys (wire/SPEC.md §8.1)."""

from civicroot_wire import link_key

from civicroot_device.crypto.x25519 import shared_secret


def derive(seed: bytes, public: bytes, gateway: bytes, realm: str) -> bytes:
    """32 bytes; `seed` and `public` are the device's, `gateway` its gateway's public key. Raises SignatureError."""
    return link_key.derive(shared_secret(seed, gateway), realm, public, gateway)
