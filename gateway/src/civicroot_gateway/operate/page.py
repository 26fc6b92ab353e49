"""The status page: calm when all is well, and what needs somebody on top."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, Template

from . import status_text

SHOWN_DEVICES = 200  # those that were silent longest: a page of thousands helps nobody
REFRESH_SECONDS = 30


def render(status: dict[str, Any]) -> str:
    """The page of a running gateway's status."""
    now = status["clock"]["time"]
    devices = status_text.by_silence(status["devices"])
    return _template().render(
        status=status,
        refresh=REFRESH_SECONDS,
        moment=moment(now),
        devices=devices[:SHOWN_DEVICES],
        hidden=max(len(devices) - SHOWN_DEVICES, 0),
        heard=lambda device: status_text.heard_text(device, now),
        text=status_text,
        share=_share(status),
        now=now,
    )


def moment(seconds: int) -> str:
    """Unix seconds for people, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _share(status: dict[str, Any]) -> float | None:
    """How much of its limit the spool has."""
    return min(status["bytes_spooled"] / status["bytes_limit"], 1.0) if status["bytes_limit"] else None


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string((files(__package__) / "page.html").read_text(encoding="utf-8"))
