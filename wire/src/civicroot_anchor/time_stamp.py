"""A time-stamp's structures (RFC 3161 §2.4.2, CMS of RFC 5652), read strictly; nothing is verified here.

Of CMS only what a token asked for without certificates has: one signer, named by issuer and serial number, signed
attributes, nothing that is not signed. So no bit of it can be changed unseen.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from civicroot_wire.errors import MalformedError

from civicroot_anchor import der
from civicroot_anchor.der import Item

SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
GRANTED = b"\x30\x03\x02\x01\x00"  # PKIStatusInfo with status 0 and nothing else: the rest is not signed
MAX_ACCURACY = 1 << 32  # seconds; who is further off says nothing
_TIME = re.compile(rb"(\d{14})(?:\.(\d*[1-9]))?Z")  # X.690 §11.7


@dataclass(frozen=True, slots=True)
class Info:
    """TSTInfo: imprint algorithm (OID) and digest; `time` and `accuracy` in Unix seconds; `critical` extensions."""

    algorithm: str
    digest: bytes
    time: Fraction
    accuracy: Fraction
    nonce: int | None
    critical: bool


@dataclass(frozen=True, slots=True)
class Token:
    """`encoded` TSTInfo and what it says; of its one signer: name, serial number, digest and attributes.

    `attributes`: OID → values. `signature_algorithm` is an OID.
    """

    encoded: bytes
    info: Info
    issuer: bytes
    serial: int
    digest_algorithm: str
    attributes: dict[str, list[Item]]
    signature_algorithm: str


def response(data: bytes) -> Token:
    """The token of a granted TimeStampResp. Raises MalformedError."""
    parts = der.items(der.only(data, der.SEQUENCE, "time-stamp response").content)
    if len(parts) != 2 or parts[0].encoded != GRANTED:
        raise MalformedError("malformed", "not a granted time-stamp, and nothing else")
    return _token(parts[1])


def nonce_of_request(data: bytes) -> int:
    """The nonce of a TimeStampReq (§2.4.1), which only the one who asked knows. Raises MalformedError."""
    fields = der.items(der.only(data, der.SEQUENCE, "time-stamp request").content)
    found = [item for item in fields[2:] if item.tag == der.INTEGER]
    if len(found) != 1:
        raise MalformedError("malformed", "time-stamp request without a nonce")
    return der.integer(found[0], "nonce")


def _token(item: Item) -> Token:
    kind, explicit = _fields(item, "token", 2)
    if der.oid(kind, "token's type") != SIGNED_DATA:
        raise MalformedError("malformed", "token is no signed data")
    signed = _fields(
        der.only(der.tagged(explicit, 0xA0, "token").content, der.SEQUENCE, "signed data"), "signed data", 4
    )
    version, algorithms, content, signers = signed
    _version(version, 3, "signed data")
    encoded = _content(content)
    signer = _fields(der.only(der.tagged(signers, der.SET, "signers").content, der.SEQUENCE, "signer"), "signer", 6)
    _version(signer[0], 1, "signer")
    issuer, serial = _fields(signer[1], "signer's name", 2)
    digest_algorithm = algorithm(signer[2], "digest algorithm")
    listed = der.items(der.tagged(algorithms, der.SET, "digest algorithms").content)
    if [algorithm(one, "digest algorithm") for one in listed] != [digest_algorithm]:
        raise MalformedError("malformed", "signed data lists other digest algorithms than its signer's")
    der.tagged(signer[5], der.OCTETS, "signature")
    return Token(
        encoded,
        _info(encoded),
        der.tagged(issuer, der.SEQUENCE, "signer's issuer").encoded,
        der.integer(der.tagged(serial, der.INTEGER, "signer's serial number"), "signer's serial number"),
        digest_algorithm,
        _attributes(der.tagged(signer[3], 0xA0, "signed attributes")),
        algorithm(signer[4], "signature algorithm"),
    )


def _content(item: Item) -> bytes:
    kind, explicit = _fields(item, "token's content", 2)
    if der.oid(kind, "content's type") != TST_INFO:
        raise MalformedError("malformed", "token holds no TSTInfo")
    return der.only(der.tagged(explicit, 0xA0, "TSTInfo").content, der.OCTETS, "TSTInfo").content


def _attributes(item: Item) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    listed = der.items(item.content)
    # What is signed is the DER of the set, so it has to be in DER's order.
    if [one.encoded for one in listed] != sorted(one.encoded for one in listed):
        raise MalformedError("not-deterministic", "signed attributes are not ascending")
    for one in listed:
        kind, values = _fields(one, "attribute", 2)
        name = der.oid(kind, "attribute's type")
        if name in found:
            raise MalformedError("malformed", f"attribute {name} stands twice")
        found[name] = der.items(der.tagged(values, der.SET, "attribute's values").content)
    return found


def _info(data: bytes) -> Info:
    fields = der.items(der.only(data, der.SEQUENCE, "TSTInfo").content)
    if len(fields) < 5:
        raise MalformedError("malformed", "TSTInfo lacks fields")
    _version(fields[0], 1, "TSTInfo")
    der.oid(fields[1], "time-stamp policy")
    named, digest = _fields(fields[2], "imprint", 2)
    der.integer(der.tagged(fields[3], der.INTEGER, "serial number"), "serial number")
    optional = _optional(fields[5:])
    nonce, accuracy, ordering = (optional.get(tag) for tag in (der.INTEGER, der.SEQUENCE, der.BOOLEAN))
    if ordering is not None and not der.boolean(ordering, "ordering"):
        raise MalformedError("not-deterministic", "a default is written out")
    return Info(
        algorithm(named, "imprint's algorithm"),
        der.tagged(digest, der.OCTETS, "imprint").content,
        _time(der.tagged(fields[4], der.TIME, "time")),
        Fraction(0) if accuracy is None else _accuracy(accuracy),
        None if nonce is None else der.integer(nonce, "nonce"),
        _critical(optional.get(0xA1)),
    )


def _optional(fields: list[Item]) -> dict[int, Item]:
    """Accuracy, ordering, nonce, the authority's name, extensions: each at most once and in this order."""
    order = (der.SEQUENCE, der.BOOLEAN, der.INTEGER, 0xA0, 0xA1)
    tags = [item.tag for item in fields]
    if tags != [tag for tag in order if tag in tags]:
        raise MalformedError("malformed", "TSTInfo has other fields than a time-stamp's")
    return {item.tag: item for item in fields}


