r"""The same strict decoding of records at the speed of C, for CPython: the usual record as a regular expression.

Deterministic CBOR whose depth and types are known is nearly a regular language. The two expressions below spell
SPEC.md §3.1 for what devices send; only lengths that count what follows are compared here. `scan` takes nothing that
`record.decode` would refuse, and reads the same from it. Whatever they do not match (thinned ranges, texts, long names
and everything that is wrong) goes to `record.decode`, which alone names reasons. The tests compare both.
"""

import re
from typing import Any

from . import record
from .cbor import DecimalFraction, encode
from .cose import SIGNATURE_BYTES
from .record import MAX_RECORD_BYTES, Record
from .senml import Measurement, Pack
from .sequence import Sequence


def _any(*forms: bytes) -> bytes:
    return b"(?:" + b"|".join(forms) + b")"


def _string(major: int, least: int, most: int, octet: bytes, first: bytes = b"") -> bytes:
    """A string of `least` to `most` octets, under 24: its length is in its head."""
    return _any(
        *(b"\\x%02x%s%s{%d}" % (major << 5 | size, first, octet, size - bool(first)) for size in range(least, most + 1))
    )


def _argument(major: int, longest: int) -> bytes:
    """A head in its shortest form, its argument in up to `longest` bytes."""
    base = major << 5
    forms = [b"[\\x%02x-\\x%02x]" % (base, base + 23), b"\\x%02x[\\x18-\\xff]" % (base + 24)]
    forms += [b"\\x%02x(?!\\x00{%d}).{%d}" % (base + 23 + n, 1 << n >> 2, 1 << n >> 1) for n in (2, 3, 4)]
    return _any(*forms[: longest.bit_length() + 1])


_INTEGER = _any(_argument(0, 8), _argument(1, 8))
_NAME = b"\\x00" + _string(3, 1, 16, rb"[a-z0-9._-]", rb"[a-z0-9]")
_UNIT_TEXT = _string(3, 1, 4, rb"[\x00-\x7f]")
_UNIT = b"\\x01" + _UNIT_TEXT
_NUMBER = b"\\x02" + _any(rb"\xc4\x82[\x20-\x2b]" + _INTEGER, _INTEGER)  # exponent −1 to −12
_BOOLEAN = rb"\x04[\xf4\xf5]"
_TIME = b"\\x06" + _any(_argument(0, 2), _argument(1, 2))  # over eighteen hours from base time is not usual
_UPDATE_TIME = b"\\x07" + _argument(0, 2)
_DATA_BYTES = _string(2, 0, 4, b".")
_DATA = b"\\x08" + _DATA_BYTES
_BASE_TIME = rb"\x22\x1a[\x10-\xff].{3}"  # 2²⁸ to 2³²−1: until 2106


def _fields(
    count: int, before: tuple[bytes, ...], after: tuple[bytes, ...], *, valued: bool = False, passed: bool = False
) -> bytes | None:
    """`count` fields in the order of their labels, exactly one of them a value; None if there are no such.

    `before` may come up to the value, `after` behind it; a field is taken at most once. Where a number or a truth value
    belongs is `passed` once a field of `after` has come: then only data, one of them, can be the value.
    """
    if count == 0:
        return b"" if valued else None
    forms = []
    if not valued:
        for at, field in enumerate(before):
            rest = _fields(count - 1, before[at + 1 :], after)
            forms += [] if rest is None else [field + rest]
        rest = None if passed else _fields(count - 1, (), after, valued=True)
        if rest is not None:
            forms.append(_any(_NUMBER, _BOOLEAN) + rest)
    for at, field in enumerate(after):
        if field is _DATA and valued:
            continue
        rest = _fields(count - 1, (), after[at + 1 :], valued=valued or field is _DATA, passed=True)
        forms += [] if rest is None else [field + rest]
    return _any(*forms) if forms else None


def _measurement(*after: bytes) -> bytes:
    maps = {count: _fields(count - 1, (_UNIT,), after) for count in range(2, 7)}
    return _any(*(b"\\x%02x%s%s" % (0xA0 + count, _NAME, rest) for count, rest in maps.items() if rest is not None))


