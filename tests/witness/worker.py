"""A witness process that a test steers: `python -m tests.witness.worker FOLDER SETTINGS`.

SETTINGS is JSON: "clock": file with the Unix seconds that the clock says; "kill": where SIGKILL strikes
(before-commit, after-commit, after-signing), at the "at"-th time; "body_seconds", "wait_seconds": deadlines.
The program itself knows nothing of this.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from civicroot_wire import cosignature
from civicroot_witness import app, server
from civicroot_witness.run import run
from civicroot_witness.store import Store


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()  # the signal comes to some thread: this one goes no further


def _kill_at(place: str, at: int) -> None:
    count = 0
    write, sign = Store.write, cosignature.sign

    def reached(where: str) -> None:
        nonlocal count
        if where == place:
            count += 1
            if count == at:
                _die()

    @contextmanager
    def killing_write(self: Store) -> Iterator[None]:
        with write(self):
            yield
            reached("before-commit")
        reached("after-commit")

    def killing_sign(*arguments: Any) -> str:
        line = sign(*arguments)
        reached("after-signing")
        return line

    Store.write = killing_write  # type: ignore[method-assign]
    cosignature.sign = killing_sign


def main() -> None:
    folder, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    if "kill" in settings:
        _kill_at(settings["kill"], settings.get("at", 1))
    app.BODY_SECONDS = settings.get("body_seconds", app.BODY_SECONDS)
    server.WAIT_SECONDS = settings.get("wait_seconds", server.WAIT_SECONDS)

    def clock() -> float:
        return float(Path(settings["clock"]).read_text()) if "clock" in settings else time.time()

    run(folder, ("127.0.0.1", 0), clock)


if __name__ == "__main__":
    main()
