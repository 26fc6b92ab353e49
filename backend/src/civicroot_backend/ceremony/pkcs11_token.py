"""Root keys on PKCS#11 tokens: made there, never out of there; Ed25519 as PKCS#11 3.0 has it (CKM_EDDSA, §2.3.14).

A token is named by a PKCS#11 URI (RFC 7512) with `token` or `serial`, and `module-path`:
`pkcs11:token=root-1?module-path=/usr/lib/softhsm/libsofthsm2.so`. Needs `civicroot-backend[token]` (python-pkcs11).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from civicroot_wire import keys

from civicroot_backend.ceremony.errors import MediumTaken, TokenAbsent, TokenError, TokenLocked, WrongMedium, WrongPin

if TYPE_CHECKING:
    from pkcs11 import Session

SCHEME = "pkcs11:"
ED25519_OID = "1.3.101.112"  # RFC 8410 §3; tokens take it, or the curve's name, as EC parameters
PUBLIC_BYTES = 32


@dataclass(frozen=True)
class TokenAddress:
    """Which token, and the module (a shared library) that speaks to it."""

    module: str
    label: str | None
    serial: str | None

    def __str__(self) -> str:
        return f"token {self.label or self.serial}"


@dataclass(frozen=True)
class TokenKey:
    """A key of an open token, with its CKA_LABEL and CKA_ID: `sign` gives 64 bytes."""

    public: bytes
    name: str
    identifier: bytes
    sign: Callable[[bytes], bytes]

    @property
    def kid(self) -> bytes:
        """Its key identifier."""
        return keys.kid(self.public)


def parse(uri: str) -> TokenAddress:
    """A token from its URI. Raises TokenError."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    found = dict(part.partition("=")[::2] for part in [*path.split(";"), *query.split("&")] if part)
    unknown = sorted(set(found) - {"token", "serial", "module-path"})
    if unknown or "module-path" not in found or not {"token", "serial"} & set(found):
        raise TokenError(f"a token is {SCHEME}token=LABEL?module-path=LIBRARY: {uri}")
    values = {name: unquote(value) for name, value in found.items()}
    return TokenAddress(values["module-path"], values.get("token"), values.get("serial"))


@contextmanager
def opened(address: TokenAddress, pin: str, write: bool = False) -> Iterator["OpenToken"]:
    """A session with the token, logged in. Raises TokenError and those below it. A wrong PIN is tried once only."""
    pkcs11 = _library()
    with _errors(address):
        library = pkcs11.lib(address.module)
        library.reinitialize()  # a module may look for tokens only then, and this one was just plugged in
        found = [token for token in library.get_tokens() if _is(token, address)]
        if not found:
            raise TokenAbsent(f"there is no {address}: is it plugged in?")
        if len(found) > 1:
            raise TokenError(f"{len(found)} tokens are called {address.label}: name one by its serial number")
        if pkcs11.TokenFlag.USER_PIN_LOCKED in found[0].flags:
            raise TokenLocked(f"{address} is locked after too many wrong PINs; its security officer can unlock it")
        with found[0].open(rw=write, user_pin=pin) as session:
            yield OpenToken(session, address, _serial(found[0]))


class OpenToken:
    """A token that is logged in; `serial` tells it from others."""

    def __init__(self, session: "Session", address: TokenAddress, serial: str) -> None:
        self._session = session
        self._address = address
        self.serial = serial

    def found(self) -> list[TokenKey]:
        """The Ed25519 keys on it."""
        pkcs11 = _library()
        with _errors(self._address):
            query = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY}
            return [self._key(public) for public in self._session.get_objects(query) if _is_ed25519(public)]

    def key(self, public: bytes) -> TokenKey:
        """The key with this public key. Raises WrongMedium."""
        for found in self.found():
            if found.public == public:
                return found
        raise WrongMedium(f"{self._address} has no key {keys.kid(public).hex()}")

    def make(self, name: str, identifier: bytes) -> TokenKey:
        """A new key that cannot leave the token. MediumTaken if one is called so already, TokenError."""
        pkcs11 = _library()
        if self.found():
            there = ", ".join(found.name for found in self.found())
            raise MediumTaken(f"{self._address} has a key already: {there}")
        with _errors(self._address):
            parameters = self._session.create_domain_parameters(
                pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: _curve()}, local=True
            )
            public, private = parameters.generate_keypair(
                mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                store=True,
                label=name,
                id=identifier,
                private_template=_private_template(),
            )
            if private[pkcs11.Attribute.EXTRACTABLE] or not private[pkcs11.Attribute.SENSITIVE]:
                private.destroy()
                public.destroy()
                raise TokenError(f"{self._address} makes keys that can be read out of it: it protects nothing")
            return self._key(public)

    def _key(self, public: Any) -> TokenKey:
        pkcs11 = _library()
        identifier = public[pkcs11.Attribute.ID]

        def sign(message: bytes) -> bytes:
            with _errors(self._address):
                private: Any = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=identifier)
                return bytes(private.sign(message, mechanism=pkcs11.Mechanism.EDDSA))

        return TokenKey(_point(public), str(public[pkcs11.Attribute.LABEL]), bytes(identifier), sign)


def _is(token: Any, address: TokenAddress) -> bool:
    return address.label in (None, token.label) and address.serial in (None, _serial(token))


def _serial(token: Any) -> str:
    return bytes(token.serial).decode("ascii", "replace").strip()


def _is_ed25519(public: Any) -> bool:
    pkcs11 = _library()
    return bool(public[pkcs11.Attribute.KEY_TYPE] == pkcs11.KeyType.EC_EDWARDS) and len(_point(public)) == PUBLIC_BYTES


def _private_template() -> dict[Any, bool]:
    """Asked for; whether the token does so is looked at after the key is made."""
    pkcs11 = _library()
    return {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}


def _point(public: Any) -> bytes:
    """CKA_EC_POINT: an OCTET STRING with the key, or (PKCS#11 3.1) the key itself."""
    point = bytes(public[_library().Attribute.EC_POINT])
    return point[2:] if len(point) == PUBLIC_BYTES + 2 and point[:2] == b"\x04\x20" else point


def _curve() -> bytes:
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 - see _library

    return bytes(encode_named_curve_parameters(ED25519_OID))


def _library() -> Any:
    """python-pkcs11, which only those install who have tokens."""
    try:
        import pkcs11  # noqa: PLC0415
    except ImportError as error:
        raise TokenError("tokens need the package civicroot-backend[token]") from error
    return pkcs11


@contextmanager
def _errors(address: TokenAddress) -> Iterator[None]:
    """What the module says, in words for the person with the token."""
    from pkcs11 import exceptions  # noqa: PLC0415 - see _library

    try:
        yield
    except exceptions.PinLocked as error:
        raise TokenLocked(
            f"{address} is locked after too many wrong PINs; its security officer can unlock it"
        ) from error
    except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange) as error:
        raise WrongPin(f"{address} refuses this PIN; every wrong one brings it nearer to being locked") from error
    except (exceptions.TokenNotPresent, exceptions.DeviceRemoved, exceptions.TokenNotRecognised) as error:
        raise TokenAbsent(f"{address} was pulled out, or is none") from error
    except (exceptions.MechanismInvalid, exceptions.DomainParamsInvalid) as error:
        raise TokenError(f"{address} cannot sign with Ed25519 (CKM_EDDSA)") from error
    except exceptions.NoSuchKey as error:
        raise TokenError(f"{address} has a public key without its secret one") from error
    except exceptions.PKCS11Error as error:
        raise TokenError(f"{address}: {type(error).__name__} {error}".rstrip()) from error
