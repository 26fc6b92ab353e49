"""`civicroot release roll-out` as its operator gives it."""

import json
import subprocess
import sys
from pathlib import Path

from civicroot_backend.demo.settings import REALM

TARGET, RELEASER = "smart-bin", "release/1"
POLL_SECONDS = 1.0
LIMIT_SECONDS = 1200  # nobody waits for so long, but on a machine that does much else


class Releasing:
    """The command for the release in `folder`: files/ and what `backend offer` printed."""

    def __init__(
        self, url: str, key: Path, version: str, folder: Path, target: str = TARGET, kind: str = "bin"
    ) -> None:
        by = ("--key", key, "--realm", REALM, "--issuer", RELEASER, "--url", url)
        kept = ("--journal", folder / "journal.json", "--offered", folder / "offered.txt")
        about = ("--version", version, "--minimum", "0.2.0", "--target", target, "--kind", kind)
        arguments = ("release", "roll-out", folder / "files", *about, *by, *kept, "--poll", POLL_SECONDS)
        self._command = [sys.executable, "-m", "civicroot_cli", *map(str, arguments)]

    def plan(self, *more: str) -> list[list[str]]:
        """The subjects of each stage, as --dry-run prints them."""
        return [json.loads(line)["subjects"] for line in self._run(*more, "--dry-run", "--json").stdout.splitlines()]

    def run(self, *more: str) -> tuple[int, list[list[str]]]:
        """The exit code, and the words of each line that it prints."""
        done = self._run(*more)
        print(done.stdout, done.stderr)
        return done.returncode, [line.split() for line in done.stdout.splitlines()]

    def _run(self, *more: str) -> subprocess.CompletedProcess[str]:
        command_line = [*self._command, *more]
        return subprocess.run(command_line, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
