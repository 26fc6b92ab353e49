"""A small process that appends entries and publishes them, for faults of its system calls.

    python -m tests.backend.faults.worker FD

It imports everything once and then forks a child for each line "FOLDER ENTRY ENTRY …" that it gets on the socket FD.
The child says "ready PID" and waits for a line, so that whoever traces it can attach first; then "logged INDEX ENTRY"
for what is durable, "published NOTE" (JSON) for a checkpoint, and "done", or "failed ERROR". When it has ended its
parent says "ended STATUS". A socket, because its system calls are not those of storage.
"""

import json
import os
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TextIO

from civicroot_backend.database.connection import Database
from civicroot_backend.errors import BackendError
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.store.directory import DirectoryStore
from sqlalchemy.exc import SQLAlchemyError

from tests.backend.log_machine import KEYS

GROUP = 3  # entries of one transaction and one checkpoint


def run(folder: Path, entries: list[str], out: TextIO) -> None:
    """Append and publish."""
    database = Database(f"sqlite:///{folder}/log.db")
    store = DirectoryStore(folder / "public")
    try:
        log = CityLog(database, store, KEYS, lambda: 1.0)
        log.recover()
        for start in range(0, len(entries), GROUP):
            group = entries[start : start + GROUP]
            with database.write() as connection:
                sequencer = Sequencer(connection)
                indices = [sequencer.append("statement", entry.encode()) for entry in group]
            for index, entry in zip(indices, group, strict=True):
                print("logged", index, entry, file=out, flush=True)
            while (published := log.advance()) is not None:
                print("published", json.dumps(published.note), file=out, flush=True)
    finally:
        store.close()
        database.close()


def child(folder: Path, entries: list[str], lines: TextIO, out: TextIO) -> int:
    """What it says is the result; the exit status says whether it failed."""
    print("ready", os.getpid(), file=out, flush=True)
    lines.readline()
    try:
        run(folder, entries, out)
    except (BackendError, SQLAlchemyError, OSError) as error:
        print("failed", f"{type(error).__name__}:", str(error).splitlines()[0], file=out, flush=True)
        return 1
    print("done", file=out, flush=True)
    return 0


def serve(link: socket.socket) -> None:
    """Fork for every line until the other side closes."""
    with tempfile.TemporaryDirectory() as elsewhere, Path(os.devnull).open("w") as nobody:
        run(Path(elsewhere), ["warm"], nobody)  # whatever is imported late is imported now
    lines, out = link.makefile("r"), link.makefile("w")
    for line in lines:
        folder, *entries = line.split()
        pid = os.fork()
        if pid == 0:
            status = 2
            try:
                status = child(Path(folder), entries, lines, out)
            except BaseException:  # noqa: BLE001 - a forked child must not go on as its parent
                traceback.print_exc()
            os._exit(status)
        _, status = os.waitpid(pid, 0)
        print("ended", os.waitstatus_to_exitcode(status), file=out, flush=True)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
