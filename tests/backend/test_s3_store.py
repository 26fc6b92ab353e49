"""The S3 engine among what networks do: answers lost, servers busy, conditions ignored, nobody there."""

import importlib.util
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from civicroot_backend.errors import StoreConflict, StoreError, StoreUrlError, SwapRefused
from civicroot_backend.store import s3, s3_url
from civicroot_backend.store.open import open_store
from civicroot_backend.store.s3_url import Location

from tests.backend.engines import BucketEngine, ObjectServer
from tests.backend.faults import proxy as proxies
from tests.backend.faults.proxy import proxy
from tests.backend.log_machine import running
from tests.support.brokers import free_port

NAME, CHECKPOINT = "log/tile/0/000", "log/checkpoint"


@pytest.fixture
def bucket(objects: ObjectServer) -> BucketEngine:
    return objects.engine()


def nth(method: str, end: str, fates: dict[int, str]) -> Callable[[str, str], str]:
    """A plan for the first, second, … request with that method and end of path; others pass. 0: all of them."""
    seen: Counter[str] = Counter()

    def plan(is_method: str, path: str) -> str:
        if is_method != method or not path.endswith(end):
            return proxies.PASS
        seen[path] += 1
        return fates.get(seen[path], fates.get(0, proxies.PASS))

    return plan


@pytest.mark.parametrize("fate", [proxies.DROP, proxies.LOSE_ANSWER, proxies.UNAVAILABLE, proxies.CONTENDED])
def test_one_bad_answer_is_got_over(bucket: BucketEngine, fate: str) -> None:
    plans = nth("PUT", NAME, {1: fate}), nth("PUT", CHECKPOINT, {1: fate, 3: fate})
    with proxy(bucket.server.endpoint, plans[0]) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        store.put([(NAME, b"tile")])
        store.close()
    with proxy(bucket.server.endpoint, plans[1]) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        store.swap(CHECKPOINT, None, b"1")
        store.swap(CHECKPOINT, b"1", b"2")
        with pytest.raises(SwapRefused):
            store.swap(CHECKPOINT, b"1", b"3")
        store.close()
    assert bucket.snapshot() == {NAME: b"tile", CHECKPOINT: b"2"}


def test_a_conflict_behind_a_lost_answer_is_a_conflict(bucket: BucketEngine) -> None:
    bucket.write(NAME, b"other")
    with proxy(bucket.server.endpoint, nth("PUT", NAME, {1: proxies.LOSE_ANSWER})) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        with pytest.raises(StoreConflict):
            store.put([(NAME, b"tile")])
        store.close()


def test_another_writer_behind_a_lost_answer_is_found(bucket: BucketEngine) -> None:
    """The first attempt does not arrive, another writer swaps, the second attempt is refused."""
    rival = bucket.open()
    rival.swap(CHECKPOINT, None, b"1")
    calls = Counter[str]()

    def plan(method: str, path: str) -> str:
        if method == "PUT" and path.endswith(CHECKPOINT):
            calls["put"] += 1
            if calls["put"] == 1:
                rival.swap(CHECKPOINT, b"1", b"rival's")
                return proxies.DROP
        return proxies.PASS

    with proxy(bucket.server.endpoint, plan) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        with pytest.raises(SwapRefused):
            store.swap(CHECKPOINT, b"1", b"mine")
        store.close()
    assert rival.get(CHECKPOINT) == b"rival's"
    rival.close()


def test_a_server_that_never_answers_a_write_leaves_an_error_that_names_the_store(bucket: BucketEngine) -> None:
    with proxy(bucket.server.endpoint, nth("PUT", "0", {0: proxies.DROP})) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        with pytest.raises(StoreError, match=rf"s3://{bucket.bucket}/city at {endpoint}.*{NAME}"):
            store.put([(NAME, b"tile")])
        store.close()
    with proxy(bucket.server.endpoint, nth("PUT", CHECKPOINT, {0: proxies.DROP})) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        with pytest.raises(StoreError, match=bucket.bucket) as caught:
            store.swap(CHECKPOINT, None, b"1")
        assert not isinstance(caught.value, SwapRefused)
        store.close()
    assert bucket.snapshot() == {}


def test_a_swap_whose_every_answer_is_lost_has_succeeded(bucket: BucketEngine) -> None:
    with proxy(bucket.server.endpoint, nth("PUT", CHECKPOINT, {0: proxies.LOSE_ANSWER})) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        store.swap(CHECKPOINT, None, b"1")
        store.close()
    assert bucket.snapshot() == {CHECKPOINT: b"1"}


def test_a_name_that_is_always_contended_is_given_up(bucket: BucketEngine) -> None:
    busy = (nth("PUT", NAME, {0: proxies.CONTENDED}), nth("PUT", CHECKPOINT, {0: proxies.CONTENDED}))
    with proxy(bucket.server.endpoint, lambda method, path: _first(busy, method, path)) as endpoint:
        store = open_store(bucket.url_through(endpoint))
        with pytest.raises(StoreError, match="somebody else"):
            store.put([(NAME, b"tile")])
        with pytest.raises(StoreError, match="somebody else"):
            store.swap(CHECKPOINT, None, b"1")
        store.close()


