"""Configuration: what an operator wants a device to do (SPEC.md §3.6)."""

from . import claims, cose, shape
from .cbor import DecimalFraction, encode
from .cbor import decode as decode_cbor
from .names import measurement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

ROLE = "operator"
MAX_SETTINGS = 64
_VERSION, _SETTINGS = 1, 2


class Configuration:
    """`subject` it is for, `version` that strictly increases, `settings` by name."""

    __slots__ = ("claims", "message", "settings", "subject", "version")

    def __init__(self, subject: str, version: int, settings: "dict[str, int | DecimalFraction | bool | str]") -> None:
        self.subject = subject
        self.version = version
        self.settings = settings
        self.claims: "claims.Claims | None" = None
        self.message: "cose.Sign1 | None" = None


def sign(wanted: Configuration, operator_kid: bytes, issuer: str, realm: str, signer: "Sign") -> bytes:
    """Return the operator's signed configuration."""
    about = claims.Claims(claims.CONFIGURATION_TYP, issuer, wanted.subject, realm)
    return claims.sign(operator_kid, about, encode({_VERSION: wanted.version, _SETTINGS: wanted.settings}), signer)


def decode(data: bytes) -> Configuration:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode_about_subject(data, claims.CONFIGURATION_TYP)
    content = decode_cbor(message.payload, claims.MAX_STATEMENT_BYTES)
    fields = shape.mapping(content, "configuration", (_VERSION, _SETTINGS))
    settings = fields[_SETTINGS]
    names = tuple(settings)[: MAX_SETTINGS + 1] if isinstance(settings, dict) else ()
    shape.integer(len(names), "number of settings", 0, MAX_SETTINGS)
    values = shape.mapping(settings, "settings", (), names)
    version = shape.integer(fields[_VERSION], "version", 0, shape.UINT32)
    found = Configuration(
        about.subject,
        version,
        {measurement(shape.text(name, "setting")): _setting(values[name]) for name in values},
    )
    found.claims, found.message = about, message
    return found


def _setting(value: object) -> "int | DecimalFraction | bool | str":
    if value is True or value is False:
        return value is True
    return shape.text(value, "setting") if isinstance(value, str) else shape.number(value, "setting")


def verify(wanted: Configuration, realm: str, operator_key: bytes, verifier: "Verify") -> Configuration:
    """Return the configuration if the operator signed it for `realm`."""
    if wanted.message is None or wanted.claims is None:
        raise ValueError("verify takes a decoded configuration")
    claims.verify(wanted.message, wanted.claims, realm, operator_key, verifier)
    return wanted
