"""A crew's day in a test: a city, a broker, a box of boards, and hands that plug them in and out."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.conftest import Civicroot, Ran, Town
from tests.support.brokers import Broker
from tests.support.plugged_board import MAIN, WIFI, PluggedBoard

OPERATOR = "11" * 32
GATEWAY = "0011223344556677"
SECONDS = 60.0
LOOK = 0.005


class Street:
    """`provision` runs the command in this process; `hands` plugs boards in while it runs."""

    def __init__(self, town: Town, broker: Broker, run: Civicroot, folder: Path) -> None:
        self.town = town
        self.folder = folder
        self.out = folder / "out"
        self.said: list[str] = []
        self._run = run
        self.port = folder / "ttyUSB"
        self.main = MAIN  # program of the boards
        self.site = self.write_site(broker)

    def write_site(self, broker: Broker, **changes: str) -> Path:
        """A site file; `changes` are top-level keys and their TOML."""
        ssid, password = next(iter(WIFI.items()))
        top = {
            "realm": json.dumps(self.town.city.realm),
            "url": json.dumps(self.town.url),
            "policy": json.dumps(str(self.town.policy)),
            "support": '"+82 2 120"',
            "operator": json.dumps(OPERATOR),
        } | changes
        tables = (
            f'[gateway]\nkid = "{GATEWAY}"\nhost = "{broker.host}"\nport = {broker.port}\n'
            f'[wifi]\nssid = "{ssid}"\npassword = "{password}"\n'
        )
        path = self.folder / "site.toml"
        path.write_text("".join(f"{name} = {value}\n" for name, value in top.items()) + tables)
        return path

    def board(self, name: str, **options: Any) -> PluggedBoard:
        """A board whose sensors answer at once; plugged in as a context manager."""
        return PluggedBoard(self.folder / name, self.port, main=self.main, **options)

    def provision(self, *arguments: object, online: bool = True) -> Ran:
        """Run the command; it waits for no reading, for nobody sends one here."""
        key = ("--registrar-key", self.town.registrar_key) if online else ()
        common = ("--site", self.site, "--out", self.out, "--port", self.port, "--wait", "0")
        return self._run("provision", *common, *key, *map(str, arguments))

    @contextmanager
    def hands(
        self, names: list[str], stop_after: int | None = None, refused: dict[str, dict[str, Any]] | None = None
    ) -> Iterator[list[str]]:
        """Plug in boards one after the other, each as soon as the one before is in the journal; the list of those done.

        `refused`: options of boards that will not be taken. `stop_after`: the cable is torn out of that one before it
        is finished; then the person at the laptop gives up.
        """
        done: list[str] = []
        ending = threading.Event()

        def work() -> None:
            for number, name in enumerate(names):
                count = len(self.said)
                if ending.is_set():
                    return
                with self.board(name, **(refused or {}).get(name, {})) as board:
                    if number == stop_after:
                        while not (board.folder / "draft").exists() and not ending.is_set():
                            ending.wait(LOOK)
                        board.unplug()
                        os.kill(os.getpid(), signal.SIGINT)
                        return
                    while (
                        not (self._is_refused(count) if name in [*done, *(refused or ())] else self._is_noted(board))
                        and not ending.is_set()
                    ):
                        ending.wait(LOOK)
                done.append(name)

        thread = threading.Thread(target=work, daemon=True)
        # Whoever starts the tests in the background may have them ignore interrupts.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        thread.start()
        try:
            yield done
        finally:
            ending.set()
            thread.join()
            signal.signal(signal.SIGINT, before)

    def say(self, text: str) -> None:
        """What the command says goes through here."""
        self.said.append(text)
        print(text, flush=True)

    def _is_refused(self, count: int) -> bool:
        """Whether a device was not taken, after the command had said so many lines."""
        return any("not taken" in line for line in self.said[count:])

    def _is_noted(self, board: PluggedBoard) -> bool:
        """Whether the laptop has noted that this board is configured, and drawn its label."""
        if not board.committed:
            return False
        subject = json.loads((board.folder / "config.json").read_text())["subject"]
        drawn = (self.out / f"{subject.replace('/', '-')}.svg").exists()
        return drawn and bool(self.journal().get(subject, {}).get("committed"))

    def journal(self) -> dict[str, dict[str, Any]]:
        """What the journal says now."""
        found: dict[str, dict[str, Any]] = {}
        path = self.out / "journal.jsonl"
        for line in path.read_text().split("\n")[:-1] if path.exists() else []:
            values = json.loads(line)
            found.setdefault(values.pop("subject"), {}).update(values)
        return found


def write_list(path: Path, count: int) -> Path:
    """A list of bins."""
    rows = [f"bin/{number},A-{number:04},Platz {number},52.5{number:03},13.4" for number in range(1, count + 1)]
    path.write_text("\n".join(["subject,asset,label,latitude,longitude", *rows]) + "\n")
    return path
