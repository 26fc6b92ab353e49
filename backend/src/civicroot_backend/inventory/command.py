"""`civicroot inventory import`: what the city says of its bins and trees, from a CSV or GeoJSON file."""

import argparse
import hashlib
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_backend import config
from civicroot_backend.errors import DatabaseFailed, InventoryRefused
from civicroot_backend.inventory import fields

if TYPE_CHECKING:
    from civicroot_backend.database.connection import Database
    from civicroot_backend.inventory.book import Changes
    from civicroot_backend.inventory.parse import Parsed
    from civicroot_backend.inventory.table import Table

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MAX_SHOWN = 100  # faults: more than anybody mends by hand before trying again
EXIT_OK, EXIT_FAULTS = 0, 1


def add_inventory(subparsers: "Subparsers") -> argparse.ArgumentParser:
    """Add the command; the caller sets `func`, which is `run` here."""
    parser = subparsers.add_parser("inventory", help="what the city says of its bins and trees")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser(
        "import",
        help="import bins or trees from CSV or GeoJSON",
        description="Import what the city says of its bins or trees. Every row is checked first; with any fault "
        "nothing is imported, unless --skip-faulty is given. A row replaces all that was said of its subject before; "
        "what was said is kept. The same file again changes nothing. The backend may run meanwhile.",
        epilog=f"fields of bins: {', '.join(fields.of_kind(fields.BIN))}. "
        f"Fields of trees: {', '.join(fields.of_kind(fields.TREE))}.",
    )
    command.add_argument("file", type=Path, metavar="FILE", help=".csv, or .geojson with points")
    command.add_argument("--kind", required=True, choices=fields.KINDS, help="what the rows are")
    command.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="which column a field is in, if its name does not say so; FIELD= leaves a field out",
    )
    command.add_argument("--dry-run", action="store_true", help="check and compare; change nothing")
    command.add_argument("--skip-faulty", action="store_true", help="import the rows without fault")
    command.add_argument(
        "--statement",
        type=Path,
        metavar="FILE",
        help="an organisation's signed statement of this file's hash (civicroot statement sign --detached), which goes "
        "into the city log",
    )
    command.add_argument("--config", required=True, type=Path)
    return command


def run(arguments: argparse.Namespace) -> int:
    """Import, or only look. 0: done; 1: there are faults. Raises BackendError, WireError."""
    # Imported here: no other command needs them.
    from civicroot_backend.inventory import mapping, parse, table  # noqa: PLC0415

    content = _read(arguments.file)
    read = table.read(content, arguments.file.name)
    columns = mapping.resolve(arguments.kind, read.columns, _chosen(arguments.column))
    _show_mapping(read, columns)
    found = parse.parse(arguments.kind, read, columns, datetime.now(UTC).date())
    _show_faults(found)
    if found.faults and not arguments.skip_faulty and not arguments.dry_run:
        print(
            "civicroot: nothing is imported; mend the file, or import the other rows with --skip-faulty",
            file=sys.stderr,
        )
        return EXIT_FAULTS
    _store(arguments, content, found)
    return EXIT_FAULTS if found.faults and not arguments.skip_faulty else EXIT_OK


def _store(arguments: argparse.Namespace, content: bytes, found: "Parsed") -> None:
    from civicroot_backend.inventory import book, statement  # noqa: PLC0415 - see run

    settings = config.load(arguments.config, os.environ)
    database = _opened(settings)
    try:
        if arguments.dry_run:
            with database.read() as connection:
                _show_changes(book.compare(connection, found.entries), "would be ")
            return
        signed = None
        if arguments.statement is not None:
            signed = statement.log(settings, database, _read(arguments.statement), content)
        source = book.Source(arguments.kind, hashlib.sha256(content).digest(), arguments.file.name[:255], signed)
        with database.write() as connection:
            _show_changes(book.write(connection, source, found.entries, int(time.time())), "")
        if signed is not None:
            print(f"statement at log index {signed}")
    finally:
        database.close()


def _opened(settings: config.Config) -> "Database":
    from alembic.util import CommandError  # noqa: PLC0415 - see run
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from civicroot_backend.database.connection import Database  # noqa: PLC0415

    try:
        return Database(settings.database_url)
    except (SQLAlchemyError, CommandError) as error:
        raise DatabaseFailed(f"database: {str(error).splitlines()[0]}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InventoryRefused(f"{path}: {error.strerror}") from error


def _chosen(given: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in given]
    wrong = [field for field, sign, _ in pairs if not sign]
    if wrong:
        raise InventoryRefused(f"--column takes FIELD=COLUMN, not {wrong[0]}")
    return {field.strip(): column.strip() for field, _, column in pairs}


def _show_mapping(read: "Table", columns: dict[str, str]) -> None:
    used = ", ".join(f"{field}={column}" for field, column in columns.items())
    unused = ", ".join(column for column in read.columns if column not in columns.values())
    print(f"columns: {used}" + (f"; not used: {unused}" if unused else ""))


def _show_faults(found: "Parsed") -> None:
    for fault in found.faults[:MAX_SHOWN]:
        print(fault, file=sys.stderr)
    if len(found.faults) > MAX_SHOWN:
        print(f"and {len(found.faults) - MAX_SHOWN} faults more", file=sys.stderr)


def _show_changes(changes: "Changes", would: str) -> None:
    print(f"{len(changes.added)} {would}added, {len(changes.changed)} {would}changed, {changes.unchanged} as before")
