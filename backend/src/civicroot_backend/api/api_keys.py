"""One's own API keys."""

from fastapi import APIRouter

from civicroot_backend.api import people_models as models
from civicroot_backend.api.dependencies import BackendParameter, NumberParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.private import private
from civicroot_backend.paths import API
from civicroot_backend.people import api_keys
from civicroot_backend.people.api_keys import ApiKey
from civicroot_backend.times import iso, iso_claim

DAY_SECONDS = 86_400

router = APIRouter(prefix=API, tags=["sign-in"], dependencies=[private])


@router.get("/api-keys", summary="One's own API keys")
def get_keys(backend: BackendParameter, caller: CallerParameter) -> models.Keys:
    """With those that are over."""
    with backend.database.read() as connection:
        return models.Keys(items=[_item(key) for key in api_keys.listed(connection, caller.account)])


@router.post("/api-keys", status_code=201, summary="Make an API key")
def post_key(people: PeopleParameter, caller: CallerParameter, body: models.NewKey) -> models.MadeKey:
    """It is sent as `Authorization: Bearer …`, and may do what its scopes name and its owner may."""
    with people.act(caller) as act:
        expires = act.now + body.days * DAY_SECONDS
        key, text = api_keys.make(act, caller.account, body.name, body.scopes, expires)
    return models.MadeKey(key=_item(key), text=text)


@router.delete("/api-keys/{key}", status_code=204, summary="Revoke an API key")
def delete_key(people: PeopleParameter, caller: CallerParameter, key: NumberParameter) -> None:
    """It does nothing any more, at once."""
    with people.act(caller) as act:
        api_keys.revoke(act, caller.account, key)


def _item(key: ApiKey) -> models.KeyItem:
    return models.KeyItem(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        created=iso(key.created),
        expires=iso(key.expires),
        used=iso_claim(key.used),
        revoked=iso_claim(key.revoked),
    )
