"""Invitations: a link that lets somebody in once, to bring a passkey or a password. There is no default password."""

from sqlalchemy import Connection, delete, insert, select

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import accounts, invitations
from civicroot_backend.people import tokens
from civicroot_backend.people.errors import INVITATION_OVER, SignInRefused

VALID_SECONDS = 3 * 86_400  # over a weekend


def make(act: Act, account: int) -> str:
    """The token of an invitation; one that was open before opens nothing any more."""
    token = tokens.new()
    act.connection.execute(delete(invitations).where(invitations.c.account == account))
    expires = act.now + VALID_SECONDS
    act.connection.execute(insert(invitations).values(account=account, token=tokens.digest(token), expires=expires))
    act.record(Action.INVITED, f"account/{account}")
    return token


def guest(connection: Connection, token: str, now: float) -> int:
    """The account that a token invites. Raises SignInRefused."""
    query = (
        select(invitations.c.account)
        .join(accounts)
        .where(invitations.c.token == tokens.digest(token), invitations.c.expires > int(now), accounts.c.active)
    )
    account: int | None = connection.execute(query).scalar_one_or_none()
    if account is None:
        raise SignInRefused(INVITATION_OVER, "this invitation was used, replaced, or is over: ask for another one")
    return account


def take(act: Act, token: str) -> int:
    """Use it up; the account. Raises SignInRefused."""
    account = guest(act.connection, token, act.now)
    act.connection.execute(delete(invitations).where(invitations.c.account == account))
    act.record(Action.INVITATION_TAKEN, f"account/{account}")
    return account
