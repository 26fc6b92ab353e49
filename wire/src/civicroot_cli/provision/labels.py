"""Labels of rows: an SVG for each, and one PDF for all that are configured."""

from collections.abc import Callable
from pathlib import Path

from civicroot_cli import files

from . import label_pdf, label_svg
from .box_list import Row
from .journal import Journal
from .label import Label
from .label_pdf import Font
from .site import Site

LABELS = "labels.pdf"


class Labels:
    """Draws into `folder`; `say` takes a line for people. Raises CommandError."""

    def __init__(
        self, site: Site, journal: Journal, folder: Path, font: Font | None, say: Callable[[str], None]
    ) -> None:
        self._site = site
        self._journal = journal
        self._folder = folder
        self._font = font
        self._say = say

    def draw(self, row: Row) -> None:
        """The row's label, as SVG."""
        path = self._folder / (row.subject.replace("/", "-") + ".svg")
        files.replace(path, label_svg.draw(self._label(row)))
        self._say(f"  label: {path}")

    def draw_all(self, rows: list[Row]) -> None:
        """All labels of devices that are configured, as one PDF."""
        ready = [row for row in rows if self._journal.of(row.subject).get("committed")]
        if ready:
            path = self._folder / LABELS
            files.replace(path, label_pdf.draw([self._label(row) for row in ready], self._font))
            self._say(f"labels: {path}, {len(ready)} of {len(rows)}")

    def _label(self, row: Row) -> Label:
        return of(row, self._site, self._journal.of(row.subject).get("kid", ""))


def of(row: Row, site: Site, kid: str) -> Label:
    """What is printed for a row."""
    return Label(
        subject=row.subject,
        kid=kid,
        address=site.url + row.page,
        asset=row.asset,
        support=site.support,
        place=row.label,
    )
