"""Telling a running broker to read its files again."""

import os
import signal
import subprocess
from pathlib import Path

from ..errors import InstallError

DEADLINE = 30.0  # seconds for systemctl


def by_process_id(file: Path) -> None:
    """SIGHUP to the process whose id is in the file; raises InstallError."""
    try:
        os.kill(int(file.read_text()), signal.SIGHUP)
    except (OSError, ValueError) as error:
        raise InstallError(f"the broker was not told: {file}: {error}") from error


def by_unit(unit: str) -> None:
    """`systemctl reload`; raises InstallError."""
    try:
        done = subprocess.run(
            ["systemctl", "reload", unit], capture_output=True, text=True, timeout=DEADLINE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"the broker was not told: {error}") from error
    if done.returncode:
        raise InstallError(f"the broker was not told: {done.stderr.strip()}")


def as_told(process_id_file: Path | None, unit: str | None) -> None:
    """In the one way that is given, if any; raises InstallError."""
    if process_id_file is not None:
        by_process_id(process_id_file)
    elif unit is not None:
        by_unit(unit)
