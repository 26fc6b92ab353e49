"""Which copy of a built file a browser gets."""

from collections.abc import Iterator

import pytest
from civicroot_backend.pages import files

from tests.backend.api_city import OpenCity, Served, serve

COPIES = {"": b"export {}", ".gz": b"as gzip", ".br": b"as br"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    static = tmp_path_factory.mktemp("static")
    (static / "assets").mkdir()
    for suffix, content in COPIES.items():
        (static / "assets" / f"main-abc123.js{suffix}").write_bytes(content)
    (static / "assets" / "plain-abc123.svg").write_text("<svg/>")
    (static / "sw.js").write_text("self")
    city = OpenCity(tmp_path_factory.mktemp("city"))
    with serve(city, static) as running:
        yield running
    city.close()


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
        ("brotli", None),
    ],
)
def test_the_smallest_copy_that_a_browser_takes(served: Served, accepts: str, encoding: str | None) -> None:
    with served.client.stream("GET", "/assets/main-abc123.js", headers={"accept-encoding": accepts}) as answer:
        body = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert body == COPIES[{"br": ".br", "gzip": ".gz", None: ""}[encoding]]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == files.IMMUTABLE
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_file_without_copies_is_served_as_it_is(served: Served) -> None:
    answer = served.client.get("/assets/plain-abc123.svg", headers={"accept-encoding": "br"})
    assert (answer.text, answer.headers.get("content-encoding")) == ("<svg/>", None)


@pytest.mark.parametrize("suffix", [".br", ".gz"])
def test_a_copy_is_no_file_of_its_own(served: Served, suffix: str) -> None:
    assert served.client.get(f"/assets/main-abc123.js{suffix}").status_code == 404


def test_the_service_worker_is_asked_for_again_and_what_is_not_built_is_missing(served: Served) -> None:
    answer = served.client.get("/sw.js")
    assert (answer.text, answer.headers["cache-control"]) == ("self", files.REVALIDATED)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert served.client.get("/manifest.webmanifest").status_code == 404
