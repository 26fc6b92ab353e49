"""What all routes have in common: entity tags, limits, reads from other origins, problems for everything."""

from collections.abc import Iterator

import httpx
import pytest
from civicroot_backend import config
from civicroot_backend.api.body_limit import MAX_BODY
from civicroot_backend.api.limits import Limits
from civicroot_backend.errors import ConfigurationError

from tests.backend.api_city import OpenCity, Served, serve

PROBLEM = "application/problem+json"


class Clock:
    """Monotonic seconds that stand still unless a test moves them."""

    now = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city with a bin that has said one thing, published."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/12")
    city.commit([city.fill(key, 0, 40)])
    city.publish()
    with serve(city) as running:
        yield running
    city.close()


@pytest.fixture
def limited(served: Served) -> Iterator[tuple[Served, Clock]]:
    """The same city behind another server that takes three requests at once, and then one in ten seconds."""
    clock = Clock()
    limits = Limits(requests_at_once=3, requests_per_second=0.1, monotonic=clock)
    with serve(served.city, limits=limits, trusted_proxies=["127.0.0.0/8"]) as running:
        yield running, clock


@pytest.mark.parametrize(
    "path", ["/api/v1/city", "/api/v1/devices", "/log/checkpoint", "/policy.json", "/entries/0", "/openapi.json"]
)
def test_who_has_the_newest_answer_gets_304_without_it(served: Served, path: str) -> None:
    first = served.client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = served.client.get(path, headers={"If-None-Match": asked})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
        assert again.headers["cache-control"] == first.headers["cache-control"]
    other = served.client.get(path, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)
    assert served.client.head(path).headers["etag"] == tag


def test_tag_changes_with_the_bytes(served: Served) -> None:
    before = served.client.get("/api/v1/devices").headers["etag"]
    key = served.city.devices["bin/12"]
    served.city.commit([served.city.fill(key, 1, 41)])
    answer = served.client.get("/api/v1/devices", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer.headers["etag"] != before


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/alarms", "/metrics", "/api/v1/nothing"])
def test_what_must_not_be_stored_has_no_tag(served: Served, path: str) -> None:
    assert "etag" not in served.client.get(path).headers


def test_client_that_asks_too_much_is_told_when_to_come_again(limited: tuple[Served, Clock]) -> None:
    served, clock = limited
    answers = [served.client.get("/api/v1/city") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"requests";r=2;t=10',
        '"requests";r=1;t=20',
        '"requests";r=0;t=30',
    ]
    refused = served.client.get("/entries/0")
    assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM)
    assert refused.json()["reason"] == "too-many-requests"
    assert refused.headers["retry-after"] == "10"
    assert refused.headers["ratelimit-policy"] == '"requests";q=3;w=30'
    assert refused.headers["access-control-allow-origin"] == "*", "a page elsewhere can read why"
    assert refused.headers["x-content-type-options"] == "nosniff"
    clock.now += 10
    assert [served.client.get("/api/v1/city").status_code for _ in range(2)] == [200, 429]


def test_static_files_health_and_pages_are_not_counted(limited: tuple[Served, Clock]) -> None:
    served, _ = limited
    for path in ("/log/checkpoint", "/policy.json", "/docs", "/metrics"):
        assert [served.client.get(path).status_code for _ in range(5)] == [200] * 5


def test_clients_behind_a_trusted_proxy_are_counted_one_by_one(limited: tuple[Served, Clock]) -> None:
    served, _ = limited
    for client in ("203.0.113.1", "203.0.113.2", "2001:db8::1"):
        headers = {"X-Forwarded-For": f"198.51.100.9, {client}"}  # what the client itself says comes first
        assert [served.client.get("/api/v1/city", headers=headers).status_code for _ in range(4)] == [200] * 3 + [429]
    same_site = {"X-Forwarded-For": "2001:db8::ffff"}
    assert served.client.get("/api/v1/city", headers=same_site).status_code == 429


def test_nobody_else_is_believed_about_addresses(served: Served) -> None:
    with serve(served.city, limits=Limits(requests_at_once=1, requests_per_second=1e-6)) as alone:
        headers = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(2)]
        assert [alone.client.get("/api/v1/city", headers=each).status_code for each in headers] == [200, 429]


@pytest.mark.parametrize("path", ["/api/v1/city", "/log/checkpoint", "/policy.json", "/entries/0", "/openapi.json"])
def test_any_page_may_read_what_is_public(served: Served, path: str) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    answer = served.client.get(path, headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "ETag" in answer.headers["access-control-expose-headers"]
    asked = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    before = served.client.options(path, headers=asked)
    assert before.status_code == 204
    assert before.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "If-None-Match" in before.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/api/v1/claims", "/entries"])
def test_no_page_of_elsewhere_may_write(served: Served, path: str) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answers = [served.client.options(path, headers=asked), served.client.post(path, headers=asked, json={})]
    assert all("access-control-allow-origin" not in answer.headers for answer in answers)
    assert answers[0].status_code == 405


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_wrong_method_is_a_problem_that_names_the_right_ones(served: Served, method: str) -> None:
    answer = served.client.request(method, "/api/v1/city")
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert answer.json()["reason"] == "method-not-allowed"
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("announced", [True, False])
def test_body_that_is_too_large_is_refused(served: Served, announced: bool) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 8):
            yield b" " * 1024

    body = b" " * (MAX_BODY + 1) if announced else pieces()
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        answer = client.post("/api/v1/claims", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert answer.json()["reason"] == "too-large"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 422), (b"{", 422), (b"[]", 422), (b'{"token": 1}', 422), (b"\xff", 400)]
)
def test_body_that_is_none_is_a_problem(served: Served, body: bytes, status: int) -> None:
    answer = served.client.post("/api/v1/claims", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["reason"] == "bad-parameter"


def test_configuration_names_proxies(served: Served) -> None:
    file = served.city.city.config_file
    assert config.load(file, {}).trusted_proxies == ()
    named = {"CIVICROOT_TRUSTED_PROXIES": '["127.0.0.1", "10.0.0.0/8", "fd00::/8"]'}
    assert config.load(file, named).trusted_proxies == ("127.0.0.1", "10.0.0.0/8", "fd00::/8")
    for wrong in ('"127.0.0.1"', '["*"]', '["proxy.example"]', '["10.0.0.1/8"]'):
        with pytest.raises(ConfigurationError, match="trusted_proxies"):
            config.load(file, {"CIVICROOT_TRUSTED_PROXIES": wrong})
