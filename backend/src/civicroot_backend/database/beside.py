"""The database for a command that works beside the backend, or before its first start."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from civicroot_backend.config import Config
from civicroot_backend.database.connection import Database
from civicroot_backend.errors import DatabaseFailed


@contextmanager
def opened(config: Config) -> Iterator[Database]:
    """The database of a configuration, made if it is not there. Raises DatabaseFailed."""
    try:
        config.data_directory.mkdir(parents=True, exist_ok=True)
        database = Database(config.database_url)
        try:
            yield database
        finally:
            database.close()
    except (SQLAlchemyError, CommandError, OSError) as error:
        raise DatabaseFailed(f"database: {str(error).splitlines()[0]}") from error
