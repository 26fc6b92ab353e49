"""Where passphrases and PINs come from: people at a terminal, or files that a plan names."""

import getpass
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from civicroot_cli.main import CommandError, printable

from civicroot_backend.ceremony.errors import PlanError, WeakPassphrase
from civicroot_backend.ceremony.sealed_key import MIN_PASSPHRASE

MAX_SECRET_BYTES = 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Console(Protocol):
    """Whom the ceremony talks to; `tries` for a passphrase, and whether media can be exchanged meanwhile."""

    tries: int
    exchanges: bool

    def say(self, text: str) -> None:
        """Tell."""

    def ready(self, text: str) -> None:
        """Return when somebody has done what the text asks for."""

    def ask(self, question: str) -> str:
        """An answer; raises PlanError where nobody can answer."""

    def secret(self, medium: str, what: str, new: bool) -> str:
        """The passphrase or PIN of a medium; `new`: it is being chosen now."""


class Terminal:
    """People: nothing that they type as a secret is shown, and a new one is typed twice."""

    tries = 3
    exchanges = True

    def say(self, text: str) -> None:
        """Tell, on standard error: standard output is for what the next program reads."""
        print(printable(text), file=sys.stderr, flush=True)

    def ready(self, text: str) -> None:
        """Wait for Enter."""
        self.ask(f"{text}, then press Enter")

    def ask(self, question: str) -> str:
        """A line."""
        print(f"{printable(question)}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise CommandError("nobody answers: standard input has ended (--non-interactive takes a plan)")
        return line.strip()

    def secret(self, medium: str, what: str, new: bool) -> str:
        """Typed unseen."""
        given = getpass.getpass(f"{what} of {medium}: ")
        if new:
            if len(given) < MIN_PASSPHRASE:
                raise WeakPassphrase(f"a passphrase has at least {MIN_PASSPHRASE} characters")
            if getpass.getpass("the same again: ") != given:
                raise WeakPassphrase("the two are not the same")
        return given


class Files:
    """Nobody is there: secrets come from files that their owner alone can read."""

    tries = 1
    exchanges = False

    def __init__(self, secrets: Mapping[str, Path]) -> None:
        self._secrets = secrets

    def say(self, text: str) -> None:
        """As at a terminal."""
        print(printable(text), file=sys.stderr, flush=True)

    def ready(self, text: str) -> None:
        """It is there already, or its absence will be noticed."""

    def ask(self, question: str) -> str:
        """Nobody answers."""
        raise PlanError(f"the plan does not say: {question}")

    def secret(self, medium: str, what: str, new: bool) -> str:  # noqa: ARG002 - the same for both, whether new or not
        """The first line of the medium's file."""
        if medium not in self._secrets:
            raise PlanError(f"no secret_file for {medium}")
        return read_secret(self._secrets[medium])


def read_secret(path: Path) -> str:
    """The first line of a file that nobody else can read. CommandError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_SECRET_BYTES)
        text = content.decode().split("\n", 1)[0].rstrip("\r")
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no text") from error
    if mode & _OTHERS:
        raise CommandError(f"{path} can be read or written by others: chmod 600")
    return text
