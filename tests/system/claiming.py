"""Bins that people use, in a city of real processes: what is thrown in, what display and lamp show, cards."""

import json
import os
import re
import signal
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from civicroot_backend.demo import board
from civicroot_backend.demo.devices import Device
from civicroot_backend.demo.places import PLACES
from civicroot_backend.demo.processes import Child, Processes
from civicroot_device.lamp.colours import DARK, GREEN, WHITE
from PIL import Image

from tests.firmware.display import pictures
from tests.firmware.lamp import observer
from tests.system.witnessed import until

OPTIONS: dict[str, object] = {
    "speed": 1,
    "interval_s": 30,
    "sample_s": 30,
    "lid_ms": 50,
    "answer_s": 1,
    "ailing": 0,
}
SAMPLE_MS = 50  # of a camera with 20 pictures a second
_URL = re.compile(r"(HTTPS://[A-Z0-9.:-]+/B/)(\d+)")

Frames = list[tuple[float, observer.Frame]]


def device(number: int, board_file: Path, folder: Path) -> Device:
    """Bin `number` of the demo's places with every driver that its board file names."""
    return Device(place=PLACES[number - 1], folder=folder / f"bin-{number}", seed=number, board=board_file, own=OPTIONS)


def without_display(smart_bin: Path, path: Path) -> Path:
    """The board file of a bin that has a lamp alone."""
    fields = json.loads(smart_bin.read_text())
    del fields["display"]
    fields["lines"] = {name: line for name, line in fields["lines"].items() if not name.startswith("panel")}
    path.write_text(json.dumps(fields))
    return path


@dataclass
class PublicBin:
    """A running bin, and who stands before it."""

    device: Device
    child: Child
    grams: int = 5000

    def __post_init__(self) -> None:
        self._stage = self.device.folder / board.STAGE
        self.hold()

    @property
    def kid(self) -> str:
        """The key's id, as the bin says at its start."""
        found: str = until(lambda: re.findall(r"started: kid ([0-9a-f]{16})", self.child.log.read_text()), "start")[0]
        return found

    @property
    def flash(self) -> Path:
        """Folder of what it keeps."""
        return self.device.folder / "flash"

    def hold(self, lid: bool = False, card: str | None = None) -> None:
        """Hold the lid open, or a card before the scanner."""
        hand: dict[str, object] = {"lid": lid, "grams": self.grams}
        if card is not None:
            hand["card"] = card
        new = self._stage / "hand.new"
        new.write_text(json.dumps(hand))
        new.replace(self._stage / "hand.json")

    def throw_in(self, grams: int) -> None:
        """Open the lid, throw it in, close the lid; returns when the lamp says no more that it weighs."""
        self.hold(lid=True)
        until(lambda: self.looks_like(WHITE), "light over an open lid")
        self.grams += grams
        self.hold()
        until(lambda: not self.looks_like(WHITE) and not self._weighs(), "a weight")

    def frames(self) -> Frames:
        """What the lamp has shown so far: (milliseconds, colours), each until the next."""
        try:
            lines = (self._stage / "lamp.jsonl").read_text().split("\n")[:-1]  # what has no end is being written
        except FileNotFoundError:
            return []  # it has just been started
        return [(at, [tuple(colour) for colour in colours]) for at, colours in map(json.loads, lines)]

    def looks_like(self, colour: tuple[int, int, int]) -> bool:
        """Whether the whole ring has this colour now."""
        return {frozenset(colours) for _, colours in self.frames()[-1:]} == {frozenset([colour])}

    def shows_claimed(self) -> bool:
        """Whether it confirms that the deposit is claimed, or has since the last frames that were dark."""
        recent = [set(colours) for _, colours in self.frames()[-3:]]
        return {GREEN} in recent

    def blinks(self) -> bytes | None:
        """The six colours, read off the lamp by a camera; None until it has seen them all."""
        return observer.by_colour(_filmed(self.frames()), "full") or None

    def page(self) -> int:
        """How many pages the e-paper has shown since the start."""
        return int((self._stage / board.PICTURE).read_bytes().split(b"\n")[1].removeprefix(b"# page "))

    def scan(self, folder: Path) -> tuple[str, str] | None:
        """(address, digits) of the code on the e-paper, as a phone reads it."""
        with Image.open(self._stage / board.PICTURE) as picture:
            seen = pictures.read(picture.convert("L"), folder)
        found = _URL.fullmatch(seen or "")
        return None if found is None else (found[1], found[2])

    def cut_power(self) -> None:
        """Kill it."""
        self.child.kill()

    def _weighs(self) -> bool:
        """One white light runs round."""
        ((_, colours),) = self.frames()[-1:]
        return set(colours) == {WHITE, DARK} and sum(colour == WHITE for colour in colours) == 1


def _filmed(changes: Frames) -> Frames:
    """Pictures at a steady rate of a lamp of which the changes are known."""
    film: Frames = []
    for (at, colours), (until_ms, _) in pairwise(changes):
        first = -(-at // SAMPLE_MS)
        film += [(number * SAMPLE_MS, colours) for number in range(int(first), int(-(-until_ms // SAMPLE_MS)))]
    return film


def holders(folder: Path, text: str) -> set[Path]:
    """Files that have a text in them, as it is or in hex; a file that goes away meanwhile has nothing."""
    wanted = (text.encode(), text.encode().hex().encode())
    found = set()
    for path in folder.rglob("*"):
        try:
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        except FileNotFoundError:
            continue
        if any(each in content for each in wanted):
            found.add(path)
    return found


def stop(child: Child) -> None:
    """A clean end."""
    os.kill(child.process.pid, signal.SIGINT)
    child.process.wait(60)


def start(processes: Processes, child: Child) -> None:
    """The same process once more."""
    processes.restart(child)


def json_of(answer: Any) -> dict[str, Any]:
    """The body of an answer."""
    found: dict[str, Any] = answer.json()
    return found
