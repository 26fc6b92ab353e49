"""QR codes of bins and trees: the address of their page, in upper case, which a QR code holds in fewer modules."""

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Query, Response

from civicroot_backend.api.dependencies import BackendParameter, KidParameter, unknown_device
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.database import queries
from civicroot_backend.paths import API, page_of

QUIET_ZONE = 4  # modules of white around it (ISO/IEC 18004)
MAX_SCALE = 40  # a version 4 code of 1,600 pixels, enough for a poster

router = APIRouter(prefix=API, tags=["devices"])


@router.get(
    "/devices/{kid}/qr.svg",
    summary="QR code of a device's page",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def get_label(
    backend: BackendParameter,
    kid: KidParameter,
    scale: Annotated[int, Query(ge=1, le=MAX_SCALE, description="pixels of a module")] = 8,
) -> Response:
    """With the configured public address, which is what phones reach it by."""
    with backend.database.read() as connection:
        row = queries.device(connection, bytes.fromhex(kid))
    if row is None:
        raise unknown_device(kid)
    page = page_of(row.subject)
    if page is None:
        raise Refusal(404, NOT_FOUND, f"{row.subject} has no page")
    svg = draw(backend.config.public_url + page, scale)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})


def draw(address: str, scale: int) -> bytes:
    """The address in upper case as SVG, at error correction level M: labels outdoors get scratched."""
    code = segno.make(address.upper(), error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", scale=scale, border=QUIET_ZONE, light="#fff")
    return out.getvalue()
