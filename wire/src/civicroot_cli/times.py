"""Times for people."""

from datetime import UTC, datetime


def time_of(seconds: int) -> str:
    """Unix seconds for people, whatever somebody may claim."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # beyond the year 9999
        return f"{seconds} seconds after 1970"
