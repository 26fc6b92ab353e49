"""Where a broker is: `mqtt://[user:password@]host[:port]`."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..errors import ConfigError

DEFAULT_PORT = 1883  # IANA's port of MQTT without TLS


@dataclass(frozen=True)
class BrokerAddress:
    """A broker's host, port and the credentials it asks for."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"mqtt://{self.host}:{self.port}"  # never the password


def parse(url: str) -> BrokerAddress:
    """Read a broker URL; raises ConfigError."""
    try:
        parts = urlsplit(url)
    except ValueError as error:  # brackets that hold no IPv6 address
        raise ConfigError(f"a broker URL's host: {error}") from error
    if parts.scheme != "mqtt" or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError("a broker URL is mqtt://[user:password@]host[:port]")
    try:
        port = parts.port or DEFAULT_PORT
    except ValueError as error:
        raise ConfigError("a broker's port is 1 to 65535") from error
    username = unquote(parts.username) if parts.username else None
    return BrokerAddress(parts.hostname, port, username, unquote(parts.password) if parts.password else None)
