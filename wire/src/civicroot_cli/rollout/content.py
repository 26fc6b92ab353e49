"""What is rolled out: one content for all devices, of which each gets a manifest of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from civicroot_wire import cbor, names, release
from civicroot_wire.errors import WireError
from civicroot_wire.release import MAX_FILE_BYTES, Release
from civicroot_wire.sodium import Signer

from civicroot_cli import files
from civicroot_cli.main import CommandError

Version = tuple[int, int, int]
File = tuple[str, int, bytes]  # path on the device, bytes, SHA-256
BELOW = "lib/"  # where a device takes files (wire specification §3.6)
MAX_MANIFEST = 24 * 1024  # bytes; a device refuses a longer one as `too-large`
MAX_VERSION = 65535


@dataclass(frozen=True, slots=True)
class Content:
    """A release but for whom it is for; `kid` and `issuer` are the release key's, which a manifest names too."""

    realm: str
    kid: bytes
    issuer: str
    version: Version
    minimum: Version
    target: str
    files: list[File]

    @property
    def digest(self) -> bytes:
        """SHA-256 of all of it: who has the same one, signs the same manifests."""
        whole = (self.realm, self.kid, self.issuer, self.version, self.minimum, self.target, self.files)
        return hashlib.sha256(cbor.encode(whole)).digest()

    def manifest(self, subject: str, signer: Signer) -> bytes:
        """The signed manifest for one device. CommandError if nobody would take it."""
        try:
            made = Release(names.subject(subject), self.version, self.target, self.minimum, self.files)
            issuer, realm = names.subject(self.issuer), names.realm(self.realm)
            signed = release.sign(made, self.kid, issuer, realm, signer)
            release.decode(signed)
        except WireError as error:
            raise CommandError(f"this makes no release: {error}") from error
        if len(signed) > MAX_MANIFEST:
            raise CommandError(f"the manifest has {len(signed)} bytes; a device takes {MAX_MANIFEST}")
        return signed

    def is_in(self, manifest: Release) -> bool:
        """Whether a manifest is of this content, whichever key signed it and in whichever order its files stand."""
        found = (manifest.version, manifest.minimum, manifest.target, sorted(manifest.files))
        return found == (self.version, self.minimum, self.target, sorted(self.files))

    def checked(self, offered: frozenset[bytes] | None) -> "Content":
        """The same in order of paths. CommandError for what devices refuse, or what is not among `offered`."""
        for path, size, digest in self.files:
            if not path.startswith(BELOW):
                raise CommandError(f"devices take files below {BELOW} only: {path}")
            if offered is not None and size > 0 and digest not in offered:
                raise CommandError(f"{path} is not offered: give it to `civicroot backend offer` first")
        return replace(self, files=sorted(self.files))


def version(text: str) -> Version:
    """`X.Y.Z`. CommandError."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and int(part) <= MAX_VERSION for part in parts):
        raise CommandError(f"a version is written X.Y.Z, each at most {MAX_VERSION}: {text}")
    major, minor, patch = (int(part) for part in parts)
    return major, minor, patch


def shown(of: Version) -> str:
    """As a device says it."""
    return ".".join(str(part) for part in of)


def file(text: str) -> File:
    """`PATH=FILE`: the path on the device, and the file that goes there. CommandError."""
    path, separator, name = text.partition("=")
    if not separator or not path:
        raise CommandError(f"neither PATH=FILE nor a folder: {text}")
    return _read(path, Path(name))


def listed(arguments: Sequence[str]) -> list[File]:
    """A folder with `lib/` in it, or PATH=FILE each. CommandError."""
    if len(arguments) == 1 and Path(arguments[0]).is_dir():
        top = Path(arguments[0])
        found = [_read(path.relative_to(top).as_posix(), path) for path in sorted(top.rglob("*")) if path.is_file()]
    else:
        found = [file(text) for text in arguments]
    if not found:
        raise CommandError(f"no files in {arguments[0]}")
    return found


def offered(path: Path) -> frozenset[bytes]:
    """The digests in what `civicroot backend offer` printed. CommandError."""
    text = files.read(path, MAX_FILE_BYTES).decode(errors="replace")
    try:
        return frozenset(bytes.fromhex(line.split()[0]) for line in text.splitlines() if line.strip())
    except ValueError as error:
        raise CommandError(f"{path} is not what `civicroot backend offer` prints") from error


def _read(path: str, name: Path) -> File:
    content = files.read(name, MAX_FILE_BYTES)
    return path, len(content), hashlib.sha256(content).digest()
