"""One's own passkeys and password."""

from fastapi import APIRouter

from civicroot_backend.api import passkey_models as models
from civicroot_backend.api.dependencies import BackendParameter, NumberParameter
from civicroot_backend.api.enforce import CallerParameter, EntranceParameter, PeopleParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.session_models import NewPassword
from civicroot_backend.paths import API
from civicroot_backend.people import passkeys, passwords, sessions
from civicroot_backend.people.passkeys import Passkey
from civicroot_backend.times import iso, iso_claim

router = APIRouter(prefix=API, tags=["sign-in"], dependencies=[private])


@router.get("/passkeys", summary="One's own passkeys")
def get_passkeys(backend: BackendParameter, caller: CallerParameter) -> models.Passkeys:
    """What opens one's account, beside other services."""
    with backend.database.read() as connection:
        found = passkeys.listed(connection, caller.account)
        has_password = passwords.of(connection, caller.account) is not None
    return models.Passkeys(items=[_item(one) for one in found], password=has_password)


@router.post("/passkeys/options", summary="Begin to add a passkey")
def post_options(
    people: PeopleParameter, caller: CallerParameter, entrance: EntranceParameter
) -> models.PasskeyOptions:
    """What `navigator.credentials.create()` is to be asked, within five minutes."""
    return models.PasskeyOptions(publicKey=people.sign_in.passkey_options(caller.account, entrance))


@router.post("/passkeys", status_code=201, summary="Add a passkey")
def post_passkey(
    people: PeopleParameter, caller: CallerParameter, entrance: EntranceParameter, body: models.NewPasskey
) -> models.PasskeyItem:
    """From now on it signs in."""
    credential = body.credential.model_dump(by_alias=True)
    made = people.sign_in.check_new_passkey(caller.account, credential, entrance)
    with people.act(caller) as act:
        return _item(passkeys.add(act, caller.account, made, body.name))


@router.delete("/passkeys/{passkey}", status_code=204, summary="Remove a passkey")
def delete_passkey(people: PeopleParameter, caller: CallerParameter, passkey: NumberParameter) -> None:
    """It signs in no more; sessions that it began go on. 409 for the last way in."""
    with people.act(caller) as act:
        passkeys.remove(act, caller.account, passkey)


@router.put("/password", status_code=204, summary="Set one's password")
def put_password(
    backend: BackendParameter, people: PeopleParameter, caller: CallerParameter, body: NewPassword
) -> None:
    """The one before is forgotten, and one's other sessions end."""
    made = passwords.make_hash(body.password, caller.login, caller.name, backend.realm)
    with people.act(caller) as act:
        passwords.put(act, caller.account, made)
        if caller.session is not None:
            sessions.end_others(act, caller.account, caller.session.id)


def _item(passkey: Passkey) -> models.PasskeyItem:
    return models.PasskeyItem(
        id=passkey.id,
        name=passkey.name,
        created=iso(passkey.created),
        used=iso_claim(passkey.used),
        cloned=passkey.cloned,
    )
