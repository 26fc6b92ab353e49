"""Claiming a deposit with what a bin showed: its token or its lamp's colours."""

from civicroot_wire import claim_token
from civicroot_wire.errors import WireError
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from civicroot_backend import paths
from civicroot_backend.api.claim_models import Claim, CodeClaim, TokenClaim
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, SeqParameter
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.api.refusal_budget import RefusalBudget
from civicroot_backend.claims import claims
from civicroot_backend.errors import ClaimRefused
from civicroot_backend.paths import API, proof_of
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

_NEVER_CACHED = {"Cache-Control": "no-store"}
_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"model": Claim, "description": "The same wallet claimed it with the same before"},
    201: {"model": Claim, "description": "Claimed"},
    403: {"description": "`wrong-code`, or a token that this city's bins did not sign"},
    404: {"description": "`no-deposit`: nothing can be claimed with this"},
    409: {"description": "`already-claimed`"},
    410: {"description": "`expired`"},
    429: {"description": "`too-many-tries` at this bin, or too many refused claims from this address"},
}

router = APIRouter(prefix=API, tags=["claims"])


@router.post(
    "/claims", status_code=201, summary="Claim a deposit with a token", response_model=Claim, responses=_ANSWERS
)
def post_token(backend: BackendParameter, request: Request, body: TokenClaim) -> Response:
    """One deposit, one claim. It is pending until the deposit's record is here."""
    budget: RefusalBudget = request.app.state.refusal_budget
    budget.check(request)
    try:
        made = backend.claims.by_token(claim_token.from_digits(body.token), bytes.fromhex(body.wallet))
    except (WireError, ClaimRefused):
        budget.spend(request)
        raise
    return _answer(made)


@router.post(
    "/devices/{kid}/claims",
    status_code=201,
    summary="Claim a deposit with the lamp's colours",
    response_model=Claim,
    responses=_ANSWERS,
)
def post_code(backend: BackendParameter, request: Request, kid: KidParameter, body: CodeClaim) -> Response:
    """Three wrong codes at one bin, whoever tries them, and it takes no more until its open deposits are too old."""
    budget: RefusalBudget = request.app.state.refusal_budget
    budget.check(request)
    try:
        made = backend.claims.by_code(bytes.fromhex(kid), body.code, bytes.fromhex(body.wallet))
    except (WireError, ClaimRefused):
        budget.spend(request)
        raise
    return _answer(made)


@router.get("/devices/{kid}/records/{seq}/claim", summary="Whether a deposit is claimed", response_model=Claim)
def get_claim(backend: BackendParameter, kid: KidParameter, seq: SeqParameter, response: Response) -> Claim:
    """404 if nobody has claimed it."""
    found = backend.claims.of(bytes.fromhex(kid), seq)
    if found is None:
        raise Refusal(404, NOT_FOUND, f"nobody has claimed record {seq} of {kid}")
    response.headers.update(_NEVER_CACHED)
    return _claim(found)


def page_of(backend: Backend, digits: str) -> str | None:
    """The page of the bin that a token is of; None for digits that are no token of this city."""
    try:
        key = backend.claims.bin_of(claim_token.from_digits(digits))
    except WireError:
        return None
    return paths.page_of(key.subject)


def _answer(made: claims.Claim) -> Response:
    return JSONResponse(_claim(made).model_dump(), 200 if made.repeated else 201, _NEVER_CACHED)


def _claim(made: claims.Claim) -> Claim:
    kid = made.kid.hex()
    return Claim(
        kid=kid,
        seq=made.seq,
        method=made.method,  # type: ignore[arg-type]  # one of the three that the model lists
        state=made.state,  # type: ignore[arg-type]
        kilograms=None if made.amount is None else str(made.amount),
        claimed=iso(made.claimed),
        record=proof_of(kid, made.seq),
    )
