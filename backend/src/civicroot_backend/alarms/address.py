"""Where a webhook may go: to public addresses by https, and to private ones only where the configuration says so.

Whoever may add a target must not reach through this backend what he cannot reach himself (SSRF): the machine itself,
its neighbours, a cloud's metadata. So the name is resolved once, every address that it has is looked at, and the
connection goes to the very address that was looked at: a name that changes meanwhile leads nowhere else. Nothing
follows a redirection.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from civicroot_backend.alarms.errors import NotDelivered, UnfitRule

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
# RFC 6052 and RFC 8215: a translator makes IPv4 addresses of these.
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# RFC 4291 §2.5.5.1 and RFC 3879 (both given up), RFC 9602, RFC 9637: Python before 3.13 calls some of them global.
INWARD = tuple(IPv6Network(text) for text in ("::/96", "fec0::/10", "5f00::/16", "3fff::/20"))
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Destination:
    """One address that was looked at; `target`: path and query."""

    host: str
    address: str
    port: int
    tls: bool
    target: str


def parsed(url: str) -> SplitResult:
    """An address that a webhook can have at all. Raises UnfitRule."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnfitRule(f"no address of a webhook: {error}") from error
    visible = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("https", "http") or not parts.hostname or not visible or port == 0:
        raise UnfitRule("the address of a webhook begins with https://, and has only letters of addresses")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UnfitRule("the address of a webhook has neither a password nor a part after #")
    return parts


def origin_of(url: str) -> str:
    """Scheme, host and port: what may be shown of an address whose path and query are often a key. Raises UnfitRule."""
    parts = parsed(url)
    return f"{parts.scheme}://{parts.netloc}"


def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a name. Raises NotDelivered."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotDelivered(f"{host} has no address: {error}") from error
    return [str(each[4][0]) for each in found]


def destination(url: str, networks: Sequence[Network], resolve: Resolve = look_up) -> Destination:
    """Where the message goes. Raises UnfitRule, NotDelivered: for good, if it may not go there."""
    parts = parsed(url)
    tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    addresses = [ip_address(text.partition("%")[0]) for text in resolve(host, port)]
    if not addresses:
        raise NotDelivered(f"{host} has no address")
    for address in addresses:
        named = any(_plain(address) in network for network in networks)
        if not named and (not tls or not _public(address)):
            what = "is on no public network" if not _public(address) else "is asked without TLS"
            raise NotDelivered(f"{host} {what}, and webhook_networks does not name it", for_good=True)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(host, str(addresses[0]), port, tls, target)


def _plain(address: Address) -> Address:
    """An IPv4 address in the form of an IPv6 one is that IPv4 address."""
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _public(address: Address) -> bool:
    plain = _plain(address)
    if isinstance(plain, IPv6Address):
        tunnel = plain.sixtofour is not None or plain.teredo is not None  # ways to another address, which may be any
        if tunnel or any(plain in network for network in TRANSLATED + INWARD):
            return False
    return plain.is_global and not plain.is_multicast
