"""Anybody reads the log over plain HTTP, from the bucket itself and from the app, and finds the same with both.

The reader shares no code with what it reads (outside_log.py). It asks without credentials.
"""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.backend.api_city import OpenCity, serve
from tests.backend.city import batch_message, commit, signed_record
from tests.backend.engines import BucketEngine, ObjectServer
from tests.backend.outside_log import OutsideReader, name_of

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"
IMMUTABLE = "public, max-age=31536000, immutable"
ORIGIN = {"Origin": "https://elsewhere.example"}


@dataclass
class Source:
    """Where the log is read: the URL that its names follow."""

    url: str
    client: httpx.Client
    seen: list[httpx.Response]

    def fetch(self, name: str) -> bytes:
        """The decoded body of a name."""
        answer = self.get(name)
        assert answer.status_code == 200, (name, answer.status_code)
        self.seen.append(answer)
        return answer.content

    def get(self, name: str, **headers: str) -> httpx.Response:
        return self.client.get(f"{self.url}/{name}", headers=ORIGIN | headers)


@dataclass
class Shown:
    """A city over a bucket: the bucket and the app, and the log's public key."""

    city: OpenCity
    bucket: BucketEngine
    sources: dict[str, Source]
    sizes: list[int]

    def reader(self, source: str) -> OutsideReader:
        key = self.city.backend.log.key
        return OutsideReader(self.sources[source].fetch, key.name, (key.public, 0))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, objects: ObjectServer) -> Iterator[Shown]:
    """Checkpoints at 6, 258 and 262 entries."""
    bucket = objects.engine()
    folder = tmp_path_factory.mktemp("city")
    city = OpenCity(folder, store_url=bucket.url)
    device = city.enrol_device("bin/12")
    sizes = []
    for first, end in ((0, 2), (2, 254), (254, 258)):
        messages = [batch_message(city.gateway, seq, [signed_record(device, seq)]) for seq in range(first, end)]
        commit(city.backend, city.gateway, *messages)
        city.publish()
        assert city.backend.published is not None
        sizes.append(city.backend.published.size)
    with serve(city) as served, httpx.Client(trust_env=False, timeout=30.0) as client:
        sources = {"bucket": Source(bucket.public_url, client, []), "app": Source(served.url, client, [])}
        yield Shown(city, bucket, sources, sizes)
    city.close()


@pytest.mark.parametrize("source", ["bucket", "app"])
def test_an_outsider_reads_and_checks_the_whole_log(shown: Shown, source: str) -> None:
    reader = shown.reader(source)
    entries = reader.check()
    assert len(entries) == shown.sizes[-1]
    # Older trees are still there, with their partial tiles.
    for size in shown.sizes:
        assert reader.entries(size) == entries[:size]
        assert len(reader.hashes(0, size)) == size
    for answer in shown.sources[source].seen:
        text = answer.url.path.endswith("/log/checkpoint")
        assert answer.headers["cache-control"] == ("no-cache" if text else IMMUTABLE)
        assert answer.headers["content-type"] == ("text/plain; charset=utf-8" if text else "application/octet-stream")
        assert answer.headers["access-control-allow-origin"] in ("*", ORIGIN["Origin"])


def test_both_serve_the_same_bytes(shown: Shown) -> None:
    names = sorted(shown.bucket.snapshot())
    assert len([name for name in names if name.startswith("log/batch/")]) == 258
    assert len([name for name in names if ".p/" in name]) >= 6
    for name in names:
        bucket, app = (source.fetch(name) for source in shown.sources.values())
        assert bucket == app, name


def test_bundles_are_compressed_in_the_bucket_and_hashes_are_not(shown: Shown) -> None:
    bundle, tile = name_of("entries", 0, 256), name_of("0", 0, 256)
    stored = shown.bucket.head(bundle)
    assert stored["ContentEncoding"] == "gzip"
    assert "ContentEncoding" not in shown.bucket.head(tile)
    plain = shown.sources["app"].get(bundle, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert stored["ContentLength"] < len(plain.content)
    # c2sp.org/tlog-tiles lets a server compress without being asked, so that a bucket can serve it.
    url = f"{shown.bucket.public_url}/{bundle}"
    with shown.sources["bucket"].client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())) == plain.content


def test_nobody_without_credentials_can_write(shown: Shown) -> None:
    source = shown.sources["bucket"]
    before = shown.bucket.snapshot()
    assert source.client.put(f"{source.url}/log/checkpoint", content=b"forged").status_code == 403
    assert source.client.delete(f"{source.url}/log/checkpoint").status_code == 403
    assert shown.bucket.snapshot() == before


def test_what_is_not_there_is_not_found_and_not_cached_for_ever(shown: Shown) -> None:
    for source in shown.sources.values():
        for name in (name_of("0", 1, 7), name_of("0", 2, 1), name_of("entries", 1, 256), "log/batch/" + "00" * 32):
            answer = source.get(name)
            assert answer.status_code == 404
            assert "immutable" not in answer.headers.get("cache-control", "")


def test_the_buckets_rules_in_the_documentation_are_accepted_by_a_server(shown: Shown) -> None:
    """The policy and the CORS rules of docs/operations.md, word for word."""
    blocks = re.findall(r"```json\n(.*?)```", OPERATIONS.read_text(), re.DOTALL)
    (policy,) = (json.loads(block) for block in blocks if "Statement" in block)
    (cors,) = (json.loads(block) for block in blocks if "CORSRules" in block)
    client, name = shown.bucket.server.client, shown.bucket.bucket
    policy["Statement"][0]["Resource"] = policy["Statement"][0]["Resource"].replace("BUCKET", name)
    policy["Statement"][0]["Resource"] = policy["Statement"][0]["Resource"].replace("PREFIX", "city")
    client.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    client.put_bucket_cors(Bucket=name, CORSConfiguration=cors)
    (rule,) = client.get_bucket_cors(Bucket=name)["CORSRules"]
    assert rule["AllowedOrigins"] == ["*"]
    assert rule["AllowedMethods"] == ["GET", "HEAD"]
    assert shown.sources["bucket"].get("log/checkpoint").status_code == 200


def test_the_minimum_index_is_served_fresh_once_there_is_one(shown: Shown) -> None:
    name = "log/batch-minimum-index"
    assert [source.get(name).status_code for source in shown.sources.values()] == [404, 404]
    shown.city.backend.store.swap(name, None, b"0")
    for source in shown.sources.values():
        answer = source.get(name)
        assert answer.text == "0"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
