"""A store that passes everything on: tests override where something is to happen."""

from collections.abc import Iterable

from civicroot_backend.store.store import BlobStore


class WrappedStore:
    """All methods of `inner`."""

    def __init__(self, inner: BlobStore) -> None:
        self.inner = inner

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        self.inner.put(blobs)

    def get(self, name: str) -> bytes | None:
        return self.inner.get(name)

    def missing(self, names: Iterable[str]) -> list[str]:
        return self.inner.missing(names)

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        self.inner.swap(name, expected, content)

    def delete(self, names: Iterable[str]) -> None:
        self.inner.delete(names)

    def close(self) -> None:
        self.inner.close()
