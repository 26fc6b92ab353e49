"""A look at what somebody else shows of this log before anything is signed: a mirror, a monitor, another machine.

A backup of database and store together looks like the original. A newer checkpoint in any other place tells.
"""

import logging
from collections.abc import Callable
from http.client import HTTPException
from urllib.request import urlopen

from civicroot_wire.note import MAX_NOTE_BYTES

SECONDS = 10.0  # to wait for an answer; a start is not held up by a mirror that is down

_log = logging.getLogger(__name__)


def look(url: str, compare: Callable[[bytes], None]) -> None:
    """Give `compare` the checkpoint at an http(s) URL; one that cannot be had is a warning. Raises what compare raises.

    Whoever serves the URL cannot harm the log: only a note that its own key signed means anything.
    """
    try:
        with urlopen(url, timeout=SECONDS) as answer:
            content: bytes = answer.read(MAX_NOTE_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        _log.warning("checkpoint_watch_url %s: %s; a restored old copy would not be noticed there", url, error)
        return
    compare(content)
