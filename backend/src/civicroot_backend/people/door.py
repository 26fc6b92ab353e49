"""The city's own address: the only origin whose pages may act for who is signed in, and passkeys' relying party.

A backend whose public address is http on this very machine, as in the demo, lets in its pages by each of the machine's
names, so that there are passkeys without a certificate. Anywhere else signing in needs https.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from civicroot_backend.people.errors import CROSS_SITE, INSECURE_ADDRESS, NotAllowed

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_SAME_ORIGIN = "same-origin"  # of Sec-Fetch-Site


@dataclass(frozen=True, slots=True)
class Entrance:
    """The origin that a request came from, and the relying party that passkeys have there."""

    origin: str
    rp_id: str


class Door:
    """`secure`: cookies are for https only, and have the names that no other host or path can set."""

    def __init__(self, public_url: str, http_host: str) -> None:
        parts = urlsplit(public_url)
        self.origin = f"{parts.scheme}://{parts.netloc}".lower()
        # Browsers have no passkeys for a number: who is led to a local demo gets there by its name.
        self._pages = (
            public_url.replace("//127.0.0.1", "//localhost", 1) if is_local(parts.hostname or "") else public_url
        )
        self.secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._local = not self.secure and is_local(http_host) and is_local(self._host)
        self.usable = self.secure or is_local(self._host)

    def enter(self, origin: str | None, fetch_site: str | None, host: str | None) -> Entrance:
        """Where a request of a page comes from. Raises NotAllowed unless it is the city's own page.

        `origin`, `fetch_site`, `host`: the request's Origin, Sec-Fetch-Site and Host.
        """
        if not self.usable:
            raise NotAllowed(INSECURE_ADDRESS, "signing in needs https: set public_url")
        if origin is None or fetch_site not in (None, _SAME_ORIGIN):
            raise NotAllowed(CROSS_SITE, "only the city's own pages may do this")
        if origin.lower() == self.origin:
            return Entrance(self.origin, self._host)
        if self._local and origin.lower() in _local_origins(host):
            return Entrance(origin.lower(), urlsplit(origin).hostname or "")
        raise NotAllowed(CROSS_SITE, "only the city's own pages may do this")

    def has_passkeys(self, host: str | None) -> bool:
        """Whether pages under this Host can have passkeys: browsers know none of numeric addresses."""
        name = urlsplit(f"//{host or ''}").hostname or ""
        return self.usable and not _is_number(name)

    def address(self, host: str | None) -> str:
        """Where a browser that asked with this Host finds the city's pages."""
        local = _local_origins(host) if self._local else ()
        return local[0] if local else self.origin

    def invitation_link(self, token: str) -> str:
        """Where an invitation is taken; what follows the number sign is sent to nobody."""
        return f"{self._pages}/sign-in#invitation={token}"


def _local_origins(host: str | None) -> tuple[str, ...]:
    """What a page of a local server has for origin, if the request went to it by one of its local names."""
    name = (host or "").lower()
    return (f"http://{name}",) if name.rpartition(":")[0] in _LOCAL_NAMES or name in _LOCAL_NAMES else ()


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_local(host: str) -> bool:
    """Whether a name or number is this very machine's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
