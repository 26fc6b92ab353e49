"""Answers as files: written piece by piece as they come, so that a long one needs no memory."""

import re
from collections.abc import Mapping
from typing import IO

import urllib3

from .errors import Unreachable
from .transport import READ_SECONDS, Transport, cause_of

PIECE = 64 * 1024  # bytes
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')


def save(transport: Transport, path: str, headers: Mapping[str, str], into: IO[bytes]) -> str | None:
    """Write the file at `path`; the path of the next one, which `Link` names. Raises Unreachable, Problem."""
    with transport.stream(path, headers, READ_SECONDS) as answer:
        try:
            for piece in answer.stream(PIECE):
                into.write(piece)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{transport.url}{path} was broken off: {cause_of(error)}") from error
        following = _NEXT.search(answer.headers.get("link", ""))
    return None if following is None else following[1]
