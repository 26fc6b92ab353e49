"""A board at a USB port: the real firmware in MicroPython, behind a pseudo-terminal that can be unplugged."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

from tests.gateway.bridging import Cable
from tests.support.micropython import ROOT, micropython_binary

MAIN = ROOT / "firmware" / "main.py"
WIFI = {"street": "a secret of the street"}
RESTARTS = 1  # exit status of a board that starts again


class PluggedBoard:
    """One board; `port` is where the laptop finds it. A context manager: in it the board is plugged in and runs.

    `board`: path of its board file, None for one whose sensors answer at once. It starts again when it says so.
    """

    def __init__(
        self, folder: Path, cable: Cable, board: Path | None = None, model: str = "smart-bin", **options: Any
    ) -> None:
        self.folder = folder
        self.port = cable.port
        self.starts = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._cable = cable
        configuration = {
            "data": str(folder / "flash"),
            "kind": "bin",
            "interval_s": 600,
            "target": model,
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
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def committed(self) -> bool:
        """Whether it is provisioned."""
        return (self.folder / "config.json").exists()

    def stop(self) -> None:
        """Its power is gone."""
        with self._lock:
            self._stopping = True
            if self._process is not None:
                self._process.kill()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        end = self._cable.bridge_end
        command = [micropython_binary(), MAIN, self.folder / "config.json"]
        with (self.folder / "board.log").open("ab") as log:
            while True:
                with self._lock:
                    if self._stopping:
                        return
                    self._process = subprocess.Popen(command, stdin=end, stdout=end, stderr=log)
                self.starts += 1
                if self._process.wait() != RESTARTS:
                    return
