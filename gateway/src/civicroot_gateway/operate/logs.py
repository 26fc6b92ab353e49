"""Structured logs on stderr: one JSON object a line."""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

JOURNAL = "JOURNAL_STREAM"  # systemd's: device and inode of the journal's socket
_ATTRIBUTE = "civicroot_fields"
# sd-daemon(3): the journal takes a level in angle brackets off the line and keeps it, for `journalctl -p err`.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7


def fields(**values: object) -> dict[str, object]:
    """What a log call passes as `extra`."""
    return {_ATTRIBUTE: values}


class JsonFormatter(logging.Formatter):
    """time, level, logger, event, and the fields of the call; for the `journal` with its priority in front."""

    def __init__(self, *, journal: bool = False) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        content: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        content |= getattr(record, _ATTRIBUTE, {})
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        line = json.dumps(content, ensure_ascii=False, default=str)
        return f"<{_priority(record.levelno)}>{line}" if self._journal else line


def to_stderr(level: int = logging.INFO) -> None:
    """Send this process's logs to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(journal=is_journal(sys.stderr, os.environ)))
    logging.basicConfig(level=level, handlers=[handler])


def is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream goes to systemd's journal, and not only its parent's did."""
    if JOURNAL not in environment:
        return False
    found = os.fstat(stream.fileno())
    return environment[JOURNAL] == f"{found.st_dev}:{found.st_ino}"


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), _DEBUG)
