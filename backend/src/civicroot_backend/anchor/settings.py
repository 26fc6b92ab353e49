"""Settings: one `[anchors.<name>]` table of the configuration, with what the policy says of that anchor.

Each kind has a module with `from_settings(settings) -> Anchor`, which reads its own keys through the methods here and
calls `finish`, so that a misspelt key is not ignored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from civicroot_wire.policy_anchor import Anchor as TrustedAnchor

from civicroot_backend.errors import ConfigurationError

COMMON = ("kind", "interval_seconds")


@dataclass(slots=True)
class Settings:
    """`values` of anchor `name`; `trusted`: the policy's, of the same kind. Relative paths start at `folder`.

    `clock` gives Unix seconds.
    """

    name: str
    values: Mapping[str, object]
    trusted: TrustedAnchor
    folder: Path
    clock: Callable[[], float]
    _read: set[str] = field(default_factory=lambda: set(COMMON))

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty. Raises ConfigurationError."""
        found = self._value(key, default)
        if not isinstance(found, str) or not found:
            raise self.wrong(key, "is no text")
        return found

    def url(self, key: str, default: str | None = None) -> str:
        """An http or https URL without trailing slash. Raises ConfigurationError."""
        return self._url(key, self.text(key, default))

    def urls(self, key: str) -> list[str]:
        """A list of at least one URL. Raises ConfigurationError."""
        found = self._value(key, None)
        if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
            raise self.wrong(key, "is no list of URLs")
        return [self._url(key, item) for item in found]

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """An integer in low … high. Raises ConfigurationError."""
        found = self._value(key, default)
        if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
            raise self.wrong(key, f"is not an integer from {low} to {high}")
        return found

    def path(self, key: str) -> Path:
        """A file. Raises ConfigurationError."""
        return self.folder / self.text(key)

    def finish(self) -> None:
        """Raise ConfigurationError if there is a key that nobody read."""
        unknown = sorted(set(self.values) - self._read)
        if unknown:
            raise ConfigurationError(f"anchors.{self.name} has unknown keys: {', '.join(unknown)}")

    def wrong(self, key: str, why: str) -> ConfigurationError:
        """The error for a value that cannot be."""
        return ConfigurationError(f"anchors.{self.name}.{key} {why}")

    def _value(self, key: str, default: object) -> object:
        self._read.add(key)
        found = self.values.get(key, default)
        if found is None:
            raise self.wrong(key, "is missing")
        return found

    def _url(self, key: str, text: str) -> str:
        if not text.startswith(("http://", "https://")):
            raise self.wrong(key, "is no http(s) URL")
        return text.rstrip("/")
