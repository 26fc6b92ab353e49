"""The engines of the public store under one face, so that a test of the log runs over each.

What lies in a store is looked at and damaged from outside: as files, and over plain HTTP and the S3 API.
"""

import contextlib
import gzip
import itertools
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
import httpx
from civicroot_backend.store.open import open_store
from civicroot_backend.store.store import BlobStore

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}
PREFIX = "city"
PUBLIC = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::%s/*"}]}"""


class Engine(Protocol):
    """A store of one engine: `open` it as often as wanted; the rest is what an outsider sees and a fault does."""

    @property
    def url(self) -> str:
        """Its store URL."""

    def open(self) -> BlobStore:
        """A process's own handle."""

    def read(self, name: str) -> bytes | None:
        """What lies under a name, if anything."""

    def snapshot(self) -> dict[str, bytes]:
        """Everything in it, by name."""

    def restore(self, content: dict[str, bytes]) -> None:
        """Make it hold just this."""

    def write(self, name: str, content: bytes) -> None:
        """Put or overwrite behind everybody's back."""

    def remove(self, name: str) -> None:
        """Lose a name."""


class DirectoryEngine:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        return f"file://{self.folder}"

    def open(self) -> BlobStore:
        return open_store(self.url)

    def read(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def snapshot(self) -> dict[str, bytes]:
        files = [path for path in self.folder.rglob("*") if path.is_file() and ".incoming" not in path.parts]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    def restore(self, content: dict[str, bytes]) -> None:
        for name in self.snapshot():
            self.remove(name)
        for name, data in content.items():
            self.write(name, data)

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()


class ObjectServer:
    """An S3 server on a free port of this machine; each engine of it has a bucket of its own."""

    _numbers = itertools.count()

    def __init__(self) -> None:
        # Imported here: it takes longer than most tests that need no such server.
        from moto.server import ThreadedMotoServer  # noqa: PLC0415

        os.environ.update(CREDENTIALS)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.client: Any = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1")

    def stop(self) -> None:
        """End it."""
        self.client.close()
        self._server.stop()

    def engine(self) -> "BucketEngine":
        """A new bucket that everybody may read."""
        bucket = f"bucket-{next(self._numbers)}"
        self.client.create_bucket(Bucket=bucket)
        self.client.put_bucket_policy(Bucket=bucket, Policy=PUBLIC % bucket)
        return BucketEngine(self, bucket)


class BucketEngine:
    """Objects in a bucket."""

    def __init__(self, server: ObjectServer, bucket: str) -> None:
        self.server = server
        self.bucket = bucket
        self.public_url = f"{server.endpoint}/{bucket}/{PREFIX}"

    @property
    def url(self) -> str:
        return self.url_through(self.server.endpoint)

    def url_through(self, endpoint: str) -> str:
        """Its store URL by way of another endpoint."""
        return f"s3://{self.bucket}/{PREFIX}?endpoint={endpoint}&region=us-east-1"

    def open(self) -> BlobStore:
        return open_store(self.url)

    def read(self, name: str) -> bytes | None:
        answer = httpx.get(f"{self.public_url}/{name}", trust_env=False)
        return answer.content if answer.status_code == 200 else None

    def snapshot(self) -> dict[str, bytes]:
        with httpx.Client(trust_env=False) as client:
            return {name: client.get(f"{self.public_url}/{name}").read() for name in self._names()}

    def restore(self, content: dict[str, bytes]) -> None:
        for name in self._names():
            self.remove(name)
        for name, data in content.items():
            self.write(name, data)

    def write(self, name: str, content: bytes) -> None:
        packed = name.startswith("log/tile/entries/")
        body, headers = (gzip.compress(content), {"ContentEncoding": "gzip"}) if packed else (content, {})
        self.server.client.put_object(Bucket=self.bucket, Key=f"{PREFIX}/{name}", Body=body, **headers)

    def remove(self, name: str) -> None:
        self.server.client.delete_object(Bucket=self.bucket, Key=f"{PREFIX}/{name}")

    def head(self, name: str) -> dict[str, Any]:
        """An object's own headers."""
        found: dict[str, Any] = self.server.client.head_object(Bucket=self.bucket, Key=f"{PREFIX}/{name}")
        return found

    def _names(self) -> list[str]:
        pages = self.server.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return [key.removeprefix(f"{PREFIX}/") for key in keys if not key.endswith("conditional-write-probe")]


@contextlib.contextmanager
def object_server() -> Iterator[ObjectServer]:
    """An S3 server for the length of the block."""
    server = ObjectServer()
    try:
        yield server
    finally:
        server.stop()
