"""Names: realm, subject, measurement (SPEC.md §2, §3)."""

from .errors import MalformedError

MAX_REALM = 64
MAX_SUBJECT_NAME = 48
MAX_MEASUREMENT_NAME = 32
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_EDGE = _LOWER + _DIGITS
_SUBJECT_NAME = _LOWER + _LOWER.upper() + _DIGITS + "._-"


def _made_of(value: str, letters: str) -> bool:
    return not value.strip(letters)  # a tag checks its realm at every wake


def realm(value: str) -> str:
    """A city's permanent name: 1–64 of `a-z 0-9 . -`, letter or digit at both ends."""
    if not 1 <= len(value) <= MAX_REALM or not _made_of(value, _EDGE + ".-"):
        raise MalformedError("bad-text", "not a realm: " + value)
    if value[0] not in _EDGE or value[-1] not in _EDGE:
        raise MalformedError("bad-text", "not a realm: " + value)
    return value


def subject(value: str) -> str:
    """`class/name`, like `bin/12`."""
    head, slash, tail = value.partition("/")
    if not slash or not 1 <= len(head) <= MAX_SUBJECT_NAME or not _made_of(head, _LOWER):
        raise MalformedError("bad-text", "not a subject: " + value)
    if not 1 <= len(tail) <= MAX_SUBJECT_NAME or not _made_of(tail, _SUBJECT_NAME):
        raise MalformedError("bad-text", "not a subject: " + value)
    return value


def measurement(value: str) -> str:
    """A SenML name: 1–32 of `a-z 0-9 . _ -`, beginning with a letter or digit (RFC 8428 §4.5.1)."""
    if not 1 <= len(value) <= MAX_MEASUREMENT_NAME or not _made_of(value, _EDGE + "._-") or value[0] not in _EDGE:
        raise MalformedError("bad-text", "not a measurement name: " + value)
    return value
