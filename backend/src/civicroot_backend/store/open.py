"""The engine of a store URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from civicroot_backend.errors import StoreUrlError
from civicroot_backend.store.directory import DirectoryStore
from civicroot_backend.store.store import BlobStore


def open_store(url: str) -> BlobStore:
    """`file:///absolute/path` is a directory. Raises StoreUrlError for anything else."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc or not path.startswith("/") or parts.query or parts.fragment:
        raise StoreUrlError(f"no store for {url}: expected file:///absolute/path")
    return DirectoryStore(Path(path))
