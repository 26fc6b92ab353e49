"""Whom limits count: the address that a request comes from.

Behind a proxy that is the proxy's, unless `trusted_proxies` of the configuration names it: then the server has put the
address in place that the proxy forwards (server.py).
"""

from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

_SITE_BITS = 64  # of an IPv6 address; the rest is one customer's own to choose


def origin_of(scope: Scope) -> str:
    """The IPv4 address, or the site of an IPv6 address."""
    client = scope.get("client")
    host: str = client[0] if client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host  # a name that a test client or a proxy gave
    return str(int(address) >> _SITE_BITS) if isinstance(address, IPv6Address) else host
