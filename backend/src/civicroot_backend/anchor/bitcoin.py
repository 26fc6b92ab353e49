"""Bitcoin's blocks, from an HTTP API of the Esplora kind: blocks/tip/height, block-height/N, block/HASH/header.

The server says which block stands at a height and how many follow; this is a question, not evidence. That the header is
the one of that hash is checked here, its work and the root in it by the verification that everybody repeats.
"""

import string

from civicroot_anchor.bitcoin_header import HEADER_BYTES, Header

from civicroot_backend.anchor.remote import Remote
from civicroot_backend.errors import AnchorUnavailable

MAX_HEIGHT_DIGITS = 9  # nineteen thousand years of blocks
_HASH_DIGITS = 64
_MAX_ANSWER_BYTES = 256  # a header in hex and a line end have 161
_HEX, _DECIMAL = frozenset(string.hexdigits), frozenset(string.digits)


class BlockApi:
    """The API behind `remote`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def tip(self) -> int:
        """The height of the newest block. Raises AnchorUnavailable."""
        found = self._text("/blocks/tip/height")
        if found is None or not 1 <= len(found) <= MAX_HEIGHT_DIGITS or not _DECIMAL.issuperset(found):
            raise AnchorUnavailable(f"{self._remote.url} knows no height of the newest block")
        return int(found)

    def header(self, height: int) -> Header | None:
        """The header of the block at `height`; None if there is none yet. Raises AnchorUnavailable."""
        if len(str(height)) > MAX_HEIGHT_DIGITS:
            return None
        name = self._text(f"/block-height/{height}")
        if name is None:
            return None
        if len(name) != _HASH_DIGITS or not _HEX.issuperset(name):
            raise AnchorUnavailable(f"{self._remote.url} answers no hash for height {height}")
        digits = self._text(f"/block/{name}/header") or ""
        if len(digits) != 2 * HEADER_BYTES or not _HEX.issuperset(digits):
            raise AnchorUnavailable(f"{self._remote.url} answers no header for block {name}")
        found = Header(bytes.fromhex(digits))
        if found.name != name.lower():
            raise AnchorUnavailable(f"{self._remote.url} answers another header for block {name}")
        return found

    def close(self) -> None:
        """Give connections up."""
        self._remote.close()

    def _text(self, path: str) -> str | None:
        found = self._remote.get(path, _MAX_ANSWER_BYTES, "text/plain")
        return None if found is None else found.decode("latin-1").strip()
