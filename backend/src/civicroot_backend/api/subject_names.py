"""A subject in a path, in the case that it was given or that a QR code has."""

from typing import Annotated

from civicroot_wire import names
from civicroot_wire.errors import MalformedError
from fastapi import Path

from civicroot_backend.api.problems import NOT_FOUND, Refusal

KindParameter = Annotated[str, Path(examples=["bin"], description="in any case")]
NameParameter = Annotated[str, Path(examples=["12"], description="in any case, if only one name differs by it")]


def subject_of(kind: str, name: str) -> str:
    """`kind/name`. Raises Refusal 404 if nothing can be called so."""
    subject = f"{kind.lower()}/{name}"
    try:
        return names.subject(subject)
    except MalformedError as error:
        raise Refusal(404, NOT_FOUND, error.detail) from error
