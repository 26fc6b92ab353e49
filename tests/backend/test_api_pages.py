"""How built pages are served, with a folder of files in place of the build."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.api_city import OpenCity, Served, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    static = tmp_path_factory.mktemp("static")
    for name in ("index", "bin", "tree", "entry", "scan", "lost"):
        (static / f"{name}.html").write_text(f"<!doctype html><title>{name}</title>")
    (static / "assets").mkdir()
    (static / "assets" / "main-abc123.js").write_text("export {}")
    (static / "secret.txt").write_text("not a page")
    city = OpenCity(tmp_path_factory.mktemp("city"))
    with serve(city, static) as running:
        yield running
    city.close()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        *(("/", "index"), ("/b/12", "bin"), ("/B/12", "bin"), ("/B/AB_1", "bin"), ("/t/7", "tree"), ("/T/7", "tree")),
        ("/entry?index=3", "entry"),
    ],
)
def test_page_is_served_strictly_and_never_cached(served: Served, path: str, title: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 200
    assert f"<title>{title}</title>" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "sandbox" not in policy


def test_only_the_page_that_scans_may_use_the_camera_and_compile(served: Served) -> None:
    scan, other = (served.client.get(path).headers for path in ("/scan", "/b/12"))
    assert "camera=(self)" in scan["permissions-policy"]
    assert "camera=()" in other["permissions-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in scan["content-security-policy"]
    assert "wasm" not in other["content-security-policy"]
    assert "unsafe-inline" not in scan["content-security-policy"]


def test_asset_is_immutable(served: Served) -> None:
    answer = served.client.get("/assets/main-abc123.js")
    assert answer.text == "export {}"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/assets/other.js", "/assets/%2e%2e/secret.txt", "/secret.txt", "/assets/"])
def test_nothing_else_of_the_folder_is_served(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/nowhere", "/b", "/b/12/more", "/map/more", "/wp-login.php"])
def test_a_person_under_an_unknown_address_gets_a_page_and_a_program_a_problem(served: Served, path: str) -> None:
    person = served.client.get(path, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert person.status_code == 404
    assert "<title>lost</title>" in person.text
    assert person.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in person.headers["content-security-policy"]
    for headers in ({"accept": "*/*"}, {"accept": "application/json"}):
        program = served.client.get(path, headers=headers)
        assert (program.status_code, program.json()["reason"]) == (404, "not-found")
    sent = served.client.post(path, headers={"accept": "text/html"})
    assert sent.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api", "/api/v1/nowhere", "/api/v1/devices/00", "/entries/99/proof", "/log/nowhere"])
def test_under_the_api_and_the_log_it_is_a_problem_for_everybody(served: Served, path: str) -> None:
    answer = served.client.get(path, headers={"accept": "text/html"})
    assert answer.status_code in (400, 404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_pages_that_are_not_built_are_said_to_be(tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    with serve(city, tmp_path / "nothing") as served:
        page, asset, api = (served.client.get(path) for path in ("/b/12", "/assets/main.js", "/api/v1/city"))
    city.close()
    assert page.status_code == 503
    assert "not built" in page.text
    assert asset.status_code == 404
    assert api.status_code == 200
