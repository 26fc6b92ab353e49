"""What somebody made who has read the protocol: it answers at once, and with anything."""

import json
import os
import pty
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from civicroot_wire import keys
from civicroot_wire.sodium import Signer

SIGNER = Signer(b"\x07" * 32)
IDENTITY = {
    "kid": keys.kid(SIGNER.public).hex(),
    "public": SIGNER.public.hex(),
    "model": "smart-bin",
    "version": "0.2.0",
    "boots": 1,
    "simulated": True,
}


@contextmanager
def hostile(port: Path, **answers: Any) -> Iterator[None]:
    """A device at the name `port`; to a request that `answers` does not name it answers {}."""
    end, socket = pty.openpty()
    tty.setraw(socket)
    port.symlink_to(os.ttyname(socket))
    stopped = threading.Event()

    def serve() -> None:
        rest = b""
        while not stopped.is_set():
            *lines, rest = (rest + os.read(end, 4096)).split(b"\n")
            for request in [json.loads(line) for line in lines if line]:
                found = {"identity": IDENTITY, **answers}.get(request["do"], {})
                os.write(end, json.dumps({"id": request["id"], "ok": found}).encode() + b"\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        os.write(socket, b"\n")  # the thread waits for a line
        thread.join()
        port.unlink()
        os.close(end)
        os.close(socket)
