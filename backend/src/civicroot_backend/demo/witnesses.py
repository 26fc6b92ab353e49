"""The demo's witnesses: three processes, each with a folder and a key of its own.

A real city does not run its witnesses; here one machine plays all the parts, and the demo says so.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import command
from .broker import free_port
from .processes import Child, Processes
from .settings import REALM
from .waiting import LOCALHOST, accepts, wait

WHO = ("university", "newspaper", "neighbour")  # who might do it: docs/witness.md
QUORUM = 2  # one may be down, and two of three always have one in common


@dataclass(frozen=True)
class Witness:
    """One witness. `vkey` is what the policy holds; `port` is this start's."""

    who: str
    name: str
    folder: Path
    vkey: str
    port: int

    @property
    def url(self) -> str:
        """What /add-checkpoint is below."""
        return f"http://{LOCALHOST}:{self.port}"


class Witnesses:
    """All of them, in `folder`, which a city has that was founded with witnesses."""

    def __init__(self, folder: Path, processes: Processes, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._processes = processes
        self._say = say
        self.started: list[Witness] = []
        self.all = [_there(folder / who, who) for who in WHO if (folder / who).is_dir()]

    def make(self) -> None:
        """Those that are not there yet: key and folder, all of it or nothing."""
        if len(self.all) < len(WHO):
            self._say(f"making {len(WHO)} witnesses, each with a key of its own")
        for who in WHO:
            if not (self._folder / who).is_dir():
                _make(self._folder / who, who)
        self.all = [_there(self._folder / who, who) for who in WHO]

    def start(self, policy: Path) -> list[Child]:
        """Tell each the log's key by the trust policy, and start them."""
        names = ", ".join(witness.name for witness in self.all)
        self._say(f"starting {len(self.all)} witnesses, of which {QUORUM} must cosign: {names}")
        for witness in self.all:
            command.run("witness", "add-log", "--dir", str(witness.folder), "--policy", str(policy))
        self.started = self.all
        children = [self._start(witness) for witness in self.all]
        for witness, child in zip(self.all, children, strict=True):
            wait(child, partial(accepts, witness.port))
        return children

    def urls(self) -> dict[str, str]:
        """URL by name, as the backend's configuration has them."""
        return {witness.name: witness.url for witness in self.all}

    def _start(self, witness: Witness) -> Child:
        listen = f"{LOCALHOST}:{witness.port}"
        arguments = ["witness", "run", "--dir", str(witness.folder), "--listen", listen]
        return self._processes.start(f"witness-{witness.who}", [*command.CIVICROOT, *arguments])


def _make(folder: Path, who: str) -> None:
    unfinished = folder.with_name(folder.name + ".new")
    if unfinished.is_dir():  # a start that was interrupted; nothing was signed with that key
        shutil.rmtree(unfinished)
    vkey = command.run("witness", "init", "--dir", str(unfinished), "--name", f"{who}.{REALM}").strip()
    (unfinished / "vkey").write_text(vkey + "\n", encoding="utf-8")
    unfinished.rename(folder)


def _there(folder: Path, who: str) -> Witness:
    vkey = (folder / "vkey").read_text(encoding="utf-8").strip()
    return Witness(who, f"{who}.{REALM}", folder, vkey, free_port())
