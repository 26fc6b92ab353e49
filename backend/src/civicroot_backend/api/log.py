"""The city log for everybody: checkpoint, tiles and entry bundles (c2sp.org/tlog-tiles), and the batches by their root.

The same names lie in the public store, so a static file server can serve it in this one's place.
"""

import gzip
from typing import Annotated

from civicroot_wire import tile
from civicroot_wire.errors import MalformedError
from fastapi import APIRouter, Path, Request, Response

from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.store.presentation import FRESH, GZIP, GZIP_LEVEL, IMMUTABLE, OCTETS, TEXT
from civicroot_backend.store.store import BATCHES, MINIMUM_INDEX

# Anybody's page may read the log: it is public, and nothing about the reader goes with it.
_PUBLIC = {"Access-Control-Allow-Origin": "*"}
_FOREVER = {**_PUBLIC, "Cache-Control": IMMUTABLE}
_FRESH = {**_PUBLIC, "Cache-Control": FRESH}
JSON = "application/json"
_BINARY = {"content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}

router = APIRouter(tags=["log"])


@router.get(
    "/log/checkpoint",
    summary="The newest checkpoint",
    response_class=Response,
    responses={200: {"description": "A signed note", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_checkpoint(backend: BackendParameter) -> Response:
    """The log's signed tree head (c2sp.org/tlog-checkpoint)."""
    published = backend.published
    if published is None:
        raise Refusal(404, NOT_FOUND, "nothing is published yet")
    return Response(published.note.encode(), headers=_FRESH, media_type=TEXT)


@router.get(
    "/log/tile/{path:path}",
    summary="A tile, or a bundle of entries",
    response_class=Response,
    responses={200: {"description": "Hashes of 32 bytes, or entries each after their length", **_BINARY}},
)
def get_tile(
    backend: BackendParameter,
    request: Request,
    path: Annotated[str, Path(description="`<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`", examples=["0/000.p/17"])],
) -> Response:
    """What a tile holds never changes."""
    try:
        level, number, width = tile.parse_path(f"tile/{path}")
    except MalformedError as error:
        raise Refusal(404, error.reason, error.detail) from error
    present = tile.width_in(0 if isinstance(level, str) else level, number, published_size(backend))
    if width > present:
        raise Refusal(404, NOT_FOUND, f"the published tree has {present} of these, not {width}")
    content = _found(backend.store.get(f"log/tile/{path}"), path)
    if level != tile.ENTRIES:
        return Response(content, headers=_FOREVER, media_type=OCTETS)  # hashes do not compress
    headers = {**_FOREVER, "Vary": "Accept-Encoding"}
    if _takes_gzip(request):
        content, headers["Content-Encoding"] = gzip.compress(content, GZIP_LEVEL, mtime=0), GZIP
    return Response(content, headers=headers, media_type=OCTETS)


@router.get(
    "/log/batch/{root}",
    summary="A batch message by its Merkle root",
    response_class=Response,
    responses={200: {"description": "Header and records (wire specification §4)", **_BINARY}},
)
def get_batch(
    backend: BackendParameter,
    root: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="in hexadecimal", examples=["ab" * 32])],
) -> Response:
    """The records behind a header in the log."""
    content = _found(backend.store.get(BATCHES + root), root)
    return Response(content, headers=_FOREVER, media_type=OCTETS)


@router.get(
    "/log/batch-minimum-index",
    summary="From which log index on all batches are kept",
    response_class=Response,
    responses={200: {"description": "Decimal", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_batch_minimum_index(backend: BackendParameter) -> Response:
    """Batches of headers at lower log indices may be pruned; until something is pruned there is no such file."""
    content = _found(backend.store.get(MINIMUM_INDEX), MINIMUM_INDEX)
    return Response(content, headers=_FRESH, media_type=TEXT)


@router.get(
    "/policy.json",
    summary="The trust policy",
    tags=["proofs"],
    response_class=Response,
    responses={200: {"description": "Model and signatures", "content": {JSON: {"schema": {"type": "object"}}}}},
)
def get_policy(backend: BackendParameter) -> Response:
    """What verifiers trust, signed by the city's roots (wire specification §6)."""
    return Response(backend.policy_json, headers=_FRESH, media_type=JSON)


def _found(content: bytes | None, name: str) -> bytes:
    if content is None:
        raise Refusal(404, NOT_FOUND, f"no such file in the log: {name}")
    return content


def _takes_gzip(request: Request) -> bool:
    """Whether Accept-Encoding names gzip without refusing it (RFC 9110 §12.5.3)."""
    for item in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = item.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
