"""Kinds of settings: what a value in the file means, what it is called in the environment, how it is printed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from civicroot_wire import names
from civicroot_wire.errors import MalformedError

from ..errors import ConfigError
from ..mqtt import broker_address

METADATA = "setting"
HIDDEN = "***"  # in place of a password
MAX_PORT = 65535


class Kind(Protocol):
    """A kind of value."""

    def read(self, raw: object, base: Path) -> object:
        """What TOML value `raw` means in a file that lies in folder `base`; raises ConfigError, "is not …"."""

    def from_text(self, text: str) -> object:
        """The TOML value that an environment variable's text stands for."""

    def shown(self, raw: object) -> object:
        """`raw` without secrets."""

    def limits(self) -> str:
        """What values there are, for people; may be empty."""


@dataclass(frozen=True)
class Text:
    """Any text."""

    optional: bool = False

    def read(self, raw: object, _base: Path) -> object:
        if not isinstance(raw, str) or not (raw or self.optional):
            raise ConfigError("is not text")
        return raw

    def from_text(self, text: str) -> object:
        return text

    def shown(self, raw: object) -> object:
        return raw

    def limits(self) -> str:
        return ""


class Realm(Text):
    """A city's permanent name."""

    def read(self, raw: object, base: Path) -> object:
        try:
            return names.realm(str(super().read(raw, base)))
        except MalformedError as error:
            raise ConfigError(f"is refused: {error}") from error


class File(Text):
    """A path, relative to the configuration file's folder; if optional, empty is None."""

    def read(self, raw: object, base: Path) -> object:
        text = super().read(raw, base)
        return base / str(text) if text else None


class Url(Text):
    """Where a broker is; the password in it is a secret."""

    def read(self, raw: object, base: Path) -> object:
        try:
            return broker_address.parse(str(super().read(raw, base)))
        except ConfigError as error:
            raise ConfigError(f"is refused: {error}") from error

    def shown(self, raw: object) -> object:
        parts = urlsplit(str(raw))
        if parts.password is None:
            return raw
        user, _, place = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{HIDDEN}@{place}"))


class Listen(Text):
    """`host:port` or `[v6]:port` to listen on, as (host, port); if optional, empty is None. Port 0 takes a free one."""

    def read(self, raw: object, base: Path) -> object:
        text = str(super().read(raw, base))
        if not text:
            return None
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > MAX_PORT:
            raise ConfigError("is not an address like 127.0.0.1:8090")
        return host, int(port)


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; whole ones only if `whole`."""

    low: float
    high: float
    whole: bool

    def read(self, raw: object, _base: Path) -> object:
        numeric = isinstance(raw, int) or (isinstance(raw, float) and not self.whole)
        if not numeric or isinstance(raw, bool) or not self.low <= raw <= self.high:  # type: ignore[operator]
            raise ConfigError(f"is not a number from {self.limits()}")
        return raw if self.whole else float(raw)  # type: ignore[arg-type]

    def from_text(self, text: str) -> object:
        try:
            return int(text) if self.whole else float(text)
        except ValueError as error:
            raise ConfigError(f"is not a number from {self.limits()}") from error

    def shown(self, raw: object) -> object:
        return raw

    def limits(self) -> str:
        return f"{self.low:,} to {self.high:,}"


class Flag:
    """true or false."""

    def read(self, raw: object, _base: Path) -> object:
        if not isinstance(raw, bool):
            raise ConfigError("is not true or false")
        return raw

    def from_text(self, text: str) -> object:
        return {"true": True, "false": False}.get(text, text)

    def shown(self, raw: object) -> object:
        return raw

    def limits(self) -> str:
        return ""


@dataclass(frozen=True)
class Tables:
    """A list of tables, read by `parse`, which raises ConfigError with the key's name; JSON in the environment."""

    parse: Callable[[object, Path], object]

    def read(self, raw: object, base: Path) -> object:
        return self.parse(raw, base)

    def from_text(self, text: str) -> object:
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigError("is not JSON") from error

    def shown(self, raw: object) -> object:
        return raw

    def limits(self) -> str:
        return ""


@dataclass(frozen=True)
class Setting:
    """One key: its `kind`, the TOML value it has if it is left out (None: it must be set), and its `comment`.

    `name` if the key is not called as its field; `example`: lines that are printed in place of the key.
    """

    kind: Kind
    default: object
    comment: str
    name: str | None = None
    example: str = ""


def setting(
    kind: Kind, default: object, comment: str, *, name: str | None = None, example: str = ""
) -> Any:  # Any: it stands for a default of the field's type
    """A dataclass field that is a key of the configuration."""
    described = {METADATA: Setting(kind, default, comment, name, example)}
    if default is None:
        return field(metadata=described)
    return field(default_factory=lambda: kind.read(default, Path()), metadata=described)


def whole(default: int, low: int, high: int, comment: str, *, name: str | None = None) -> Any:
    """A whole number."""
    return setting(Number(low, high, whole=True), default, comment, name=name)


def number(default: float, low: float, high: float, comment: str) -> Any:
    """A number."""
    return setting(Number(low, high, whole=False), default, comment)
