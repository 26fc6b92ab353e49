"""Running `civicroot` commands for the demo, as a person would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .settings import DemoError

SECONDS = 120.0  # enrolling twenty devices over HTTP takes about one second; starting Python on two busy cores too
CIVICROOT = (sys.executable, "-m", "civicroot_cli")


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run `civicroot` and return what it prints. Raises DemoError with its own words."""
    done = subprocess.run(
        [*CIVICROOT, *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode:
        raise DemoError(f"civicroot {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def program(name: str) -> str:
    """A program that a wheel has put beside this Python."""
    return str(Path(sys.executable).with_name(name))


def with_programs() -> dict[str, str]:
    """The environment, with the programs of wheels to be found first: npm's scripts look for `node`."""
    return {**os.environ, "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")}