@pytest.mark.parametrize("condition", ["IfNoneMatch", "IfMatch"])
def test_a_server_that_ignores_conditions_is_refused(bucket: BucketEngine, condition: str) -> None:
    """Two backends on it could publish two histories."""
    number = 2 if condition == "IfNoneMatch" else 3  # the probe's second and third write
    plan = nth("PUT", s3.PROBE, {number: proxies.UNCONDITIONAL})
    with (
        proxy(bucket.server.endpoint, plan) as endpoint,
        pytest.raises(StoreError, match=f"ignores {condition}"),
    ):
        open_store(bucket.url_through(endpoint))


def test_a_log_over_a_bad_network_is_sound(bucket: BucketEngine, tmp_path: Path) -> None:
    fates = [proxies.DROP, proxies.LOSE_ANSWER, proxies.UNAVAILABLE, proxies.PASS, proxies.PASS]
    seen = Counter[str]()

    def plan(method: str, path: str) -> str:
        seen["all"] += 1
        return fates[seen["all"] % len(fates)]

    with (
        proxy(bucket.server.endpoint, plan) as endpoint,
        running(tmp_path / "machine", bucket) as machine,
    ):
        machine.store.close()
        machine.store = open_store(bucket.url_through(endpoint))
        log = machine.log()
        for end in (3, 200, 300):
            machine.commit(*(b"%d" % index for index in range(end - 3, end)))
            while True:
                try:
                    if log.advance() is None:
                        break
                except StoreError as error:
                    assert not isinstance(error, SwapRefused)
        assert len(machine.check()) == 9
        assert len(machine.notes()) == 3


def test_nobody_there_no_such_bucket_and_no_credentials_are_named(
    bucket: BucketEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with pytest.raises(StoreError, match=rf"s3://bucket/ at http://127.0.0.1:{port}"):
        open_store(f"s3://bucket?endpoint=http://127.0.0.1:{port}")
    with pytest.raises(StoreError, match=r"s3://nowhere/city.*NoSuchBucket"):
        open_store(f"s3://nowhere/city?endpoint={bucket.server.endpoint}")
    store = bucket.open()
    bucket.server.client.delete_object(Bucket=bucket.bucket, Key=f"city/{s3.PROBE}")
    bucket.server.client.delete_bucket(Bucket=bucket.bucket)
    for attempt in (
        lambda: store.get(CHECKPOINT),
        lambda: store.put([(NAME, b"")]),
        lambda: store.swap(CHECKPOINT, None, b"1"),
    ):
        with pytest.raises(StoreError, match=f"{bucket.bucket}.*NoSuchBucket"):
            attempt()
    store.close()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(StoreError, match=r"(?i)credentials"):
        open_store(f"s3://bucket?endpoint={bucket.server.endpoint}")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> object:
        return None if name == "boto3" else find_spec(name, package)

    monkeypatch.setattr("civicroot_backend.store.open.find_spec", without)
    with pytest.raises(StoreUrlError, match=r"civicroot-backend\[s3\]"):
        open_store("s3://bucket")


def test_an_object_that_is_no_gzip_though_it_says_so_is_an_error(bucket: BucketEngine) -> None:
    store = bucket.open()
    key = "city/log/tile/entries/000"
    for body in (b"not gzip", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08" + bytes(40)):
        bucket.server.client.put_object(Bucket=bucket.bucket, Key=key, Body=body, ContentEncoding="gzip")
        with pytest.raises(StoreError, match="entries/000"):
            store.get("log/tile/entries/000")
    store.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://bucket", Location("bucket", "", None, None)),
        ("s3://bucket/", Location("bucket", "", None, None)),
        ("s3://my.bucket/a/b/?region=eu-central-1", Location("my.bucket", "a/b", None, "eu-central-1")),
        (
            "s3://bucket/a?endpoint=https://s3.example:9000",
            Location("bucket", "a", "https://s3.example:9000", s3_url.DEFAULT_REGION),
        ),
    ],
)
def test_urls_of_buckets(url: str, expected: Location) -> None:
    assert s3_url.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "s3://", "s3:///a", "s3://B", "s3://key:secret@bucket/a", "s3://bucket:80/a", "s3://bucket/../a",
        "s3://bucket/a//b",
        "s3://bucket/a b", "s3://bucket/a#b", "s3://bucket?endpoint=ftp://host", "s3://bucket?endpoint=host:9000",
        "s3://bucket?endpoint=http://host/path", "s3://bucket?endpoint=http://user:word@host", "s3://bucket?region=",
        "s3://bucket?endpoint=", "s3://bucket?secret=x", "s3://bucket/.hidden",
    ],
)  # fmt: skip
def test_malformed_urls_of_buckets_are_refused(url: str) -> None:
    with pytest.raises(StoreUrlError):
        open_store(url)


def _first(plans: tuple[Callable[[str, str], str], ...], method: str, path: str) -> str:
    """The first plan's fate that is not to pass."""
    return next((fate for plan in plans if (fate := plan(method, path)) != proxies.PASS), proxies.PASS)
