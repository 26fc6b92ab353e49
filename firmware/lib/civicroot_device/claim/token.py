"""The claim token of an offer, and its text in a QR code (SPEC.md §3.2)."""

from civicroot_wire import claim_token
from civicroot_wire.claim_token import CTI_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_HOST = 44  # letters that version 8 at level M has room for beside the longest token's 270 digits
MAX_PORT = 65_535
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def check_host(host: str) -> str:
    """The host of claim URLs, and its port if it has one, as a QR code's alphanumeric segment has it: in capitals.

    Raises ValueError.
    """
    if not 1 <= len(host) <= MAX_HOST:
        raise ValueError("a claim host has 1 to %d letters" % MAX_HOST)
    name, colon, port = host.partition(":")
    if colon and not (port.isdigit() and int(port) <= MAX_PORT):
        raise ValueError("not a port of a claim host: " + host)
    if not name or name[0] not in _LETTERS or name[-1] not in _LETTERS:
        raise ValueError("not a claim host: " + host)
    if any(letter not in _LETTERS + ".-" for letter in name):
        raise ValueError("not a claim host: " + host)
    return host.upper()


def make(
    kid: bytes, realm: str, sign: "Callable[[bytes], bytes]", seq: int, expires: int, random: "Callable[[int], bytes]"
) -> bytes:
    """The signed token that claims deposit `seq` until `expires` (Unix seconds), with 8 random bytes."""
    cti = random(CTI_BYTES)
    if len(cti) != CTI_BYTES:
        raise ValueError("the source of randomness gave %d bytes" % len(cti))
    return claim_token.sign(kid, expires, cti, seq, realm, sign)


def url(host: str) -> str:
    """What stands before the digits; `host` as check_host gives it."""
    return "HTTPS://" + host + "/B/"
