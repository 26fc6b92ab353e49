"""Signing in and out, and one's own sessions."""

from fastapi import APIRouter, Request, Response

from civicroot_backend.api import session_models as models
from civicroot_backend.api.cookies import SESSION
from civicroot_backend.api.dependencies import BackendParameter, NumberParameter
from civicroot_backend.api.enforce import (
    CallerParameter,
    CookiesParameter,
    EntranceParameter,
    PeopleParameter,
    PlaceParameter,
)
from civicroot_backend.api.passkey_models import PasskeyOptions, PasskeySignIn
from civicroot_backend.api.private import private
from civicroot_backend.paths import API
from civicroot_backend.people import passkeys, sessions
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.errors import NotSignedIn
from civicroot_backend.people.sessions import Session
from civicroot_backend.people.sign_in import SignedIn
from civicroot_backend.times import iso

router = APIRouter(prefix=API, tags=["sign-in"], dependencies=[private])


@router.get("/sign-in", summary="How one can sign in here")
def get_ways(backend: BackendParameter, people: PeopleParameter, request: Request) -> models.WaysIn:
    """Citizens need none of it."""
    providers = [
        models.Provider(name=one.name, label=one.label, path=f"{API}/session/oidc/{one.name}")
        for one in people.other_services.providers
    ]
    passkeys_work = people.door.has_passkeys(request.headers.get("host"))
    return models.WaysIn(city=backend.realm, passkeys=passkeys_work, providers=providers)


@router.post("/session/password", status_code=201, summary="Sign in with a password")
def post_password(
    people: PeopleParameter,
    cookies: CookiesParameter,
    place: PlaceParameter,
    response: Response,
    body: models.PasswordSignIn,
) -> models.Oneself:
    """A new session, in a cookie. What does not open an account is refused in the same words, whatever is wrong."""
    made = people.sign_in.with_password(body.login, body.password, place)
    cookies.let_in(response, made)
    return _just_signed_in(people, made)


@router.post("/session/passkey/options", summary="Begin to sign in with a passkey")
def post_options(people: PeopleParameter, entrance: EntranceParameter) -> PasskeyOptions:
    """What `navigator.credentials.get()` is to be asked, within five minutes."""
    return PasskeyOptions(publicKey=passkeys.sign_in_options(entrance, people.sign_in.challenge()))


@router.post("/session/passkey", status_code=201, summary="Sign in with a passkey")
def post_passkey(
    people: PeopleParameter,
    cookies: CookiesParameter,
    entrance: EntranceParameter,
    place: PlaceParameter,
    response: Response,
    body: PasskeySignIn,
) -> models.Oneself:
    """A new session, in a cookie."""
    made = people.sign_in.with_passkey(body.credential.model_dump(by_alias=True), entrance, place)
    cookies.let_in(response, made)
    return _just_signed_in(people, made)


@router.get("/session", summary="Who is signed in")
def get_session(people: PeopleParameter, caller: CallerParameter) -> models.Oneself:
    """401 if nobody is."""
    return _oneself(caller, people.now())


@router.delete("/session", status_code=204, summary="Sign out")
def delete_session(
    people: PeopleParameter, cookies: CookiesParameter, caller: CallerParameter, response: Response
) -> None:
    """This session ends, wherever its cookie is."""
    with people.act(caller) as act:
        sessions.end(act, caller.account, _session_of(caller).id)
    cookies.clear(response, SESSION)


@router.get("/sessions", summary="One's own sessions")
def get_sessions(people: PeopleParameter, caller: CallerParameter) -> models.Sessions:
    """Where one is signed in."""
    here = _session_of(caller).id
    return models.Sessions(items=[_item(found, here) for found in people.sessions(caller.account)])


@router.delete("/sessions", status_code=204, summary="Sign out everywhere")
def delete_sessions(
    people: PeopleParameter, cookies: CookiesParameter, caller: CallerParameter, response: Response
) -> None:
    """All sessions end, this one too. API keys stay: they are revoked one by one."""
    with people.act(caller) as act:
        sessions.end_all(act, caller.account)
    cookies.clear(response, SESSION)


@router.delete("/sessions/{session}", status_code=204, summary="End one of one's sessions")
def delete_one(people: PeopleParameter, caller: CallerParameter, session: NumberParameter) -> None:
    """404 if it is over, or somebody else's."""
    with people.act(caller) as act:
        sessions.end(act, caller.account, session)


def _just_signed_in(people: PeopleParameter, made: SignedIn) -> models.Oneself:
    caller = people.by_session(made.session)
    if caller is None:
        raise NotSignedIn  # it was ended in this very moment
    return _oneself(caller, people.now())


def _oneself(caller: Caller, now: float) -> models.Oneself:
    session = _session_of(caller)
    return models.Oneself(
        account=caller.account,
        login=caller.login,
        name=caller.name,
        grants=[models.GrantItem(district=district, role=role) for district, role in sorted(caller.granted)],
        session=session.id,
        method=session.method,
        begun=iso(session.begun),
        ends=iso(session.ends),
        recent=session.recent(now),
    )


def _session_of(caller: Caller) -> Session:
    if caller.session is None:
        raise NotSignedIn
    return caller.session


def _item(session: Session, here: int) -> models.SessionItem:
    return models.SessionItem(
        id=session.id,
        method=session.method,
        agent=session.agent,
        address=session.address,
        begun=iso(session.begun),
        seen=iso(session.seen),
        ends=iso(session.ends),
        current=session.id == here,
    )
