"""A wall clock that a test moves under a running Python process.

It replaces `time.time` before anything of the process is imported; the monotonic clock stays the machine's. libfaketime
would do it for any program, but with a monotonic clock that is left alone it breaks clock_nanosleep, and so time.sleep.
"""

import os
from pathlib import Path

_SITE = """
import time

_real = time.time


def _moved():
    with open({offset!r}, "rb") as file:
        return _real() + float(file.read())


time.time = _moved
"""


class WallClock:
    """A clock `offset` seconds from the machine's. `environment` is what the process is to be started with."""

    def __init__(self, folder: Path) -> None:
        site = folder / "site"
        site.mkdir(parents=True)
        self._offset = folder / "offset"
        self.move(0.0)
        (site / "sitecustomize.py").write_text(_SITE.format(offset=str(self._offset)))
        others = os.environ.get("PYTHONPATH")
        self.environment = {"PYTHONPATH": os.pathsep.join([str(site), *([others] if others else [])])}

    def move(self, offset: float) -> None:
        """From now on the clock is so many seconds ahead."""
        draft = self._offset.with_name("offset.new")
        draft.write_text(repr(float(offset)))
        draft.replace(self._offset)  # a reader sees the old or the new one
