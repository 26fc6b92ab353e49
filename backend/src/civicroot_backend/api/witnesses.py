"""How the witnesses stand, as this log sees them."""

from fastapi import APIRouter

from civicroot_backend.api.checkpoint_models import Witness
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.paths import API
from civicroot_backend.times import iso

router = APIRouter(prefix=API, tags=["log"])


@router.get("/witnesses", summary="The witnesses of the policy and how they stand")
def list_witnesses(backend: BackendParameter) -> list[Witness]:
    """By name."""
    return [
        Witness(
            name=item.name,
            url=item.url,
            last_seen=None if item.last_seen is None else iso(item.last_seen),
            size=item.size,
            state=item.state,
            detail=item.detail,
        )
        for item in backend.witnesses().standings
    ]
