"""A board at a USB port: the real firmware in MicroPython, behind a pseudo-terminal that can be unplugged."""

import json
import os
import pty
import subprocess
import threading
import time
import tty
from pathlib import Path
from typing import Any, Self

from tests.support.micropython import ROOT, micropython_binary

MAIN = ROOT / "firmware" / "main.py"
WIFI = {"street": "a secret of the street"}
DEADLINE = 20.0
RESTARTS = 1  # exit status of a board that starts again


class PluggedBoard:
    """One board, at the name `port` while it is plugged in. A context manager: in it the board is plugged in and runs.

    `board`: path of its board file, None for one whose sensors answer at once. It starts again when it says so. It has
    its power from the port: without a plug it is off. `main`: its program. Its street begins when it is made, so that
    it is the same at every hour: a closed lid and a bin half full for the first half hour, and no sensor that is out of
    order.
    """

    def __init__(
        self,
        folder: Path,
        port: Path,
        board: Path | None = None,
        model: str = "smart-bin",
        main: Path = MAIN,
        **options: Any,
    ) -> None:
        self._main = main
        self.folder = folder
        self.port = port
        self.starts = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._end = self._socket = -1
        configuration = {
            "data": str(folder / "flash"),
            "kind": "bin",
            "interval_s": 600,
            "target": model,
            "epoch": int(time.time()),
            **({} if board is None else {"board": str(board)}),
            **options,
        }
        factory = {"model": model, "configuration": configuration, "networks": WIFI}
        (folder / "factory.json").write_text(json.dumps(factory))
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def committed(self) -> bool:
        """Whether it is provisioned."""
        return (self.folder / "config.json").exists()

    def plug(self) -> None:
        """The port appears, and the board starts."""
        self._end, self._socket = pty.openpty()
        tty.setraw(self._socket)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, args=(self._end,), daemon=True)
        self._thread.start()
        # Its own end of the socket stays open: a board does not notice when nobody listens.
        self.port.symlink_to(os.ttyname(self._socket))

    def unplug(self) -> None:
        """Port and power are gone."""
        if self._end < 0:
            return
        with self._lock:
            self._stopping = True
            if self._process is not None:
                self._process.kill()
        assert self._thread is not None
        self._thread.join()
        self.port.unlink()
        os.close(self._end)
        os.close(self._socket)
        self._end = -1

    def wait(self) -> None:
        """Until it has ended by itself, as a board ends with its prompt."""
        assert self._thread is not None
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def _run(self, end: int) -> None:
        command = [micropython_binary(), self._main, self.folder / "config.json"]
        with (self.folder / "board.log").open("ab") as log:
            while True:
                with self._lock:
                    if self._stopping:
                        return
                    self._process = subprocess.Popen(command, stdin=end, stdout=end, stderr=log)
                self.starts += 1
                if self._process.wait() != RESTARTS:
                    return
