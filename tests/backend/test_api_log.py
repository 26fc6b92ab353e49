"""The log over HTTP, read as an outsider reads it; and its refusals."""

from collections.abc import Iterator

import pytest
from civicroot_wire import batch, head, sodium, tile

from tests.backend.api_city import OpenCity, Served, serve
from tests.system.outside import Outsider

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A log of more than a tile: published once at 6 entries, then at 264; 265 are committed."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/12")
    for seq in range(2):
        city.commit([city.fill(key, seq, seq)])
    city.publish()
    for seq in range(2, 260):
        city.commit([city.fill(key, seq, seq % 100)])
    city.publish()
    city.commit([city.fill(key, 260, 1)])
    with serve(city) as running:
        yield running
    city.close()


def test_outsider_finds_every_record_once(served: Served) -> None:
    outsider = Outsider(served.url)
    found = outsider.audit()
    outsider.close()
    assert found.size == 264
    assert [len(by_seq) for by_seq in found.records.values()] == [260]
    assert (found.repeated(), found.rejected) == ([], [])


def test_checkpoint_is_a_signed_note_that_is_never_stale(served: Served) -> None:
    answer = served.client.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert head.verify(answer.content, served.city.backend.policy, sodium.verify).checkpoint.size == 264


@pytest.mark.parametrize("path", ["0/000", "0/001.p/8", "1/000.p/1", "entries/000", "entries/001.p/8", "0/000.p/6"])
def test_tile_of_a_published_tree_never_changes(served: Served, path: str) -> None:
    answer = served.client.get(f"/log/tile/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["access-control-allow-origin"] == "*"
    level, _, width = tile.parse_path(f"tile/{path}")
    count = len(tile.decode_bundle(answer.content)) if level == tile.ENTRIES else len(answer.content) // 32
    assert count == width


@pytest.mark.parametrize(
    "path",
    [
        "0/001.p/9",  # committed, not published
        "0/001",
        "0/002.p/1",
        "1/000.p/2",
        "2/000.p/1",
        "entries/001.p/9",
        "0/000.p/0",
        "0/000.p/256",
        "0/0",
        "0/x000/000",
        "00/000",
        "8/000",
        "-1/000",
        "entries/",
        "0/000.p/",
        "0/%2e%2e/%2e%2e/checkpoint",
        "..%2fcheckpoint",
        "0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_path_beyond_the_tree_or_of_another_form_is_not_found(served: Served, path: str) -> None:
    answer = served.client.get(f"/log/tile/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "accepts", "encoding"),
    [
        ("entries/000", "br, gzip;q=0.5", "gzip"),
        ("entries/000", "gzip;q=0", None),
        ("entries/000", "identity", None),
        ("0/000", "gzip", None),
    ],
)
def test_only_entries_are_compressed_and_only_if_asked(
    served: Served, path: str, accepts: str, encoding: str | None
) -> None:
    answer = served.client.get(f"/log/tile/{path}", headers={"accept-encoding": accepts})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == served.city.backend.store.get(f"log/tile/{path}")
    assert ("vary" in answer.headers) == path.startswith("entries")


def test_batch_is_found_by_its_root(served: Served) -> None:
    bundle = tile.decode_bundle(served.client.get("/log/tile/entries/001.p/8").content)
    header = batch.decode_header(bundle[-1])
    answer = served.client.get(f"/log/batch/{header.root.hex()}")
    encoded, records = batch.decode_message(answer.content)
    assert encoded == bundle[-1]
    batch.check_records(header, records)
    assert answer.headers["cache-control"] == IMMUTABLE


@pytest.mark.parametrize(("root", "status"), [("00" * 32, 404), ("AB" * 32, 422), ("..", 404), ("abc", 422)])
def test_unknown_or_malformed_root_is_refused(served: Served, root: str, status: int) -> None:
    answer = served.client.get(f"/log/batch/{root}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_policy_is_the_signed_file_to_the_byte(served: Served) -> None:
    answer = served.client.get("/policy.json")
    assert answer.content == (served.city.backend.config.policy_file).read_bytes()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_log_without_checkpoint_is_not_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    city = OpenCity(tmp_path_factory.mktemp("young"))
    with serve(city) as served:
        answers = [served.client.get(path) for path in ("/log/checkpoint", "/log/tile/0/000.p/1", "/api/v1/city")]
    city.close()
    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert answers[2].json()["log"] == {"origin": "test.example/log", "size": 0, "checkpoint_time": None}
