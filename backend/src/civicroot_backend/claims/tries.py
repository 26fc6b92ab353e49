"""Wrong codes: three of one bin within a window, whoever tried them, and its codes are closed until they are too old.

A code is one of 4,096, and a citizen types it from a lamp that blinks: three tries are enough for a slip of the
finger, and give a guesser one chance in 1,365 for each window, at a bin where somebody has just left a deposit.
"""

from sqlalchemy import Connection, delete, func, select

from civicroot_backend.claims.deposit import WINDOW_SECONDS
from civicroot_backend.database.tables import wrong_codes

MAX_WRONG = 3


def left(connection: Connection, kid: bytes, now: float) -> int:
    """How many wrong codes this bin still takes now."""
    within = wrong_codes.c.time > now - WINDOW_SECONDS
    query = select(func.count()).select_from(wrong_codes).where(wrong_codes.c.kid == kid, within)
    return max(0, MAX_WRONG - int(connection.execute(query).scalar_one()))


def wrong(connection: Connection, kid: bytes, now: float) -> None:
    """Another one."""
    connection.execute(wrong_codes.insert().values(kid=kid, time=int(now)))


def forget_old(connection: Connection, now: float) -> None:
    """Delete those that no longer count."""
    connection.execute(delete(wrong_codes).where(wrong_codes.c.time <= int(now - WINDOW_SECONDS)))
