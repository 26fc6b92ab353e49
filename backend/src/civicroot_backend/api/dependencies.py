"""What routes get passed in, and what they share in their descriptions."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request

from civicroot_backend.api.problems import NOT_FOUND, Problem, Refusal
from civicroot_backend.service import Backend

MAX_NUMBER = (1 << 53) - 1  # JSON readers keep integers up to here, and every database holds them
MAX_SEQ = (1 << 32) - 1

KidParameter = Annotated[
    str, Path(pattern="^[0-9a-f]{16}$", description="key identifier in hexadecimal", examples=["8d2f0a61c3b7e954"])
]
SeqParameter = Annotated[
    int, Path(ge=0, le=MAX_SEQ, description="number of the record in the life of its key", examples=[57])
]

DistrictParameter = Annotated[
    str, Path(max_length=32, description="slug of a district; `city` is all of them", examples=["north"])
]
NumberParameter = Annotated[int, Path(ge=0, le=MAX_NUMBER, description="number in the list", examples=[3])]

# Every route may answer a problem; the OpenAPI document names its media type (reference.py).
PROBLEMS: dict[int | str, dict[str, Any]] = {"default": {"model": Problem, "description": "A problem (RFC 9457)"}}


def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


BackendParameter = Annotated[Backend, Depends(_backend)]


def published_size(backend: Backend) -> int:
    """Entries that the published checkpoint covers; 0 before the first."""
    published = backend.published
    return 0 if published is None else published.size


def unknown_device(kid: str) -> Refusal:
    """404 for a key that is no enrolled device."""
    return Refusal(404, NOT_FOUND, f"no device {kid} is enrolled")
