"""Which account a provider's somebody has: by login the first time, and by the provider's own number ever after."""

from sqlalchemy import insert, select

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import oidc_identities
from civicroot_backend.people import accounts, names
from civicroot_backend.people.errors import NO_ACCOUNT, SignInRefused
from civicroot_backend.people.oidc.client import Identity

MAX_SUBJECT = 255  # Core §2


def account_of(act: Act, identity: Identity) -> int:
    """The account; it is linked now if it was not. Raises SignInRefused.

    Who got a login there that somebody else had before is another number, and gets no account by it.
    """
    table = oidc_identities
    known = (table.c.issuer == identity.issuer) & (table.c.subject == identity.subject)
    account: int | None = act.connection.execute(select(table.c.account).where(known)).scalar_one_or_none()
    if account is not None:
        return account
    found = accounts.find(act.connection, names.folded(identity.login))
    if found is None or not found.active or len(identity.subject) > MAX_SUBJECT:
        raise _refused()
    other = (table.c.issuer == identity.issuer) & (table.c.account == found.id)
    if act.connection.execute(select(table.c.subject).where(other)).one_or_none() is not None:
        raise _refused()
    row = {"issuer": identity.issuer, "subject": identity.subject, "account": found.id}
    act.connection.execute(insert(table).values(**row, created=act.now))
    act.record(Action.IDENTITY_LINKED, f"account/{found.id}", issuer=identity.issuer)
    return found.id


def _refused() -> SignInRefused:
    return SignInRefused(NO_ACCOUNT, "you have no account here, or not under this login: ask an operator of the city")