# alg −19, kid, [seq, skip, beacon]
_PROTECTED = (
    rb"\xa3\x01\x32\x04\x48(.{8})\x3a\x00\x01\x00\x00([\x81-\x83])(%s)"
    rb"(?:([\x00-\x17]|\x18[\x18-\x40])(?:\x48(.{8}))?)?" % _argument(0, 4)
)
_LENGTH = rb"([\x40-\x57]|\x58[\x18-\xff]|\x59\x01.)"
_HEAD = re.compile(
    rb"\xd2\x84%s(%s)\xa0%s([\x81-\x90])%s"
    % (_LENGTH, _PROTECTED, _LENGTH, _measurement(_TIME, _UPDATE_TIME, _DATA, _BASE_TIME)),
    re.DOTALL,
)
_NEXT = re.compile(_measurement(_TIME, _UPDATE_TIME, _DATA), re.DOTALL)
# What reads a measurement that one of the two has matched: each label may come once, in this order, so none is missed.
_READ = re.compile(
    rb"[\xa2-\xa6]\x00.([a-z0-9._-]+)(?:\x01(%s))?(?:\x02(?:\xc4\x82(.)(%s)|(%s))|\x04(.))?"
    rb"(?:\x06(%s))?(?:\x07(%s))?(?:\x08(%s))?(?:\x22(\x1a.{4}))?"
    % (_UNIT_TEXT, _INTEGER, _INTEGER, _INTEGER, _INTEGER, _DATA_BYTES),
    re.DOTALL,
)
_STRING_HEADS = {size: encode(bytes(size))[:-size] for size in range(1, MAX_RECORD_BYTES)}  # by bytes that follow
_SIGNATURE_HEAD = b"\x58\x40"
_SIGNATURE_ITEM = len(_SIGNATURE_HEAD) + SIGNATURE_BYTES


class UsualRecord(Record):
    """A record that the grammar took."""

    __slots__ = ("_items_at",)

    def __init__(self, encoded: bytes, kid: bytes, sequence: Sequence, items_at: int) -> None:
        self.encoded = encoded
        self.kid = kid
        self.sequence = sequence
        self._message = self._pack = None
        self._items_at = items_at

    @property
    def pack(self) -> Pack:
        """The measurements."""
        if self._pack is None:
            self._pack = self._read()
        return self._pack

    def _read(self) -> Pack:
        end, base_time, items = self._items_at, None, []
        while end < len(self.encoded) - _SIGNATURE_ITEM:
            found = _READ.match(self.encoded, end)
            assert found is not None  # scan took it
            items.append(_measurement_of(found.groups()))
            base_time = _integer(found[10]) if found[10] else base_time
            end = found.end()
        return Pack(items, base_time)


def scan(data: bytes, start: int) -> Record | None:
    """The record of the usual form that begins at `start`, or None: then `record.decode` must judge."""
    head = _HEAD.match(data, start)
    if head is None:
        return None
    protected_head, protected, kid, parts, seq_item, skip_item, beacon, payload_head, count = head.groups()
    end = head.end()
    for _ in range(count[0] - 0x81):
        found = _NEXT.match(data, end)
        if found is None:
            return None
        end = found.end()
    items_at = head.start(9)
    if protected_head != _STRING_HEADS[len(protected)] or payload_head != _STRING_HEADS.get(end - items_at):
        return None
    if data[end : end + 2] != _SIGNATURE_HEAD:
        return None
    end += _SIGNATURE_ITEM
    if end > len(data) or end - start > MAX_RECORD_BYTES:
        return None
    seq = _value(seq_item)
    skip = 0 if skip_item is None else skip_item[-1]  # 64 at most
    stated = 1 if skip_item is None else 2 if beacon is None else 3
    if parts[0] != 0x80 + stated or skip > seq or (stated == 2 and not skip):
        return None
    return UsualRecord(data[start:end], kid, Sequence(seq, skip, beacon), items_at + 1 - start)


def decode(data: bytes) -> Record:
    """As `record.decode`: strictly, nothing is verified yet. Raises MalformedError."""
    found = scan(data, 0)
    return found if found is not None and len(found.encoded) == len(data) else record.decode(data)


def _value(head: bytes) -> int:
    """The argument of a matched head."""
    return head[0] & 0x1F if len(head) == 1 else int.from_bytes(head[1:], "big")


def _integer(item: bytes) -> int:
    return -1 - _value(item) if item[0] & 0x20 else _value(item)


def _measurement_of(parts: tuple[Any, ...]) -> Measurement:
    """From the groups of `_READ`."""
    name, unit, exponent, mantissa, number, truth, time, update_time, octets, _ = parts
    value: int | DecimalFraction | bool | bytes
    if exponent is not None:
        value = DecimalFraction(0x1F - exponent[0], _integer(mantissa))
    elif number is not None:
        value = _integer(number)
    else:
        value = truth == b"\xf5" if truth is not None else octets[1:]
    return Measurement(
        str(name, "ascii"),
        value,
        None if unit is None else str(unit[1:], "ascii"),
        None if time is None else _integer(time),
        None if update_time is None else _integer(update_time),
    )
