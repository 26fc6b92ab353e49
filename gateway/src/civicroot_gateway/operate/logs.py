"""Structured logs on stderr: one JSON object a line."""

import json
import logging
import sys
from datetime import UTC, datetime

_ATTRIBUTE = "civicroot_fields"


def fields(**values: object) -> dict[str, object]:
    """What a log call passes as `extra`."""
    return {_ATTRIBUTE: values}


class JsonFormatter(logging.Formatter):
    """time, level, logger, event, and the fields of the call."""

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
        return json.dumps(content, ensure_ascii=False, default=str)


def to_stderr(level: int = logging.INFO) -> None:
    """Send this process's logs to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler])
