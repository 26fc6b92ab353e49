"""What signs and what verifies, as civicroot_wire takes them: libsodium in the process, anything else in a test."""

from collections.abc import Callable

Sign = Callable[[bytes], bytes]  # message to 64-byte signature
Verify = Callable[[bytes, bytes, bytes], None]  # public key, message, signature; raises SignatureError
