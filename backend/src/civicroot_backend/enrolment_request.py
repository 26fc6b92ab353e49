"""Enrolments as the registrar's desk makes them: from what the new keys ask for, signed with the registrar's key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from civicroot_wire import enrolment
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.sodium import Signer

from civicroot_backend.errors import BackendError

_REQUIRED = ("subject", "role", "public", "possession")
_OPTIONAL = ("label", "latitude", "longitude", "model", "simulated")


class EnrolmentRequestError(BackendError):
    """A request is incomplete or malformed; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be enrolled. `public` 32 bytes; `possession` the key's signed request; degrees WGS 84."""

    subject: str
    role: str
    public: bytes
    possession: bytes
    label: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    model: str | None = None
    simulated: bool = False


def from_mapping(values: dict[str, Any]) -> Request:
    """A request from text values (`public`, `possession` in hex). Raises EnrolmentRequestError."""
    present = {key: value for key, value in values.items() if value is not None}
    missing = [key for key in _REQUIRED if key not in present]
    unknown = [key for key in present if key not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown:
        raise EnrolmentRequestError(f"missing: {', '.join(missing) or '-'}; unknown: {', '.join(unknown) or '-'}")
    try:
        return Request(
            **present
            | {
                "public": bytes.fromhex(present["public"]),
                "possession": bytes.fromhex(present["possession"]),
                "latitude": _degrees(present.get("latitude")),
                "longitude": _degrees(present.get("longitude")),
            }
        )
    except (ValueError, TypeError, ArithmeticError) as error:
        raise EnrolmentRequestError(f"{present.get('subject')}: {error}") from error


def from_lines(path: Path) -> Iterator[Request]:
    """Requests from a file of JSON objects, one a line. Raises EnrolmentRequestError naming the line."""
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                number += 1
                yield _from_line(line)
    except OSError as error:
        raise EnrolmentRequestError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EnrolmentRequestError(f"{path}, after line {number}: not UTF-8") from error
    except _BadLine as error:
        raise EnrolmentRequestError(f"{path}, line {number}: {error}") from error


class _BadLine(Exception):
    """What is wrong with a line."""


def _from_line(line: str) -> Request:
    try:
        values = json.loads(line, parse_float=Decimal)
        if not isinstance(values, dict):
            raise _BadLine("not a JSON object")
        return from_mapping(values)
    except (ValueError, RecursionError, EnrolmentRequestError) as error:
        raise _BadLine(str(error)) from error


def sign(request: Request, registrar: Signer, realm: str, now: int, status: tuple[int, str] | None = None) -> bytes:
    """The signed enrolment; `status` is the key's index in a status list, and the list's URI.

    Raises WireError or EnrolmentRequestError.
    """
    found = Enrolment(request.subject, request.public, request.role, request.possession)
    found.issued_at = now
    found.label = request.label
    found.model = request.model.encode() if request.model else None
    found.simulated = request.simulated
    found.status = status
    if (request.latitude is None) != (request.longitude is None):
        raise EnrolmentRequestError(f"{request.subject}: a place has latitude and longitude")
    if request.latitude is not None and request.longitude is not None:
        found.location = (_number(request.latitude), _number(request.longitude))
    return enrolment.sign(found, registrar.kid, f"{realm}/registrar", realm, registrar)


def _degrees(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _number(value: Decimal) -> int | DecimalFraction:
    """At the resolution that was written: 47.10 stays in hundredths."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise EnrolmentRequestError(f"not a number: {value}")
    mantissa = int("".join(map(str, digits))) * (-1 if sign else 1)
    return DecimalFraction(exponent, mantissa) if exponent < 0 else mantissa * 10**exponent
