"""The running application against its OpenAPI document: schemathesis sends what the document allows, and what not.

No answer is a 5xx or another one than the document says; nothing that the document forbids is taken.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from civicroot_backend.api.limits import Limits
from civicroot_backend.people.roles import Role
from civicroot_backend.reports.photo import FORMATS
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from tests.backend.api_city import OpenCity, serve
from tests.backend.city import NOW
from tests.backend.people.office import Browser, Office
from tests.backend.test_api_subjects import at, imported

SOAK = os.environ.get("CIVICROOT_SOAK") == "1"
EXAMPLES = 500 if SOAK else 4  # of each operation
SEED = int(os.environ.get("CIVICROOT_FAULT_SEED", "20260301"))
ENDLESS = "/api/v1/events"  # answers for as long as one listens: test_api_events.py
# Whoever calls these is not signed in any more, or not in the way that the next example needs: tests/backend/people.
ENDS_SESSIONS = ("/api/v1/session", "/api/v1/sessions", "/api/v1/sessions/{session}")
NOT_LOOKED_AT = {
    # There is no broker, so 503 is the right answer; test_api_operation.py.
    "/healthz": (not_a_server_error,),
    # schemathesis reads tuples (prefixItems, JSON Schema 2020-12) as those of an older draft, and that one time must be
    # before another cannot be said; test_api_devices.py.
    "/api/v1/devices/{kid}/history": (response_schema_conformance, positive_data_acceptance),
}
QUICK = Limits(requests_at_once=10**9, requests_per_second=1e9, reports_at_once=10**9, reports_per_second=1e9)


@dataclass
class Api:
    """The document, whom it is asked as, and values of paths that lead to something."""

    schema: BaseSchema
    session: requests.Session
    operator: dict[str, str]
    known: dict[str, Any]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A city with a bin and a tree that have said something, an inventory, a report, a district and an operator."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/12", location=at(375665, 1269780), label="Market square")
    imported(city, "bin", "id,stream,district\n12,paper,West End\n")
    imported(city, "tree", "id,species,genus,planted,lat,lon\n7,robur,Quercus,1990,37.5,126.9\n")
    city.commit([city.fill(key, seq, percent, NOW) for seq, percent in enumerate((80, 90, 10, 12))])
    city.publish()
    city.backend.project_pending()
    with serve(city, limits=QUICK) as served, requests.Session() as session:
        session.trust_env = False
        office = Office(served)
        browser = office.at(office.person(Role.OPERATOR, Role.CREW, Role.REGISTRAR))
        made = served.client.post("/api/v1/subjects/bin/12/reports", json={"category": "full"}).json()
        known = {"kid": key.kid.hex(), "seq": 1, "kind": "bin", "name": "12", "index": 1, "district": "city"}
        known |= {"request": _asked(browser, city)}
        known |= {"report": made["id"], "root": "00" * 32, "path": "0/000.p/1", "size": 1}
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        signed_in = {"Cookie": cookies, "Origin": browser.origin, "X-Civicroot-Request": "1"}
        schema = schemathesis.openapi.from_dict(served.client.get("/openapi.json").json())
        schema.config.update(base_url=served.url)
        # 422 is for what the document forbids; what it allows can still be no token, no entry, no photo.
        accepted = schema.config.checks.positive_data_acceptance
        accepted.expected_statuses = [*accepted.expected_statuses, "400"]
        refused = schema.config.checks.negative_data_rejection
        refused.expected_statuses = [*refused.expected_statuses, "413"]  # too long for the document, and for the route
        yield Api(schema, session, signed_in, known)
    city.close()


def _asked(browser: Browser, city: OpenCity) -> str:
    """A device asks to be enrolled; the request's name."""
    key = city.city.key()
    signed = city.city.possession(key, "bin/13", "device").hex()
    body = {"subject": "bin/13", "public": key.public.hex(), "possession": signed}
    return str(browser.ask("POST", "districts/city/enrolments", body).json()["id"])


@schemathesis.serializer("application/cose", *FORMATS)
def _bytes(_context: SerializationContext, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def operations(api: Api) -> list[APIOperation[Any, Any, Any, Any]]:
    """All but the endless one."""
    found = [result.ok() for result in api.schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == sum(1 for _ in api.schema.get_all_operations()), "an operation cannot be read"
    return [operation for operation in found if operation.path != ENDLESS]


def cases(operation: APIOperation[Any, Any, Any, Any], known: dict[str, Any]) -> st.SearchStrategy[Case]:
    """What the document allows, that with paths that lead somewhere, and what it does not allow."""
    names = {parameter.name for parameter in operation.path_parameters}
    fixed = {name: value for name, value in known.items() if name in names}
    found = [operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)]
    return st.one_of(*found, operation.as_strategy(path_parameters=fixed)) if fixed else st.one_of(*found)


def check(api: Api, operation: APIOperation[Any, Any, Any, Any], headers: dict[str, str], *without: Any) -> None:
    """Send EXAMPLES of it, and look at the answers in every way that schemathesis knows but these."""
    excluded = [*without, *NOT_LOOKED_AT.get(operation.path, ())]

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, api.known))
    def send(case: Case) -> None:
        case.call_and_validate(session=api.session, headers=headers, excluded_checks=excluded, timeout=20)

    send()


def test_nobody_in_particular_finds_no_fault(api: Api) -> None:
    for operation in operations(api):
        check(api, operation, {})


def test_operator_finds_no_fault(api: Api) -> None:
    for operation in operations(api):
        if operation.definition.raw.get("security") and operation.path not in ENDS_SESSIONS:
            # The operator's cookie is put in the place of those that are wrong on purpose; what a login or a password
            # must look like beyond its length is said in the refusal.
            check(api, operation, api.operator, negative_data_rejection, positive_data_acceptance)
