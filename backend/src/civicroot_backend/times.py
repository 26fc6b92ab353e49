"""Times as they are shown: ISO 8601, UTC, whole seconds."""

from datetime import UTC, datetime

_END = 253_402_300_800  # year 10000: ISO 8601 has four digits, and a device may claim anything


def iso(seconds: int) -> str:
    """Of Unix seconds up to the end of year 9999."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(said: datetime) -> int:
    """Unix seconds of a time that somebody's clock claims, from 1970 to the end of year 9999."""
    return min(max(int(said.timestamp()), 0), _END - 1)


def iso_claim(seconds: int | None) -> str | None:
    """Of a time that a device claims; None if it claims none, or one that no calendar has."""
    return iso(seconds) if seconds is not None and 0 <= seconds < _END else None
