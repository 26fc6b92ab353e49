"""A command: a signed configuration or release manifest, as a gateway relays it to a device (SPEC.md §3.6, §8)."""

from dataclasses import dataclass

from civicroot_wire import configuration, entry, release
from civicroot_wire.claims import Claims
from civicroot_wire.cose import Sign1
from civicroot_wire.errors import MalformedError

from ..registry.trust_store import CONFIGURATION, RELEASE
from ..signing import Verify

KINDS = (RELEASE, CONFIGURATION)
ROLES = {CONFIGURATION: configuration.ROLE, RELEASE: release.ROLE}
OF_A_MODEL = "release/"  # class of the subjects of releases that are for no single device
_DIGEST_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Command:
    """A message of `kind` for device `kid`, by key `signer` under the name `issuer`.

    Versions rise for each `subject` and kind. `contents`: SHA-256 of each content that it names → its bytes, or None
    if they are not said.
    """

    kid: bytes
    kind: str
    subject: str
    issuer: str
    signer: bytes
    version: tuple[int, ...]
    message: bytes
    contents: dict[bytes, int | None]

    def is_for(self, subject: str) -> bool:
        """Whether the device that is `subject` may be told: a release is for one device, or for a whole model."""
        return self.subject == subject or (self.kind == RELEASE and self.subject.startswith(OF_A_MODEL))


def read(kid: bytes, message: bytes) -> Command:
    """What a message for `kid` says; nothing is verified yet. Raises MalformedError."""
    kind = entry.kind_of(message)
    if kind == entry.CONFIGURATION:
        wanted = configuration.decode(message)
        return _command(kid, kind, wanted.claims, wanted.message, (wanted.version,), message, _named(wanted))
    if kind == entry.RELEASE:
        manifest = release.decode(message)
        contents: dict[bytes, int | None] = {digest: size for _, size, digest in manifest.files}
        return _command(kid, kind, manifest.claims, manifest.message, manifest.version, message, contents)
    raise MalformedError("wrong-kind", f"a {kind} is no command")


def verify(found: Command, realm: str, public: bytes, verifier: Verify) -> Command:
    """The command, if the key signed it for `realm`; raises WireError."""
    if found.kind == CONFIGURATION:
        configuration.verify(configuration.decode(found.message), realm, public, verifier)
    else:
        release.verify(release.decode(found.message), realm, public, verifier)
    return found


def _command(
    kid: bytes,
    kind: str,
    about: Claims | None,
    signed: Sign1 | None,
    version: tuple[int, ...],
    message: bytes,
    contents: dict[bytes, int | None],
) -> Command:
    assert about is not None and signed is not None  # both are there in what was decoded
    return Command(kid, kind, about.subject, about.issuer, signed.kid, version, message, contents)


def _named(wanted: configuration.Configuration) -> dict[bytes, int | None]:
    """Content that a setting names: the hexadecimal digits of its SHA-256."""
    return {
        bytes.fromhex(value): None
        for value in wanted.settings.values()
        if isinstance(value, str) and len(value) == _DIGEST_DIGITS and set(value) <= set("0123456789abcdef")
    }
