"""Sources: where the public files of a city are read, over HTTP or from a folder. Nothing that they give is believed.

The server may be hostile: every answer has a size limit and a deadline, what it compresses is inflated within the
limit, and it cannot send the reader to another host.
"""

import http.client
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

import urllib3

from .errors import Missing, SourceError

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
ANSWER_SECONDS = 120.0  # of a whole answer: who drips bytes cannot hold an audit up for ever
RETRIES = 3
REDIRECTS = (301, 302, 303, 307, 308)
RETRY_STATUS = (429, 502, 503, 504)  # a server that is busy or restarts
MAX_REDIRECTS = 3
CONNECTIONS = 8
CHUNK = 64 * 1024
_USER_AGENT = "civicroot-audit"


class Source(Protocol):
    """Public files by name, like `log/checkpoint`. Threads may read at the same time."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def get(self, name: str, limit: int) -> bytes:
        """The whole file, at most `limit` bytes. Raises Missing or SourceError."""
        ...

    def close(self) -> None:
        """Give connections up."""
        ...


class DirectorySource:
    """Files below a folder, laid out as the public store is: a copy, a mounted bucket, a mirror."""

    def __init__(self, root: Path) -> None:
        self.name = str(root)
        self._root = root
        if not root.is_dir():
            raise SourceError(f"no such folder: {root}")

    def get(self, name: str, limit: int) -> bytes:
        """See Source."""
        try:
            with (self._root / name).open("rb") as file:
                content = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise Missing(f"{name} is not there") from error
        except OSError as error:
            raise SourceError(f"{self.name}: {name}: {error.strerror}") from error
        return _within(content, limit, name)

    def listing(self, folder: str, most: int) -> list[str]:
        """Names of the files in a folder below, at most so many; none if it is not there. Raises SourceError."""
        try:
            with os.scandir(self._root / folder) as entries:
                return [entry.name for entry in islice(entries, most) if entry.is_file()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise SourceError(f"{self.name}: {folder}: {error.strerror}") from error

    def close(self) -> None:
        """See Source."""


class HttpSource:
    """A city's server, or any static file server of the same files, at `url`."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.name = url
        self._base = url if url.endswith("/") else url + "/"
        self._monotonic = monotonic
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=CONNECTIONS,
            block=True,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=urllib3.Retry(
                total=RETRIES,
                redirect=0,
                status_forcelist=RETRY_STATUS,
                backoff_factor=0.2,
                raise_on_status=False,
                respect_retry_after_header=False,  # a server could ask to wait for years
            ),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip"},
        )

    def get(self, name: str, limit: int) -> bytes:
        """See Source."""
        url = urljoin(self._base, name)
        for _ in range(MAX_REDIRECTS + 1):
            status, content, location = self._answer(url, name, limit)
            if location is None:
                break
            url = self._same_host(url, location, name)
        else:
            raise Missing(f"{name}: redirected more than {MAX_REDIRECTS} times")
        if status != http.client.OK:
            raise Missing(f"{name}: the server answers {status}")
        return content

    def close(self) -> None:
        """See Source."""
        self._pool.clear()

    def _answer(self, url: str, name: str, limit: int) -> tuple[int, bytes, str | None]:
        try:
            answer = self._pool.request("GET", url, preload_content=False, decode_content=False, redirect=False)
            with _given_back(answer):
                if answer.status in REDIRECTS:
                    return answer.status, b"", answer.headers.get("Location", "")
                content = self._read(answer, name, limit) if answer.status == http.client.OK else b""
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(f"{self.name}: {name}: {error}") from error
        if answer.headers.get("Content-Encoding", "").strip().lower() == "gzip":
            content = _inflate(content, limit, name)
        return answer.status, _within(content, limit, name), None

    def _read(self, answer: urllib3.BaseHTTPResponse, name: str, limit: int) -> bytes:
        deadline = self._monotonic() + ANSWER_SECONDS
        content = bytearray()
        while len(content) <= limit and (piece := answer.read1(min(CHUNK, limit + 1 - len(content)))):
            content += piece
            if self._monotonic() > deadline:
                raise SourceError(f"{self.name}: {name} takes longer than {ANSWER_SECONDS:.0f} s")
        return _within(bytes(content), limit, name)

    def _same_host(self, url: str, location: str, name: str) -> str:
        target = urljoin(url, location)
        if urlsplit(target)[:2] != urlsplit(self._base)[:2]:
            raise Missing(f"{name}: redirected to another host")
        return target


def open_source(url: str) -> HttpSource | DirectorySource:
    """`http://…`, `https://…`, `file:///folder`, or the path of a folder. Raises SourceError for anything else."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname:
        if parts.query or parts.fragment:
            raise SourceError(f"an address without ? and # is needed: {url}")
        return HttpSource(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return DirectorySource(Path(unquote(parts.path)))
    if not parts.scheme:
        return DirectorySource(Path(url))
    raise SourceError(f"neither http, https nor file: {url}")


@contextmanager
def _given_back(answer: urllib3.BaseHTTPResponse) -> Iterator[None]:
    """Whatever happens, the pool gets its place back. A connection whose answer was read to its end is used again."""
    try:
        yield
    finally:
        answer.close()
        answer.release_conn()


def _within(content: bytes, limit: int, name: str) -> bytes:
    if len(content) > limit:
        raise Missing(f"{name} has more than {limit} bytes")
    return content


def _inflate(content: bytes, limit: int, name: str) -> bytes:
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = reader.decompress(content, limit + 1)
    except zlib.error as error:
        raise Missing(f"{name}: its compression is damaged") from error
    if len(found) <= limit and not reader.eof:
        raise Missing(f"{name}: its compression is cut")
    return found
