"""The services that say who somebody is, as the configuration names them.

    [oidc.staff]
    label = "City account"                    # on the button
    issuer = "https://login.city.example"     # exactly as its tokens say it
    client_id = "civicroot"
    client_secret_file = "oidc-staff.secret"  # left out: a client without a secret, which PKCE protects
    claim = "email"                           # what of a token is the login here; an e-mail must be a verified one

Nobody gets an account by this: it lets in whom an operator has given one, under the login that the claim has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from civicroot_backend.errors import ConfigurationError
from civicroot_backend.people.door import is_local

EMAIL = "email"
_KEYS = {"label", "issuer", "client_id", "client_secret_file", "claim"}
_NAME = re.compile(r"[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Provider:
    """`issuer`: its address, as its tokens say it. `claim`: what of a token is somebody's login here."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str | None
    claim: str


def of_configuration(tables: Mapping[str, Mapping[str, object]], folder: Path) -> tuple[Provider, ...]:
    """All of them, by name. Raises ConfigurationError."""
    return tuple(_provider(name, tables[name], folder) for name in sorted(tables))


def safe(url: object) -> bool:
    """Whether an address is https, or on this very machine."""
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_local(parts.hostname))


def _provider(name: str, table: Mapping[str, object], folder: Path) -> Provider:
    unknown = sorted(set(table) - _KEYS)
    texts = {key: value for key, value in table.items() if isinstance(value, str) and value}
    missing = sorted({"issuer", "client_id"} - set(texts))
    if unknown or missing or len(texts) != len(table) or not _NAME.fullmatch(name):
        raise ConfigurationError(f"oidc.{name}: unknown {unknown}, missing {missing}, or what is no text or name")
    if not safe(texts["issuer"]):
        raise ConfigurationError(f"oidc.{name}: an issuer has an https address: {texts['issuer']}")
    secret = _secret(folder / texts["client_secret_file"]) if "client_secret_file" in texts else None
    claim = texts.get("claim", EMAIL)
    return Provider(name, texts.get("label", name), texts["issuer"], texts["client_id"], secret, claim)


def _secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
