"""Proof files: everything that is needed to check one reading, offline."""

from fastapi import APIRouter, Response

from civicroot_backend.api.dependencies import BackendParameter, KidParameter, SeqParameter
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.database import queries
from civicroot_backend.paths import API

MEDIA_TYPE = "application/cbor"

router = APIRouter(prefix=API, tags=["proofs"])


@router.get(
    "/devices/{kid}/records/{seq}/proof",
    summary="The proof file of a reading",
    response_class=Response,
    responses={
        200: {
            "description": "A proof bundle (wire specification §7), the same for as long as the checkpoint is",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def get_proof(backend: BackendParameter, kid: KidParameter, seq: SeqParameter) -> Response:
    """409 with the reason `not-yet-published` until a checkpoint covers the reading, a second or so after it came."""
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        subject = queries.subjects(connection, [key]).get(key)
    if subject is None:
        raise Refusal(404, NOT_FOUND, f"no device {kid} is enrolled")
    filename = f"{subject.replace('/', '-')}-{seq}.proof"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-cache"}
    return Response(backend.proof(key, seq), media_type=MEDIA_TYPE, headers=headers)
