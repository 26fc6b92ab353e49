"""Every route × every role × own district, other district, whole city: who gets in is what this table says.

The table is written by hand, apart from the declaration (api/rights.py): a route that is new, or a rule that changed,
fails here until somebody has written down who may.
"""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from civicroot_backend.api import declared, rights
from civicroot_backend.api.app import create_app
from civicroot_backend.api.declared import UndeclaredRoute
from civicroot_backend.audit_trail.act import COMMAND_LINE, Act
from civicroot_backend.people import sessions
from civicroot_backend.people.roles import CITY, STAFF, Role
from civicroot_backend.people.sessions import Browser as Agent
from fastapi import APIRouter, FastAPI

from tests.backend.people.office import Browser, Office, Person, reason

OWN, OTHER, WHOLE = "own", "other", "city"
PLACES = {OWN: "north", OTHER: "south", WHOLE: CITY}
ANYBODY = "anybody"
SIGNED_IN = frozenset(f"{role}@{place}" for role, place in itertools.product(STAFF, PLACES))
OPERATORS = frozenset({"operator@own", "operator@city"})
CREWS = frozenset({"crew@own", "crew@city"})
LOOKERS = OPERATORS | {"auditor@own", "auditor@city"}
WATCHERS = LOOKERS | CREWS | {"registrar@own", "registrar@city"}
WHO: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "GET /session",
            "DELETE /session",
            "GET /sessions",
            "DELETE /sessions",
            "DELETE /sessions/{session}",
            "PUT /password",
            "GET /passkeys",
            "POST /passkeys/options",
            "POST /passkeys",
            "DELETE /passkeys/{passkey}",
            "GET /api-keys",
            "POST /api-keys",
            "DELETE /api-keys/{key}",
        ),
        SIGNED_IN,
    ),
    "POST /districts": frozenset({"operator@city"}),
    "GET /districts/{district}/accounts": LOOKERS,
    "POST /districts/{district}/accounts": OPERATORS,
    "PUT /districts/{district}/accounts/{account}/roles": OPERATORS,
    "POST /districts/{district}/accounts/{account}/invitation": OPERATORS,
    "GET /districts/{district}/accounts/{account}/sessions": OPERATORS,
    "DELETE /districts/{district}/accounts/{account}/sessions": OPERATORS,
    "DELETE /districts/{district}/accounts/{account}": OPERATORS,
    "GET /districts/{district}/audit-trail": LOOKERS,
    "GET /districts/{district}/alarms": LOOKERS | CREWS,
    "POST /districts/{district}/alarms/{alarm}/acknowledgement": OPERATORS | CREWS,
    "GET /districts/{district}/alarm-rules": LOOKERS | CREWS,
    "POST /districts/{district}/alarm-rules": OPERATORS,
    "POST /districts/{district}/alarm-rules/trial": LOOKERS | CREWS,
    "GET /districts/{district}/alarm-rules/{rule}": LOOKERS | CREWS,
    "PUT /districts/{district}/alarm-rules/{rule}": OPERATORS,
    "DELETE /districts/{district}/alarm-rules/{rule}": OPERATORS,
    "GET /districts/{district}/alarm-targets": LOOKERS | CREWS,
    "POST /districts/{district}/alarm-targets": OPERATORS,
    "DELETE /districts/{district}/alarm-targets/{target}": OPERATORS,
    "POST /districts/{district}/alarm-targets/{target}/test": OPERATORS,
    "GET /districts/{district}/alarm-targets/{target}/messages": LOOKERS | CREWS,
    "GET /districts/{district}/work": LOOKERS | CREWS,
    "GET /districts/{district}/subjects/{kind}/{name}": LOOKERS | CREWS,
    "GET /districts/{district}/subjects/{kind}/{name}/visits": LOOKERS | CREWS,
    "GET /districts/{district}/visits/{visit}": LOOKERS | CREWS,
    "PUT /districts/{district}/visits/{visit}": OPERATORS | CREWS,
    "GET /districts/{district}/visits/{visit}/photos/{photo}": LOOKERS | CREWS,
    "PUT /districts/{district}/visits/{visit}/photos/{photo}": OPERATORS | CREWS,
    "DELETE /districts/{district}/visits/{visit}/photos/{photo}": OPERATORS | CREWS,
    "GET /districts/{district}/reports": OPERATORS | CREWS,
    "GET /districts/{district}/reports/{report}/photo": OPERATORS | CREWS,
    "DELETE /districts/{district}/reports/{report}": OPERATORS,
    "POST /districts/{district}/site": CREWS,
    "POST /districts/{district}/site/accounts": CREWS,
    "POST /districts/{district}/enrolments": CREWS,
    "GET /districts/{district}/enrolments": WATCHERS,
    "GET /districts/{district}/enrolments/{request}": WATCHERS,
    "GET /districts/{district}/enrolments/{request}/label.svg": WATCHERS,
    "GET /districts/{district}/enrolments/{request}/label.pdf": WATCHERS,
    "DELETE /districts/{district}/enrolments/{request}": CREWS,
    "PUT /districts/{district}/enrolments/{request}/decision": frozenset({"registrar@own", "registrar@city"}),
}
# What paths are filled with: things that are not there, so that what is allowed changes nothing.
FILLED = {
    **dict.fromkeys(("alarm", "rule", "target"), "999999"),
    "district": "north",
    "account": "999999",
    "session": "999999",
    "passkey": "999999",
    "key": "999999",
}
_ELSE = {"kid": "00" * 8, "seq": "0", "index": "0", "size": "1", "root": "00" * 32, "path": "0/000", "beacon": "00" * 8}
ROUTES = sorted(rights.RIGHTS)


