"""A board on the desk, and a laptop that speaks with it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from civicroot_cli.provision.conversation import Conversation
from civicroot_cli.provision.errors import DeviceRefused
from civicroot_cli.provision.port import SerialLine
from civicroot_device.provisioning import errors, improv

from tests.support.plugged_board import PluggedBoard


class Desk:
    """A board on the desk, and a line to it. `told` is what a crew tells it."""

    def __init__(self, board: PluggedBoard, told: list[dict[str, Any]]) -> None:
        self.board = board
        self.told = told
        self.open()

    def open(self) -> None:
        self.line = SerialLine(str(self.board.port))
        self.talk = Conversation(self.line)
        self.about = self.talk.begin()

    def replug(self) -> None:
        """Out and in again."""
        self.line.__exit__()
        self.board.unplug()
        self.board.plug()
        self.open()

    def ask(self, what: str, **values: Any) -> dict[str, Any]:
        return self.talk.ask(what, **values)

    def provision(self) -> None:
        """Tell it all, and commit."""
        for told in self.told:
            self.ask(**told)
        self.ask("commit")
        self.about = self.talk.begin()  # it has started again

    def is_unlocked(self) -> None:
        """Its program ends, which is a board's prompt, and nothing that was secret is left."""
        self.board.wait()
        assert not (self.board.folder / "flash" / "identity").exists()
        left = sorted(path.name for path in self.board.folder.iterdir())
        assert left == ["board.log", "factory.json", "flash", "unlocked"]
        # The firmware is put on again: it is a new device.
        (self.board.folder / "unlocked").unlink()
        old = self.about["kid"]
        self.replug()
        assert self.ask("status")["state"] == "new"
        assert self.about["kid"] != old

    def refusal(self, what: str, **values: Any) -> str:
        """The name of its error."""
        with pytest.raises(DeviceRefused) as caught:
            self.ask(what, **values)
        assert caught.value.name in errors.NAMES
        return caught.value.name

    def frames(self, sent: bytes, count: int) -> list[tuple[int, bytes]]:
        """What a browser gets for a frame: `count` frames."""
        self.line.write(sent)
        found = b""
        until = time.monotonic() + 10.0
        while time.monotonic() < until:
            found += self.line.read(0.1)
            frames = list(_frames(found))
            if len(frames) >= count:
                return frames
        raise AssertionError(found)


def _frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    while (at := data.find(improv.HEADER)) >= 0:
        data = data[at:]  # what is before it is the device's log
        size = improv.size(data)
        if size is None or len(data) < size + 1:
            return
        yield improv.decode(data[:size])
        data = data[size + 1 :]
