"""The one dependency of every route: who asks, and whether the declaration (rights.py) lets them.

A request with a session's cookie that changes anything must come from the city's own pages: its Origin is theirs, its
Sec-Fetch-Site is no other, and it has a header that no page of elsewhere can send without asking first. An API key is
sent on purpose, so it needs none of that; it is looked at alone, whatever cookies come with it.
"""

from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api.client_address import origin_of
from civicroot_backend.api.cookies import KNOWN, SESSION, Cookies
from civicroot_backend.api.declared import Rules
from civicroot_backend.api.rights import Rule, Where
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.door import Entrance
from civicroot_backend.people.errors import (
    CROSS_SITE,
    NOT_ALLOWED,
    SIGN_IN_AGAIN,
    WRONG_SCOPE,
    NotAllowed,
    NotSignedIn,
)
from civicroot_backend.people.people import People
from civicroot_backend.people.sessions import Browser
from civicroot_backend.people.sign_in import From

OWN_HEADER = "x-civicroot-request"  # any value: no form sends one, and other origins' scripts must ask first
_BEARER = "bearer "
_READING = ("GET", "HEAD")


async def enforce(request: Request) -> None:
    """Raises PeopleError unless the route's rule lets whoever asks call it."""
    rules: Rules = request.app.state.rules
    rule = rules[request.scope["endpoint"]]
    if rule.own_page:
        _from_own_page(request)
    if not rule.public:
        request.state.caller = await run_in_threadpool(_admit, request, rule)


def people_of(request: Request) -> People:
    """What the routes ask about people."""
    people: People = request.app.state.backend.people
    return people


def cookies_of(request: Request) -> Cookies:
    """How cookies are called here."""
    return Cookies(people_of(request).door.secure)


def caller_of(request: Request) -> Caller:
    """Who asks; only of routes that are not public."""
    caller: Caller = request.state.caller
    return caller


def entrance_of(request: Request) -> Entrance:
    """Which page asks. Raises NotAllowed unless it is the city's own."""
    return _from_own_page(request)


def place_of(request: Request) -> From:
    """Where somebody signs in."""
    cookies = cookies_of(request)
    browser = Browser(request.headers.get("user-agent", ""), request.client.host if request.client else "")
    return From(browser, origin_of(request.scope), cookies.read(request, SESSION), cookies.read(request, KNOWN))


PeopleParameter = Annotated[People, Depends(people_of)]
CookiesParameter = Annotated[Cookies, Depends(cookies_of)]
CallerParameter = Annotated[Caller, Depends(caller_of)]
EntranceParameter = Annotated[Entrance, Depends(entrance_of)]
PlaceParameter = Annotated[From, Depends(place_of)]


def _admit(request: Request, rule: Rule) -> Caller:
    caller = _caller(request)
    if caller is None:
        raise NotSignedIn
    if caller.scopes is not None and (rule.scope is None or rule.scope not in caller.scopes):
        raise NotAllowed(
            WRONG_SCOPE, f"this key is not for that; it would need the scope {rule.scope or '(none has it)'}"
        )
    if not _has_role(caller, rule, request.path_params.get("district")):
        raise NotAllowed(NOT_ALLOWED, "you may not do this, or not in this district")
    if rule.recent and caller.session is not None and not caller.session.recent(people_of(request).now()):
        raise NotAllowed(SIGN_IN_AGAIN, "this needs a sign-in of the last minutes: sign in again")
    return caller


def _has_role(caller: Caller, rule: Rule, district: str | None) -> bool:
    match rule.where:
        case Where.SELF:
            return True
        case Where.CITY:
            return caller.has(rule.roles)
        case Where.DISTRICT:
            return district is not None and caller.has(rule.roles, district)
        case Where.ANYWHERE:
            return caller.anywhere(rule.roles)
        case _:
            return False


def _caller(request: Request) -> Caller | None:
    people = people_of(request)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        is_key = authorization[: len(_BEARER)].lower() == _BEARER
        return people.by_key(authorization[len(_BEARER) :].strip()) if is_key else None
    token = cookies_of(request).read(request, SESSION)
    if token is None:
        return None
    if request.method not in _READING:
        _from_own_page(request)
    return people.by_session(token)


def _from_own_page(request: Request) -> Entrance:
    headers = request.headers
    if OWN_HEADER not in headers:
        raise NotAllowed(CROSS_SITE, f"only the city's own pages may do this, with the header {OWN_HEADER}")
    return people_of(request).door.enter(headers.get("origin"), headers.get("sec-fetch-site"), headers.get("host"))
