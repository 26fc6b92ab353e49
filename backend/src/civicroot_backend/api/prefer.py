"""The header Prefer: whether a client waits for a receipt, and how long (RFC 7240 §4.1, §4.3)."""

MAX_WAIT = 10.0  # seconds; a checkpoint is published within a second, unless the store does not work
_WAIT = "wait="


def wait_of(header: str | None) -> float:
    """Seconds to wait: 0 for `respond-async`, those of `wait`, otherwise the most there are."""
    preferences = [item.strip().lower() for item in (header or "").split(",")]
    for item in preferences:
        if item.startswith(_WAIT) and item[len(_WAIT) :].isascii() and item[len(_WAIT) :].isdigit():
            return min(float(item[len(_WAIT) :]), MAX_WAIT)
    return 0.0 if "respond-async" in preferences else MAX_WAIT
