"""Signing in by another service: the browser goes there, and comes back with a code."""

import logging
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse

from civicroot_backend.api.cookies import OIDC
from civicroot_backend.api.enforce import CookiesParameter, PeopleParameter, PlaceParameter
from civicroot_backend.paths import API
from civicroot_backend.people.errors import PeopleError
from civicroot_backend.people.oidc.flow import VALID_SECONDS

PAGE = "/sign-in"
MAX_PARAMETER = 4096
ProviderParameter = Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$", description="its name in the configuration")]
TextParameter = Annotated[str | None, Query(max_length=MAX_PARAMETER, description="as the provider gave it")]
_NEVER_KEPT = {"Cache-Control": "no-store"}

_logger = logging.getLogger(__name__)
router = APIRouter(prefix=f"{API}/session/oidc", tags=["sign-in"])


@router.get(
    "/{provider}",
    status_code=303,
    summary="Begin to sign in by another service",
    response_class=RedirectResponse,
    responses={303: {"description": "To the service; a cookie says that this browser began it"}},
)
def get_start(
    people: PeopleParameter, cookies: CookiesParameter, request: Request, provider: ProviderParameter
) -> RedirectResponse:
    """404 if the configuration names no such provider."""
    url, cookie = people.other_services.begin(provider, _back(people, request, provider))
    answer = RedirectResponse(url, 303, _NEVER_KEPT)
    # Lax: the browser comes back from another site, and must bring it.
    cookies.write(answer, OIDC, cookie, VALID_SECONDS, "lax")
    return answer


@router.get(
    "/{provider}/return",
    status_code=303,
    summary="Come back from another service",
    response_class=RedirectResponse,
    responses={303: {"description": "To the sign-in page, which says who is signed in or what went wrong"}},
)
def get_return(
    people: PeopleParameter,
    cookies: CookiesParameter,
    place: PlaceParameter,
    request: Request,
    provider: ProviderParameter,
    code: TextParameter = None,
    state: TextParameter = None,
) -> RedirectResponse:
    """A new session, in a cookie, if the service vouches for somebody who has an account."""
    try:
        cookie, back = cookies.read(request, OIDC), _back(people, request, provider)
        made = people.other_services.end(provider, cookie, state, code, back, place)
    except PeopleError as error:
        _logger.warning("sign-in by %s: %s", provider, error)  # the page says no more than the reason
        answer = RedirectResponse(f"{PAGE}#problem={quote(error.reason)}", 303, _NEVER_KEPT)
    else:
        answer = RedirectResponse(PAGE, 303, _NEVER_KEPT)
        cookies.let_in(answer, made)
    cookies.clear(answer, OIDC)
    return answer


def _back(people: PeopleParameter, request: Request, provider: str) -> str:
    return f"{people.door.address(request.headers.get('host'))}{API}/session/oidc/{provider}/return"
