"""Passkeys: WebAuthn credentials that their owner's device keeps, for this city's address alone.

The device asks for finger, face or PIN each time (user verification), and says itself whose passkey it is, so that
nobody types a login. What is signed is checked by py_webauthn: origin, relying party, challenge, flags and signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import webauthn
from sqlalchemy import Connection, Row, delete, insert, select, update
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import passkeys
from civicroot_backend.people import names, ways_in
from civicroot_backend.people.accounts import Account
from civicroot_backend.people.challenges import VALID_SECONDS
from civicroot_backend.people.door import Entrance
from civicroot_backend.people.errors import (
    BAD_PASSKEY,
    TAKEN,
    TOO_MANY,
    WRONG_CREDENTIALS,
    InTheWay,
    NotThere,
    SignInRefused,
    Unfit,
)

MOST = 20  # of an account: phones, laptops, keys on a ring
MAX_KEY_NAME = 64
_MILLISECONDS = VALID_SECONDS * 1000
_VERIFIED = UserVerificationRequirement.REQUIRED
# What the library raises for what is not as it should be, and what Python raises for JSON that is no credential.
_WRONG = (WebAuthnException, ValueError, KeyError, TypeError)

Credential = Mapping[str, Any]  # as the browser's toJSON() gives it
New = VerifiedRegistration


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey; `signatures`: the authenticator's counter, 0 if it has none. Times are Unix seconds."""

    id: int
    account: int
    credential: bytes
    public: bytes
    signatures: int
    name: str
    created: int
    used: int | None
    cloned: bool


def sign_in_options(entrance: Entrance, challenge: bytes) -> dict[str, Any]:
    """What navigator.credentials.get() is to be asked."""
    options = webauthn.generate_authentication_options(
        rp_id=entrance.rp_id, challenge=challenge, timeout=_MILLISECONDS, user_verification=_VERIFIED
    )
    return options_to_json_dict(options)


def registration_options(
    account: Account, there: list[Passkey], city: str, entrance: Entrance, challenge: bytes
) -> dict[str, Any]:
    """What navigator.credentials.create() is to be asked; devices in `there` are not asked again."""
    options = webauthn.generate_registration_options(
        rp_id=entrance.rp_id,
        rp_name=city,
        user_id=account.handle,
        user_name=account.login,
        user_display_name=account.name,
        challenge=challenge,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential) for passkey in there],
    )
    return options_to_json_dict(options)


def challenge_of(credential: Credential) -> bytes:
    """The challenge that a credential says it answers. Raises SignInRefused."""
    try:
        return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    except _WRONG as error:
        raise _refused() from error


def credential_id(credential: Credential) -> bytes:
    """Which passkey it says it is. Raises SignInRefused."""
    try:
        return base64url_to_bytes(credential["rawId"])
    except _WRONG as error:
        raise _refused() from error


def check_new(credential: Credential, entrance: Entrance, challenge: bytes) -> New:
    """A new passkey that was made here, for this challenge, by somebody its device knows. Raises Unfit."""
    try:
        return webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=entrance.rp_id,
            expected_origin=entrance.origin,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise Unfit(BAD_PASSKEY, "this passkey was not made for this, or not here") from error


def check(found: Passkey, credential: Credential, entrance: Entrance, challenge: bytes) -> int:
    """The authenticator's counter in an answer that the passkey signed here, for this challenge. Raises SignInRefused.

    The counter is judged by `counted`, under the transaction that writes it.
    """
    try:
        return webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=entrance.rp_id,
            expected_origin=entrance.origin,
            credential_public_key=found.public,
            credential_current_sign_count=0,
            require_user_verification=True,
        ).new_sign_count
    except _WRONG as error:
        raise _refused() from error


def counted(act: Act, credential: bytes, signatures: int) -> bool:
    """Note a use. False if the counter did not rise: there are two of this passkey, and neither opens any more."""
    found = find(act.connection, credential)
    if found is None or found.cloned:
        return False
    cloned = (signatures > 0 or found.signatures > 0) and signatures <= found.signatures
    values: dict[str, Any] = {"cloned": True} if cloned else {"signatures": signatures, "used": act.now}
    act.connection.execute(update(passkeys).where(passkeys.c.id == found.id).values(**values))
    if cloned:
        act.record(
            Action.PASSKEY_CLONED,
            f"account/{found.account}",
            passkey=found.id,
            counter=signatures,
            seen=found.signatures,
        )
    return not cloned


def add(act: Act, account: int, made: New, name: str) -> Passkey:
    """Let an account sign in with a passkey that `check_new` let through. Raises Unfit, InTheWay."""
    if len(listed(act.connection, account)) >= MOST:
        raise InTheWay(TOO_MANY, f"an account has at most {MOST} passkeys")
    if find(act.connection, made.credential_id) is not None:
        raise InTheWay(TAKEN, "this passkey is known already")
    shown = names.shown(name)[:MAX_KEY_NAME]
    row = {"credential": made.credential_id, "public": made.credential_public_key, "signatures": made.sign_count}
    act.connection.execute(insert(passkeys).values(account=account, name=shown, created=act.now, cloned=False, **row))
    act.record(Action.PASSKEY_ADDED, f"account/{account}", name=shown)
    return _passkey(act.connection.execute(select(passkeys).where(passkeys.c.credential == made.credential_id)).one())


def remove(act: Act, account: int, passkey: int) -> None:
    """Let a passkey open nothing any more. Raises NotThere, InTheWay."""
    mine = (passkeys.c.id == passkey) & (passkeys.c.account == account)
    if not act.connection.execute(delete(passkeys).where(mine)).rowcount:
        raise NotThere("you have no such passkey")
    ways_in.refuse_none_left(act.connection, account)
    act.record(Action.PASSKEY_REMOVED, f"account/{account}", passkey=passkey)


def find(connection: Connection, credential: bytes) -> Passkey | None:
    """The passkey of that credential."""
    row = connection.execute(select(passkeys).where(passkeys.c.credential == credential)).one_or_none()
    return None if row is None else _passkey(row)


def listed(connection: Connection, account: int) -> list[Passkey]:
    """An account's passkeys, the oldest first."""
    rows = connection.execute(select(passkeys).where(passkeys.c.account == account).order_by(passkeys.c.id))
    return [_passkey(row) for row in rows]


def _refused() -> SignInRefused:
    return SignInRefused(WRONG_CREDENTIALS, "this passkey does not open an account here")


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(**{field.name: getattr(row, field.name) for field in fields(Passkey)})
