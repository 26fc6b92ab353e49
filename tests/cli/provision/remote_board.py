"""mpremote at a board: its own parsers, recursive copy and file commands, and a real MicroPython with littlefs.

Only the serial line is not there: what mpremote would send over it is executed in a MicroPython process.
"""

import posixpath
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from mpremote import main as mpremote
from mpremote.transport import Transport, TransportExecError

from tests.support.micropython import MicroPython, MicroPythonError

BLOCK_BYTES = 4096
PARTITION_BLOCKS = 512  # `vfs` of MicroPython's partitions-4MiB.csv: 2 MiB
_BOOT = """
import __main__, os, vfs

class Flash:
    def __init__(self):
        self.data = bytearray(blocks * size)
    def readblocks(self, block, buffer, offset=0):
        at = block * size + offset
        buffer[:] = self.data[at:at + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        at = block * size + offset
        self.data[at:at + len(buffer)] = buffer
    def ioctl(self, what, value):
        return {4: blocks, 5: size}.get(what, 0)

flash = Flash()
vfs.VfsLfs2.mkfs(flash)
vfs.mount(vfs.VfsLfs2(flash), "/flash")
os.chdir("/flash")
with open("boot.py", "w") as file:
    file.write("# as MicroPython makes it")
__main__.space = {}
result = None
"""


class Board(Transport):
    """`writes`: the files that were written, in their order; `left`: what mpremote started and did not wait for."""

    in_raw_repl = True
    mounted = False

    def __init__(self, micropython: MicroPython) -> None:
        self._micropython = micropython
        self.writes: list[str] = []
        self.left: list[str] = []
        micropython.run(_BOOT, blocks=PARTITION_BLOCKS, size=BLOCK_BYTES)

    def enter_raw_repl(self, soft_reset: bool = True, timeout_overall: float = 10) -> None:
        """It has no other."""

    def exec(self, command: str, data_consumer: Any = None) -> bytes:
        assert data_consumer is None, "what it prints is not told"
        self._run("import __main__\nexec(command, __main__.space)\nresult = None", command)
        return b""

    def eval(self, expression: str, parse: bool = True) -> Any:
        return self._run("import __main__\nresult = eval(command, __main__.space)", expression)

    def exec_raw_no_follow(self, command: str) -> None:
        self.left.append(command)

    def fs_writefile(self, dest: str, data: bytes, chunk_size: int = 256, progress_callback: Any = None) -> None:
        super().fs_writefile(dest, data, 65536, progress_callback)  # no line is too long here
        self.writes.append(posixpath.normpath(dest))

    def close(self) -> None:
        """The process stays."""

    def free_blocks(self) -> int:
        """Of the file system."""
        found: int = self.eval("__import__('os').statvfs('/flash')[3]")
        return found

    def _run(self, source: str, command: str) -> Any:
        try:
            return self._micropython.run(source, command=command)
        except MicroPythonError as error:
            raise TransportExecError(1, f"{error.name}: {error.message}") from error


@contextmanager
def remote_board(monkeypatch: pytest.MonkeyPatch, config: str) -> Iterator[Board]:
    """A new board; in the context `mpremote connect` is at it. `config`: a folder without settings of a user."""
    with MicroPython() as micropython:
        board = Board(micropython)
        _, parser = mpremote._COMMANDS["connect"]
        connected = (lambda state, arguments: setattr(state, "transport", board), parser)
        monkeypatch.setitem(mpremote._COMMANDS, "connect", connected)
        monkeypatch.setattr(mpremote, "do_disconnect", lambda state, arguments=None: None)
        monkeypatch.setenv("XDG_CONFIG_HOME", config)
        yield board


def run(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """A command line `… -m mpremote …`."""
    at = command.index("mpremote")
    monkeypatch.setattr(sys, "argv", command[at:])
    assert mpremote.main() == 0, command
