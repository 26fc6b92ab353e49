"""Where a bucket is: s3://BUCKET/PREFIX?endpoint=https://host:port&region=NAME, all but the bucket optional."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from civicroot_backend.errors import StoreError, StoreUrlError
from civicroot_backend.store.store import check_name

EXPECTED = "expected s3://bucket/prefix?endpoint=https://host:port&region=name"
DEFAULT_REGION = "us-east-1"  # what servers other than AWS's take when they have no regions
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Location:
    """A bucket and the prefix of its keys ("" or without slashes around it); `endpoint` None is AWS's."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str | None

    def key(self, name: str) -> str:
        """The object's key of a store name."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}" + (f" at {self.endpoint}" if self.endpoint else "")


def parse(url: str) -> Location:
    """Read an s3 URL. Raises StoreUrlError; credentials do not belong in it."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    prefix = unquote(parts.path).strip("/")
    unknown = set(options) - {"endpoint", "region"}
    if parts.scheme != "s3" or parts.fragment or not _BUCKET.fullmatch(parts.netloc) or unknown:
        raise StoreUrlError(f"no store for {url}: {EXPECTED}")
    try:
        if prefix:
            check_name(prefix)
    except StoreError as error:
        raise StoreUrlError(f"no store for {url}: {EXPECTED}") from error
    endpoint, region = options.get("endpoint"), options.get("region")
    if region == "" or (endpoint is not None and not _is_endpoint(urlsplit(endpoint))):
        raise StoreUrlError(f"no store for {url}: {EXPECTED}")
    return Location(parts.netloc, prefix, endpoint, region or (DEFAULT_REGION if endpoint else None))


def _is_endpoint(parts: SplitResult) -> bool:
    bare = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/") and bare
