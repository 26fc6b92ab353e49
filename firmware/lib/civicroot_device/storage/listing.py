"""A folder that is listed once: on littlefs a listing reads the flash chip some four hundred times."""

from civicroot_device.storage.flash import Flash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Listing(Flash):
    """The files of folder `root`, which nobody else adds to or takes from while this object lives."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self._files: "list[str] | None" = None

    def names(self) -> "list[str]":
        """See Flash."""
        if self._files is None:
            self._files = super().names()
        return list(self._files)

    def replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """See Flash."""
        known, self._files = self._files, None  # after a failure only the flash can tell
        super().replace(name, chunks)
        if known is not None:
            self._files = known if name in known else sorted(known + [name])

    def remove(self, name: str) -> None:
        """See Flash."""
        known, self._files = self._files, None
        super().remove(name)
        if known is not None:
            self._files = [found for found in known if found != name]
