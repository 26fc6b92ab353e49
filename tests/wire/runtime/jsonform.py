"""Wire values as JSON and back, the same on both runtimes (tests/vectors/README.md, "Typed form")."""

import binascii

from civicroot_wire.cbor import DecimalFraction, Tag

_SAFE = (1 << 53) - 1  # integers that every JSON reader keeps exact


def typed(value):
    """A CBOR value in the typed form."""
    if value is None or value is True or value is False or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if -_SAFE <= value <= _SAFE else {"integer": str(value)}
    if isinstance(value, bytes):
        return {"bytes": hexed(value)}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        pairs = sorted([(_order(key), key) for key in value])
        return {"map": [[typed(key), typed(value[key])] for _, key in pairs]}
    if isinstance(value, DecimalFraction):
        return {"decimal": [value.exponent, typed(value.mantissa)]}
    if isinstance(value, Tag):
        return {"tag": [value.number, typed(value.value)]}
    raise TypeError("no typed form for " + type(value).__name__)


def untyped(value):
    """The CBOR value of a typed form."""
    if isinstance(value, list):
        return [untyped(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, body),) = value.items()
    if kind == "integer":
        return int(body)
    if kind == "bytes":
        return raw(body)
    if kind == "map":
        return {untyped(key): untyped(item) for key, item in body}
    if kind == "decimal":
        return DecimalFraction(body[0], untyped(body[1]))
    return Tag(body[0], untyped(body[1]))


def _order(key):
    """Bytewise order of the encodings of integer and text keys, worked out without encoding them."""
    if isinstance(key, str):
        return (2, len(key.encode()), key.encode())
    return (0, key, b"") if key >= 0 else (1, -1 - key, b"")


def hexed(data):
    """Bytes as lower-case hex, None as None."""
    return None if data is None else binascii.hexlify(data).decode()


def raw(text):
    """Bytes of lower-case hex."""
    return binascii.unhexlify(text)
