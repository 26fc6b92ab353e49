"""Where a broker is: `mqtt://[user:password@]host[:port]`, or `mqtts://…` for TLS."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..errors import ConfigError

PORTS = {"mqtt": 1883, "mqtts": 8883}  # IANA's, without and with TLS


@dataclass(frozen=True)
class BrokerAddress:
    """A broker's host, port, the credentials it asks for, and whether it speaks TLS."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False

    def __repr__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"  # never the password


def parse(url: str) -> BrokerAddress:
    """Read a broker URL; raises ConfigError."""
    try:
        parts = urlsplit(url)
    except ValueError as error:  # brackets that hold no IPv6 address
        raise ConfigError(f"a broker URL's host: {error}") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError("a broker URL is mqtt[s]://[user:password@]host[:port]")
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise ConfigError("a broker's port is 1 to 65535") from error
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return BrokerAddress(parts.hostname, port, username, password, parts.scheme == "mqtts")
