"""An S3-compatible bucket as the public store: it needs create-only writes (If-None-Match) and If-Match, no listing.

Objects carry Content-Type, Cache-Control and, for entry bundles, Content-Encoding: gzip, so the bucket can serve the
log to everybody as it is. Credentials are found as AWS's tools find them (AWS_ACCESS_KEY_ID and so on).

An answer may be lost after the object was written. Then a create-only write that is repeated finds its own content, and
a swap is judged by what lies there.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from civicroot_backend.errors import StoreConflict, StoreError, SwapRefused
from civicroot_backend.store import presentation
from civicroot_backend.store.s3_url import Location
from civicroot_backend.store.store import check_name, check_prunable, kind_of

PARALLEL = 16  # requests at once: a backlog of 4096 entries is 33 objects
CONNECT_SECONDS, READ_SECONDS = 5, 20
ATTEMPTS = 4  # of one request, with the library's growing pauses: under two minutes until an error is shown
CONTENTIONS = 5  # how often a server may ask to try again because it was writing that name for somebody else
PROBE = "conditional-write-probe"  # an empty object that start-up tries to overwrite
_REFUSED, _CONTENDED, _ABSENT = 412, 409, 404

_Result = TypeVar("_Result")


class _Found(NamedTuple):
    content: bytes
    tag: str


class S3Store:
    """Objects below `location.prefix` in `location.bucket`."""

    def __init__(self, location: Location) -> None:
        """Connect. Raises StoreError if the bucket cannot be written or ignores the conditions of a write."""
        self._location = location
        self._client = self._named("connecting", lambda: _client(location))
        self._pool = ThreadPoolExecutor(PARALLEL, "s3")
        try:
            self._require_conditional_writes()
        except StoreError:
            self.close()
            raise

    def put(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """See BlobStore. Blobs of one kind are written side by side, the next kind when all of them are there."""
        for _, wave in groupby(blobs, lambda blob: kind_of(blob[0])):
            self._each(lambda blob: self._put_one(*blob), [(check_name(name), content) for name, content in wave])

    def get(self, name: str) -> bytes | None:
        """See BlobStore."""
        found = self._read(check_name(name))
        return None if found is None else found.content

    def missing(self, names: Iterable[str]) -> list[str]:
        """See BlobStore."""
        listed = [check_name(name) for name in names]
        there = self._each(self._is_there, listed)
        return [name for name, present in zip(listed, there, strict=True) if not present]

    def swap(self, name: str, expected: bytes | None, content: bytes) -> None:
        """See BlobStore."""
        check_name(name)
        for _ in range(CONTENTIONS):
            # 1. What lies there is what is expected, and has a tag that stands for just these bytes.
            found = self._read(name)
            if (None if found is None else found.content) != expected:
                raise SwapRefused(f"{self._location}: {name} is not what this process put there")
            # 2. It is replaced if it still has that tag.
            condition = {"IfNoneMatch": "*"} if found is None else {"IfMatch": found.tag}
            failure = self._write(name, content, condition)
            if failure is None:
                return
            status = _status(failure)
            # 3. The only attempt was refused: somebody else was faster.
            if status in (_REFUSED, _ABSENT) and not _was_repeated(failure):
                raise SwapRefused(f"{self._location}: {name} was replaced meanwhile") from failure
            # 4. Otherwise an attempt may have succeeded although its answer was lost: what lies there decides.
            there = self._read(name)
            if there is not None and there.content == content:
                return
            if status in (_REFUSED, _ABSENT):
                raise SwapRefused(f"{self._location}: {name} was replaced meanwhile") from failure
            if status != _CONTENDED:
                raise self._error(f"swapping {name}", failure) from failure
        raise StoreError(f"{self._location}: {name} is always being written by somebody else")

    def delete(self, names: Iterable[str]) -> None:
        """See BlobStore."""
        self._each(self._delete_one, [check_prunable(name) for name in names])

    def close(self) -> None:
        """See BlobStore."""
        self._pool.shutdown()
        self._client.close()

    def _put_one(self, name: str, content: bytes) -> None:
        for _ in range(CONTENTIONS):
            failure = self._write(name, content, {"IfNoneMatch": "*"})
            if failure is None:
                return
            if _status(failure) not in (_REFUSED, _CONTENDED):
                raise self._error(f"writing {name}", failure) from failure
            found = self._read(name)
            if found is not None and found.content != content:
                raise StoreConflict(f"{self._location}: another content lies under {name}")
            if found is not None:
                return
        raise StoreError(f"{self._location}: {name} is always being written by somebody else")

    def _write(self, name: str, content: bytes, condition: dict[str, str]) -> BotoCoreError | ClientError | None:
        """One conditional write; the error if it failed, or may have."""
        headers = {"ContentType": presentation.content_type(name), "CacheControl": presentation.cache_control(name)}
        if presentation.is_compressed(name):
            content = gzip.compress(content, presentation.GZIP_LEVEL, mtime=0)
            headers["ContentEncoding"] = presentation.GZIP
        try:
            self._client.put_object(**self._address(name), Body=content, **headers, **condition)
        except (BotoCoreError, ClientError) as error:
            return error
        return None

    def _read(self, name: str) -> _Found | None:
        def read() -> _Found:
            answer = self._client.get_object(**self._address(name))
            with answer["Body"] as body:
                return _Found(_plain(body.read(), answer.get("ContentEncoding")), answer["ETag"])

        return self._unless_absent(f"reading {name}", read)

    def _is_there(self, name: str) -> bool:
        return (
            self._unless_absent(f"looking for {name}", lambda: self._client.head_object(**self._address(name)))
            is not None
        )

    def _delete_one(self, name: str) -> None:
        self._named(f"deleting {name}", lambda: self._client.delete_object(**self._address(name)))

    def _require_conditional_writes(self) -> None:
        """A server that ignores conditions would let two backends publish two histories."""
        self._put_one(PROBE, b"")
        for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"00000000000000000000000000000000"'}):
            failure = self._write(PROBE, b"", condition)
            if failure is None:
                raise StoreError(f"{self._location} ignores {next(iter(condition))}: it cannot guard the log")
            if _status(failure) != _REFUSED:
                raise self._error(f"writing {PROBE}", failure) from failure

    def _each(self, call: "Callable[[Any], _Result]", arguments: list[Any]) -> list[_Result]:
        """Results in order; when one failed, the others have ended too before its error is raised."""
        futures = [self._pool.submit(call, argument) for argument in arguments]
        wait(futures)
        return [future.result() for future in futures]

    def _unless_absent(self, doing: str, call: "Callable[[], _Result]") -> _Result | None:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):  # not NoSuchBucket
                return None
            raise self._error(doing, error) from error
        except (BotoCoreError, OSError, EOFError, zlib.error) as error:
            raise self._error(doing, error) from error

    def _named(self, doing: str, call: "Callable[[], _Result]") -> _Result:
        try:
            return call()
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._error(doing, error) from error

    def _error(self, doing: str, error: Exception) -> StoreError:
        """The operator is told which store it is."""
        return StoreError(f"store {self._location}, {doing}: {error}")

    def _address(self, name: str) -> dict[str, str]:
        return {"Bucket": self._location.bucket, "Key": self._location.key(name)}


def _client(location: Location) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=PARALLEL,
        # Servers other than AWS's know buckets by path, and not all know the newer checksums; TLS guards the transfer.
        s3={"addressing_style": "path" if location.endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.Session().client("s3", region_name=location.region, endpoint_url=location.endpoint, config=config)


def _plain(body: bytes, encoding: str | None) -> bytes:
    """The content of an object. Raises what gzip raises if it is not what `_write` makes."""
    if encoding != presentation.GZIP:
        return body
    return gzip.decompress(body)


def _status(error: Exception) -> int | None:
    """The HTTP status of a refusal; None if there was no answer."""
    if not isinstance(error, ClientError):
        return None
    status: int | None = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status


def _was_repeated(error: Exception) -> bool:
    return not isinstance(error, ClientError) or error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
