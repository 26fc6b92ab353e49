"""Coming in by an invitation: its secret is sent in the body, so that no log of addresses has it."""

from fastapi import APIRouter, Response

from civicroot_backend.api import session_models as models
from civicroot_backend.api.enforce import CookiesParameter, EntranceParameter, PeopleParameter, PlaceParameter
from civicroot_backend.api.passkey_models import AcceptWithPasskey, PasskeyOptions
from civicroot_backend.api.private import private
from civicroot_backend.paths import API

router = APIRouter(prefix=API, tags=["sign-in"], dependencies=[private])


@router.post("/invitation", summary="Whom an invitation is for")
def post_invitation(people: PeopleParameter, body: models.Invitation) -> models.Guest:
    """`invitation-over` if it was used, replaced, or is too old."""
    guest = people.sign_in.guest(body.token)
    return models.Guest(login=guest.login, name=guest.name)


@router.post("/invitation/password", status_code=201, summary="Come in, with a new password")
def post_password(
    people: PeopleParameter,
    cookies: CookiesParameter,
    place: PlaceParameter,
    response: Response,
    body: models.AcceptWithPassword,
) -> models.Guest:
    """Uses the invitation up and begins a session."""
    made = people.sign_in.accept_with_password(body.token, body.password, place)
    cookies.let_in(response, made)
    return models.Guest(login=made.account.login, name=made.account.name)


@router.post("/invitation/passkey/options", summary="Begin to come in with a new passkey")
def post_options(people: PeopleParameter, entrance: EntranceParameter, body: models.Invitation) -> PasskeyOptions:
    """What `navigator.credentials.create()` is to be asked, within five minutes."""
    guest = people.sign_in.guest(body.token)
    return PasskeyOptions(publicKey=people.sign_in.passkey_options(guest.id, entrance))


@router.post("/invitation/passkey", status_code=201, summary="Come in, with a new passkey")
def post_passkey(
    people: PeopleParameter,
    cookies: CookiesParameter,
    entrance: EntranceParameter,
    place: PlaceParameter,
    response: Response,
    body: AcceptWithPasskey,
) -> models.Guest:
    """Uses the invitation up and begins a session."""
    credential = body.credential.model_dump(by_alias=True)
    made = people.sign_in.accept_with_passkey(body.token, credential, body.name, entrance, place)
    cookies.let_in(response, made)
    return models.Guest(login=made.account.login, name=made.account.name)
