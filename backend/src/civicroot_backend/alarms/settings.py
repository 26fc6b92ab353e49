"""How messages leave: the table `notifications` of the configuration.

[notifications]
smtp_host = "mail.city.example"           # without it nobody is told by e-mail
smtp_port = 587                           # 465 with smtp_security = "tls"
smtp_security = "starttls"                # or "tls", or "none" (a relay on this very machine)
smtp_ca_file = ""                         # PEM of a certificate authority of one's own; else the machine's
smtp_user = "civicroot"
smtp_password_file = "smtp.password"
sender = "alarms@city.example"
webhook_networks = ["10.1.0.0/16"]        # private networks that webhooks may go to, also by http; else none
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal

from civicroot_backend.errors import ConfigurationError

Security = Literal["starttls", "tls", "none"]
SECURITIES = ("starttls", "tls", "none")
SUBMISSION_PORT = 587  # RFC 6409
MAX_PORT = 65535
_TEXTS = {"smtp_host", "smtp_security", "smtp_ca_file", "smtp_user", "smtp_password_file", "sender"}
_KEYS = _TEXTS | {"smtp_port", "webhook_networks"}


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server that takes messages from this backend."""

    host: str
    port: int
    security: Security
    ca_file: Path | None
    user: str
    password: str
    sender: str


@dataclass(frozen=True, slots=True)
class Settings:
    """`smtp`: None: no e-mail. `networks`: private ones that webhooks may go to."""

    smtp: Smtp | None = None
    networks: tuple[IPv4Network | IPv6Network, ...] = ()


def of_configuration(table: Mapping[str, Any], folder: Path) -> Settings:
    """Of the table; relative paths start at `folder`. Raises ConfigurationError."""
    unknown = sorted(set(table) - _KEYS)
    wrong = [key for key in _TEXTS if not isinstance(table.get(key, ""), str)]
    listed = table.get("webhook_networks", [])
    if unknown or wrong or not isinstance(listed, list):
        raise ConfigurationError(
            f"notifications: unknown {unknown}, or no text {sorted(wrong)}, or no list of networks"
        )
    try:
        networks = tuple(ip_network(one) for one in listed)
    except ValueError as error:
        raise ConfigurationError(f"notifications: webhook_networks: {error}") from error
    return Settings(_smtp(table, folder) if table.get("smtp_host") else None, networks)


def _smtp(table: Mapping[str, Any], folder: Path) -> Smtp:
    port, security = table.get("smtp_port", SUBMISSION_PORT), table.get("smtp_security", "starttls")
    if security not in SECURITIES or type(port) is not int or not 0 < port <= MAX_PORT:
        raise ConfigurationError(f"notifications: smtp_security is one of {SECURITIES}, smtp_port a port")
    sender = table.get("sender", "")
    if sender.count("@") != 1 or any(letter.isspace() for letter in sender):
        raise ConfigurationError("notifications: sender is an e-mail address")
    user, file = table.get("smtp_user", ""), table.get("smtp_password_file", "")
    if bool(user) != bool(file) or (user and security == "none"):
        raise ConfigurationError("notifications: smtp_user goes with smtp_password_file, and never in the clear")
    try:
        password = (folder / file).read_text().strip() if file else ""
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"notifications: {folder / file}: {error}") from error
    ca_file = folder / table["smtp_ca_file"] if table.get("smtp_ca_file") else None
    return Smtp(table["smtp_host"], port, security, ca_file, user, password, sender)
