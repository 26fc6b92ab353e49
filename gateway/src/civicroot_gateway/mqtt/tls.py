"""TLS of a link: whom the gateway believes to be the broker, and what it shows of itself. Renewed without a restart."""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from ..operate.logs import fields

WARN_BEFORE = 14 * 86400  # seconds before its end at which an unrenewed certificate is a matter for the log
_WARN_INTERVAL = 86400  # seconds between two such lines

_log = logging.getLogger(__name__)
_Fingerprint = tuple[tuple[int, int, int] | None, ...]


class TlsError(Exception):
    """The files do not make a usable TLS configuration; the text says why."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. `ca`: who may sign the broker's certificate, None: the system's. `certificate` and `key`: our own."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files said. `expires_at`: Unix seconds at which our own certificate ends, if we have one."""

    context: ssl.SSLContext
    expires_at: float | None


def load(files: TlsFiles) -> Loaded:
    """TLS 1.2 or newer, the broker's chain and host name checked. Raises TlsError."""
    try:
        context = ssl.create_default_context(cafile=files.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if files.certificate is None:
            return Loaded(context, None)
        context.load_cert_chain(files.certificate, files.key, _no_password)
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise TlsError(_explain(error, files)) from error
    return Loaded(context, certificate.not_valid_after_utc.timestamp())


def _no_password() -> str:
    raise ValueError("the key is encrypted; nobody is here to type its password")


def _explain(error: OSError | ValueError, files: TlsFiles) -> str:
    if isinstance(error, ssl.SSLError) and "KEY_VALUES_MISMATCH" in str(error):
        return f"{files.key or files.certificate} is not the key of {files.certificate}"
    names = ", ".join(str(path) for path in (files.ca, files.certificate, files.key) if path)
    return f"{error} ({names})"


class Credentials:
    """The newest usable state of the files. `now()` is Unix seconds."""

    def __init__(self, files: TlsFiles, now: Callable[[], float]) -> None:
        self._files = files
        self._now = now
        self._seen: _Fingerprint | None = None
        self._loaded: Loaded | None = None
        self._error = "not loaded yet"
        self._warn_at = 0.0

    @property
    def expires_at(self) -> float | None:
        """Unix seconds at which the certificate in use ends, if there is one."""
        return self._loaded.expires_at if self._loaded else None

    def context(self) -> ssl.SSLContext:
        """For the next connection. Raises TlsError while the files were never usable."""
        if self._loaded is None:
            raise TlsError(self._error)
        return self._loaded.context

    def look(self) -> bool:
        """Whether the files changed and are usable: then they are what `context` returns from now on.

        Who renews a certificate writes two files. Whatever is seen between, half written or not matching, is refused
        with a line in the log, what was loaded before stays in use, and the next change is looked at again.
        """
        seen = tuple(_fingerprint(path) for path in (self._files.ca, self._files.certificate, self._files.key))
        changed = seen != self._seen and self._take()
        self._seen = seen
        self._warn()
        return changed

    def _take(self) -> bool:
        try:
            found = load(self._files)
            if self._loaded and found.expires_at is not None and found.expires_at < self._now() <= self._end():
                raise TlsError(f"{self._files.certificate} has expired")
        except TlsError as error:
            self._error = str(error)
            _log.error("TLS files refused", extra=fields(error=self._error, keeps_old=self._loaded is not None))
            return False
        self._loaded = found
        self._warn_at = 0.0
        return True

    def _end(self) -> float:
        return self.expires_at or 0.0

    def _warn(self) -> None:
        now = self._now()
        if self.expires_at is not None and now >= max(self.expires_at - WARN_BEFORE, self._warn_at):
            self._warn_at = now + _WARN_INTERVAL
            days = round((self.expires_at - now) / 86400, 1)
            _log.warning("TLS certificate ends", extra=fields(certificate=str(self._files.certificate), days=days))


def _fingerprint(path: Path | None) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None if there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
