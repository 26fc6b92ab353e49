"""Release: the manifest of a firmware update (SPEC.md §3.6)."""

from . import claims, cose, shape
from .cbor import decode as decode_cbor
from .cbor import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

ROLE = "release"
MAX_FILES = 256
MAX_PATH = 96
MAX_FILE_BYTES = 1 << 20  # the application slot of a 4 MB flash
_VERSION, _TARGET, _MINIMUM, _FILES = 1, 2, 3, 4


class Release:
    """`version` and `minimum` as (major, minor, patch), `target` board, `files` as (path, size, SHA-256)."""

    __slots__ = ("claims", "files", "message", "minimum", "subject", "target", "version")

    def __init__(
        self,
        subject: str,
        version: "tuple[int, int, int]",
        target: str,
        minimum: "tuple[int, int, int]",
        files: "list[tuple[str, int, bytes]]",
    ) -> None:
        self.subject = subject
        self.version = version
        self.target = target
        self.minimum = minimum
        self.files = files
        self.claims: "claims.Claims | None" = None
        self.message: "cose.Sign1 | None" = None


def sign(release: Release, release_kid: bytes, issuer: str, realm: str, signer: "Sign") -> bytes:
    """Return the signed manifest."""
    fields = {
        _VERSION: release.version,
        _TARGET: release.target,
        _MINIMUM: release.minimum,
        _FILES: release.files,
    }
    about = claims.Claims(claims.RELEASE_TYP, issuer, release.subject, realm)
    return claims.sign(release_kid, about, encode(fields), signer)


def decode(data: bytes) -> Release:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode_about_subject(data, claims.RELEASE_TYP)
    content = decode_cbor(message.payload, claims.MAX_STATEMENT_BYTES)
    fields = shape.mapping(content, "release", (_VERSION, _TARGET, _MINIMUM, _FILES))
    found = Release(
        about.subject,
        _version(fields[_VERSION]),
        shape.text(fields[_TARGET], "target", 1, 64),
        _version(fields[_MINIMUM]),
        [_file(item) for item in shape.array(fields[_FILES], "files", 1, MAX_FILES)],
    )
    found.claims, found.message = about, message
    return found


def _version(value: object) -> "tuple[int, int, int]":
    major, minor, patch = [shape.integer(item, "version", 0, 65535) for item in shape.array(value, "version", 3, 3)]
    return major, minor, patch


def _file(value: object) -> "tuple[str, int, bytes]":
    path, size, digest = shape.array(value, "file", 3, 3)
    return (
        shape.text(path, "path", 1, MAX_PATH),
        shape.integer(size, "file size", 0, MAX_FILE_BYTES),
        shape.octets(digest, "file digest", 32, 32),
    )


def verify(release: Release, realm: str, release_key: bytes, verifier: "Verify") -> Release:
    """Return the release if the release key signed it for `realm`."""
    if release.message is None or release.claims is None:
        raise ValueError("verify takes a decoded release")
    claims.verify(release.message, release.claims, realm, release_key, verifier)
    return release