@pytest.fixture(scope="module")
def people(office: Office) -> Iterator[dict[str, Person]]:
    """Somebody of each role at each place, and an operator of the city whom no test takes away."""
    office.person(Role.OPERATOR)
    yield {
        f"{role}@{place}": office.person(role, district=district, password=None)
        for role in sorted(STAFF)
        for place, district in PLACES.items()
    }


def signed_in(office: Office, person: Person) -> Browser:
    """With a new session each time, since some of the routes end it."""
    with office.backend.database.write() as connection:
        act = Act(connection, office.served.city.city.now, COMMAND_LINE)
        return office.browser(**{office.session: sessions.begin(act, person.id, "passkey", Agent("", ""), None)})


def ask(browser: Browser, route: str) -> tuple[int, str]:
    """The status, and the reason if it is a problem; no more is read, since one route never ends."""
    method, _, path = route.partition(" ")
    filled = re.sub(r"\{(\w+)(:path)?\}", lambda found: (FILLED | _ELSE).get(found[1], "x"), path)
    headers = {"x-civicroot-request": "1", "origin": browser.origin, "sec-fetch-site": "same-origin"}
    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with browser.client.stream(method, filled, json=None if method == "GET" else {}, headers=headers) as answer:
        if answer.headers.get("content-type") != "application/problem+json":
            return answer.status_code, ""
        answer.read()
        return reason(answer)


def who(route: str) -> frozenset[str] | None:
    """Who may, by the table; None: anybody."""
    method, _, path = route.partition(" ")
    return WHO.get(f"{method} {path.removeprefix('/api/v1')}")


@pytest.mark.parametrize("route", [route for route in ROUTES if not rights.RIGHTS[route].public])
def test_a_route_lets_in_whom_the_table_names(office: Office, people: dict[str, Person], route: str) -> None:
    named = who(route)
    assert named is not None, f"{route}: write down who may"
    assert ask(office.browser(), route) == (401, "not-signed-in")
    for name, person in people.items():
        status, said = ask(signed_in(office, person), route)
        refused = (status, said) == (403, "not-allowed")
        assert refused != (name in named), f"{name}: {status} {said}"
        assert status in (200, 204, 403, 404, 422), f"{name}: {status} {said}"
        assert said in ("", "not-allowed", "not-found", "bad-parameter") or named is SIGNED_IN, f"{name}: {said}"


@pytest.fixture(scope="module")
def everybody(office: Office, people: dict[str, Person]) -> list[Browser]:
    """A browser in which nobody is signed in, and one of each of them."""
    return [office.browser(), *(signed_in(office, person) for person in people.values())]


@pytest.mark.parametrize("route", [route for route in ROUTES if rights.RIGHTS[route].public])
def test_a_public_route_is_the_same_for_everybody(everybody: list[Browser], route: str) -> None:
    assert who(route) is None
    ((status, said),) = {ask(browser, route) for browser in everybody}
    assert status not in (401, 500), said
    assert said not in ("not-signed-in", "not-allowed", "cross-site")


def test_a_route_without_a_rule_is_no_application(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(rights.RIGHTS, "GET /api/v1/city")  # type: ignore[arg-type]  # a dict, for this test
    with pytest.raises(UndeclaredRoute, match="GET /api/v1/city"):
        create_app(office.backend)


def _app(*paths: str) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter(prefix="/x")
    for path in paths:
        router.add_api_route(path, lambda: None)
    app.include_router(router)
    return app


def test_rules_and_routes_fit_exactly() -> None:
    public, district = rights.PUBLIC, rights.roles(Role.CREW, where=rights.Where.DISTRICT)
    assert list(declared.rules(_app("/a"), [], {"GET /x/a": public}).values()) == [public]
    with pytest.raises(UndeclaredRoute, match=r"without a route: .*GET /x/b"):
        declared.rules(_app("/a"), [], {"GET /x/a": public, "GET /x/b": public})
    with pytest.raises(UndeclaredRoute, match="GET /x/a"):
        declared.rules(_app("/a"), [], {"GET /x/a": district})
    with pytest.raises(UndeclaredRoute, match="district"):
        declared.rules(_app("/{district}"), [], {"GET /x/{district}": rights.OWN})
    app = _app("/a")
    app.add_api_websocket_route("/live", lambda _socket: None)
    with pytest.raises(UndeclaredRoute, match="no route that a rule can be about"):
        declared.rules(app, [], {"GET /x/a": public})


def test_one_function_cannot_answer_by_two_rules() -> None:
    app = _app()

    def answer() -> None: ...

    app.add_api_route("/a", answer)
    app.add_api_route("/b", answer)
    with pytest.raises(UndeclaredRoute, match="two rules"):
        declared.rules(app, [], {"GET /a": rights.PUBLIC, "GET /b": rights.OWN})


def test_pages_are_public_as_a_whole(office: Office, tmp_path: Path) -> None:
    answer: httpx.Response = office.served.client.get("/", headers={"cookie": f"{office.session}=nonsense"})
    assert answer.status_code != 401
