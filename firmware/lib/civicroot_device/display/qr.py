"""QR codes of versions 1 to 8 (ISO/IEC 18004:2015), one bit per module.

`encode` does it at once. On a board that takes a good part of a second; who has other tasks goes through `steps`, each
of which takes some tens of milliseconds at most, and lets them run in between (page.claim).
"""

from civicroot_device.display import qr_codewords, qr_mask
from civicroot_device.display.qr_codewords import M
from civicroot_device.display.qr_mask import MASKS
from civicroot_device.display.qr_matrix import Matrix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from civicroot_device.display.qr_segments import Segment

QUIET_ZONE = 4  # modules of white around a symbol (§6.3.8)


class Symbol:
    """A symbol without its mask yet."""

    def __init__(self, matrix: Matrix, level: str) -> None:
        self._matrix, self._level = matrix, level
        self._rows = matrix.rows(matrix.modules)
        self._function = matrix.rows(matrix.function)
        self._best = -1
        self.mask = 0  # the best of those scored; the first of equals

    def score(self, mask: int) -> int:
        """The penalty of one mask. Format and version come after it (§7.1): their modules count as light."""
        penalty = qr_mask.penalty(qr_mask.masked(self._rows, self._function, mask))
        if self._best < 0 or penalty < self._best:
            self._best, self.mask = penalty, mask
        return penalty

    def finish(self) -> Matrix:
        """The symbol with the best mask. To be called once."""
        self._matrix.set_rows(qr_mask.masked(self._rows, self._function, self.mask))
        self._matrix.complete(self._level, self.mask)
        return self._matrix


def steps(
    segments: "list[Segment]", level: str = M, version: int = 0, masks: "Sequence[int]" = MASKS
) -> "Iterator[Matrix | None]":
    """Draw a symbol step by step: None after each, the whole symbol last.

    Version 0 is the smallest that fits; of several masks the one with the lowest penalty is taken. QrTooLong at the
    first step if the text does not fit.
    """
    version = version or qr_codewords.smallest_version(segments, level)
    codewords = qr_codewords.codewords(segments, version, level)
    yield None
    matrix = Matrix(version)
    matrix.place(codewords)
    yield None
    symbol = Symbol(matrix, level)
    for mask in masks:
        symbol.score(mask)
        yield None
    yield symbol.finish()


def encode(segments: "list[Segment]", level: str = M, version: int = 0, mask: int = -1) -> Matrix:
    """A whole symbol at once; mask -1 is the one with the lowest penalty. QrTooLong if the text does not fit."""
    matrix = None
    for step in steps(segments, level, version, MASKS if mask < 0 else (mask,)):
        matrix = step
    assert matrix is not None  # the last step is the symbol
    return matrix
