"""The engine of a store URL."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from civicroot_backend.errors import StoreUrlError
from civicroot_backend.store import s3_url
from civicroot_backend.store.directory import DirectoryStore
from civicroot_backend.store.store import BlobStore


def open_store(url: str) -> BlobStore:
    """`file:///absolute/path` is a directory, `s3://…` a bucket (s3_url.py). Raises StoreUrlError for others."""
    if urlsplit(url).scheme == "s3":
        return _open_bucket(s3_url.parse(url))
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc or not path.startswith("/") or parts.query or parts.fragment:
        raise StoreUrlError(f"no store for {url}: expected file:///absolute/path or s3://bucket/prefix")
    return DirectoryStore(Path(path))


def _open_bucket(location: s3_url.Location) -> BlobStore:
    if find_spec("boto3") is None:
        raise StoreUrlError(f"{location} needs boto3: install civicroot-backend[s3]")
    # Imported here: without the extra the library is not there, and it takes a quarter of a second.
    from civicroot_backend.store.s3 import S3Store  # noqa: PLC0415

    return S3Store(location)