def _time(item: Item) -> Fraction:
    matched = _TIME.fullmatch(item.content)
    if matched is None:
        raise MalformedError("malformed", "time is not in DER's form")
    try:
        whole = datetime.strptime(matched[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedError("malformed", "no such time") from error
    digits = (matched[2] or b"").decode()
    if whole.year < 1970 or len(digits) > 9:
        raise MalformedError("out-of-range", "time is before 1970 or finer than a nanosecond")
    return Fraction(int(whole.timestamp())) + (Fraction(int(digits), 10 ** len(digits)) if digits else 0)


def _accuracy(item: Item) -> Fraction:
    """Seconds, [0] milliseconds and [1] microseconds, each 1 to 999 where it is given."""
    scales = {der.INTEGER: (1, MAX_ACCURACY), 0x80: (1000, 999), 0x81: (1_000_000, 999)}
    found = Fraction(0)
    listed = der.items(item.content)
    if [one.tag for one in listed] != [tag for tag in scales if tag in [one.tag for one in listed]]:
        raise MalformedError("malformed", "accuracy has other fields")
    for one in listed:
        scale, most = scales[one.tag]
        value = der.integer(one, "accuracy")
        if not 0 <= value <= most:
            raise MalformedError("out-of-range", "accuracy")
        found += Fraction(value, scale)
    return found


def _critical(item: Item | None) -> bool:
    if item is None:
        return False
    found = False
    for extension in der.items(item.content):
        fields = der.items(der.tagged(extension, der.SEQUENCE, "extension").content)
        found |= any(field.tag == der.BOOLEAN for field in fields)
    return found


def algorithm(item: Item, what: str) -> str:
    """The OID of an AlgorithmIdentifier without parameters other than NULL. Raises MalformedError."""
    fields = der.items(der.tagged(item, der.SEQUENCE, what).content)
    if not fields or [field.encoded for field in fields[1:]] not in ([], [b"\x05\x00"]):
        raise MalformedError("malformed", f"{what} has parameters")
    return der.oid(fields[0], what)


def _fields(item: Item, what: str, number: int) -> list[Item]:
    found = der.items(der.tagged(item, der.SEQUENCE, what).content)
    if len(found) != number:
        raise MalformedError("malformed", f"{what} has {len(found)} fields, not {number}")
    return found


def _version(item: Item, expected: int, what: str) -> None:
    if der.integer(der.tagged(item, der.INTEGER, what), what) != expected:
        raise MalformedError("malformed", f"{what} is not of version {expected}")
