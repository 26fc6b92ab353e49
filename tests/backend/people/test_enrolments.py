"""A crew's browser asks, a registrar decides, the desk signs: nothing is overwritten, and all of it is on the trail."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend import realm
from civicroot_backend.api.app import create_app
from civicroot_backend.api.rate_limit import Bucket
from civicroot_backend.enrolling import book, sites
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.people.roles import Role
from civicroot_wire import possession
from civicroot_wire.sodium import Signer

from tests.backend.api_city import OpenCity, serve
from tests.backend.city import REALM
from tests.backend.people.office import Browser, Office, reason
from tests.backend.test_api_subjects import imported
from tests.support import labels

SITE = """
realm = "{realm}"
url = "https://city.example"
policy = "policy.json"
support = "+82 2 120"
operator = "{operator}"
[gateway]
kid = "0011223344556677"
host = "gateway.local"
port = 8883
account = {account}
[wifi]
ssid = "street"
password = "a secret of the street"
[configuration]
report.interval_s = 300
"""
ACCOUNT = [sys.executable, "-c", 'import sys; print(\'{"username": "\' + sys.argv[1] + \'", "password": "x"}\')']


def write_site(folder: Path, name: str = REALM) -> Path:
    path = folder / "site.toml"
    account = json.dumps([*ACCOUNT, "{kid}"])
    path.write_text(SITE.format(realm=name, operator="11" * 32, account=account))
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A city whose northern crews have a site file."""
    folder = tmp_path_factory.mktemp("city")
    city = OpenCity(folder, realm.Addresses(public_url="https://city.example"), sites={"north": write_site(folder)})
    with serve(city) as served:
        yield Office(served)
    city.close()


@pytest.fixture(scope="module")
def crew(office: Office) -> Browser:
    """A browser of the northern crew."""
    return office.at(office.person(Role.CREW, district="north"))


@pytest.fixture(scope="module")
def registrar(office: Office) -> Browser:
    """A browser of the city's registrar."""
    return office.at(office.person(Role.REGISTRAR))


def asked(subject: str, key: Signer | None = None, **said: Any) -> dict[str, Any]:
    """What a device of this realm asks for."""
    signer = key or Signer.generate()
    signed = possession.sign(signer.kid, subject, "device", bytes(16), REALM, signer)
    return {"subject": subject, "public": signer.public.hex(), "possession": signed.hex()} | said


def put(browser: Browser, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    """Ask; the request as it is answered."""
    answer = browser.ask("POST", "districts/north/enrolments", body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def conflict(browser: Browser, body: dict[str, Any]) -> str:
    """Why it is not taken."""
    status, said = reason(browser.ask("POST", "districts/north/enrolments", body))
    assert status == 409
    return said


def decide(browser: Browser, request: dict[str, Any], decision: str, why: str = "") -> dict[str, Any]:
    """The registrar's word."""
    body = {"decision": decision, "reason": why}
    answer = browser.ask("PUT", f"districts/city/enrolments/{request['id']}/decision", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_request_waits_is_approved_and_is_enrolled_when_the_log_has_it(
    office: Office, crew: Browser, registrar: Browser
) -> None:
    key = Signer.generate()
    place = {"latitude": "37.56650", "longitude": "126.9780"}
    body = asked("bin/1", key, label="서울광장", location=place, model="smart-bin", asset="A-1", simulated=True)
    made = put(crew, body)
    assert (made["state"], made["degrees"], made["kid"]) == ("waiting", ["37.56650", "126.9780"], key.kid.hex())
    assert put(crew, body, 200) == made, "the same again is the same request"
    assert decide(registrar, made, "approved")["state"] == "approved"
    assert reason(crew.ask("DELETE", f"districts/north/enrolments/{made['id']}")) == (409, "decided")
    city = office.served.city.city
    office.backend.submit(city.enrolment(key, "bin/1", "device"))
    found = crew.get(f"districts/north/enrolments/{made['id']}")
    assert found["state"] == "enrolled"
    assert found["log_index"] > 0
    done = [(row.action, row.target) for row in office.trail() if row.action.startswith("enrolment-")]
    assert done[-2:] == [("enrolment-asked", "bin/1"), ("enrolment-approved", "bin/1")]
    assert conflict(crew, body) == "already-enrolled"


def test_whoever_has_the_place_or_the_key_is_named_and_nothing_is_overwritten(
    office: Office, crew: Browser, registrar: Browser
) -> None:
    city, key = office.served.city.city, Signer.generate()
    office.backend.submit(city.enrolment(key, "bin/20", "device"))
    assert conflict(crew, asked("bin/20")) == "subject-taken"
    assert conflict(crew, asked("bin/21", key)) == "enrolled-elsewhere"
    office.backend.submit(city.enrolment(Signer.generate(), "tree/a1", "device"))
    assert conflict(crew, asked("tree/A1")) == "subject-taken", "a code has upper case alone"
    office.backend.submit(city.revocation(key, "bin/20"))
    assert conflict(crew, asked("bin/20", key)) == "revoked"
    other = Signer.generate()
    waiting = put(crew, asked("bin/20", other))
    assert conflict(crew, asked("bin/20")) == "subject-asked"
    assert conflict(crew, asked("bin/22", other)) == "asked-elsewhere"
    assert conflict(crew, asked("bin/20", other, label="elsewhere")) == "asked-otherwise"
    assert decide(registrar, waiting, "declined", "no such place")["reason"] == "no such place"
    assert put(crew, asked("bin/20", other, label="elsewhere"))["label"] == "elsewhere"


def test_a_place_that_the_inventory_has_in_another_district_is_that_districts(office: Office, crew: Browser) -> None:
    office.district("north")
    office.district("south")
    early = put(crew, asked("bin/25"))  # nobody has it in an inventory yet
    city = office.served.city
    imported(city, "bin", "id,district,address\n24,North,Mill lane\n25,South,Harbour\n26,South,Quay\n27,,Depot\n")
    imported(city, "tree", "id,lat,lon,genus,species,district\nb7,0,0.009,Quercus,robur,South\n")
    assert conflict(crew, asked("bin/26")) == "other-district"
    assert conflict(crew, asked("tree/B7")) == "other-district", "a code has upper case alone"
    assert put(crew, asked("bin/24"))["district"] == "north"
    assert put(crew, asked("bin/27"))["state"] == "waiting", "the inventory names no district"
    anywhere = office.at(office.person(Role.CREW))
    assert anywhere.ask("POST", "districts/city/enrolments", asked("bin/26")).status_code == 201
    path = f"districts/north/enrolments/{early['id']}/decision"
    northern = office.at(office.person(Role.REGISTRAR, district="north"))
    assert reason(northern.ask("PUT", path, {"decision": "approved"})) == (409, "other-district")
    assert northern.ask("PUT", path, {"decision": "declined", "reason": "it is in the south"}).status_code == 200


def test_what_a_crew_takes_back_is_no_longer_in_anybodys_way(crew: Browser, registrar: Browser) -> None:
    made = put(crew, asked("bin/30"))
    gone = crew.ask("DELETE", f"districts/north/enrolments/{made['id']}")
    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    status, said = reason(
        registrar.ask("PUT", f"districts/city/enrolments/{made['id']}/decision", {"decision": "approved"})
    )
    assert (status, said) == (409, "decided")
    assert put(crew, asked("bin/30"))["id"] != made["id"]


def test_only_what_the_device_itself_signed_is_taken(crew: Browser) -> None:
    body, key = asked("bin/40"), Signer.generate()
    assert reason(crew.ask("POST", "districts/north/enrolments", body | {"subject": "bin/41"})) == (403, "wrong-role")
    another = body | {"public": key.public.hex()}
    assert reason(crew.ask("POST", "districts/north/enrolments", another)) == (403, "key-mismatch")
    abroad = possession.sign(key.kid, "bin/40", "device", bytes(16), "elsewhere.example", key)
    foreign = asked("bin/40", key) | {"possession": abroad.hex()}
    assert reason(crew.ask("POST", "districts/north/enrolments", foreign)) == (403, "bad-signature")
    assert reason(crew.ask("POST", "districts/north/enrolments", body | {"possession": "ff"}))[0] == 400
    too_long = body | {"label": "가" * 33}
    assert reason(crew.ask("POST", "districts/north/enrolments", too_long)) == (400, "bad-parameter")


def test_a_district_sees_its_own_and_the_city_all(office: Office, crew: Browser, registrar: Browser) -> None:
    made = put(crew, asked("bin/50"))
    southern = office.at(office.person(Role.CREW, district="south"))
    assert southern.get("districts/south/enrolments")["enrolments"] == []
    assert reason(southern.ask("GET", f"districts/south/enrolments/{made['id']}")) == (404, "not-found")
    page = registrar.get("districts/city/enrolments?state=waiting&limit=1")
    assert [item["id"] for item in page["enrolments"]] == [made["id"]]
    assert page["next"] is not None
    older = registrar.get(f"districts/city/enrolments?state=waiting&limit=1&cursor={page['next']}")
    assert older["enrolments"][0]["subject"] == "bin/30"


def test_a_key_for_the_desk_decides_and_does_nothing_else(office: Office, crew: Browser) -> None:
    made = put(crew, asked("bin/60"))
    desk = office.at(office.person(Role.REGISTRAR))
    asked_for = {"name": "desk", "scopes": ["enrolments:read", "enrolments:decide"], "days": 1}
    text = desk.ask("POST", "api-keys", asked_for).json()["text"]
    program, by = office.browser(), {"authorization": f"Bearer {text}", "x-civicroot-request": "", "sec-fetch-site": ""}
    assert program.get("districts/city/enrolments", **by)["enrolments"][0]["id"] == made["id"]
    path = f"districts/city/enrolments/{made['id']}/decision"
    assert program.ask("PUT", path, {"decision": "approved"}, **by).status_code == 200
    assert reason(program.ask("GET", "session", **by)) == (403, "wrong-scope")


def test_settings_go_to_a_signed_in_crew_and_the_trail_says_so(office: Office, crew: Browser) -> None:
    answer = crew.ask("POST", "districts/north/site")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["wifi"]["password"] == "a secret of the street"
    assert found["keys"]["registrar"] == office.served.city.city.registrar.public.hex()
    assert (found["account"], found["configuration"]) == (True, ["report.interval_s=300"])
    kid = Signer.generate().kid.hex()
    account = crew.ask("POST", "districts/north/site/accounts", {"kid": kid})
    assert account.json() == {"username": kid, "password": "x"}
    done = [(row.action, row.target) for row in office.trail()]
    assert done[-2:] == [("site-shown", "site/north"), ("broker-account-made", f"device/{kid}")]
    enrolled = office.served.city.enrol_device("bin/70")
    again = crew.ask("POST", "districts/north/site/accounts", {"kid": enrolled.kid.hex()})
    assert reason(again) == (409, "already-enrolled"), "nobody takes a device off its broker by this"
    assert office.trail()[-1].target == f"device/{kid}"
    southern = office.at(office.person(Role.CREW, district="south"))
    assert reason(southern.ask("POST", "districts/south/site")) == (404, "not-found")


def test_nobody_has_accounts_made_without_end(office: Office, crew: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.served.app.state, "broker_accounts", Bucket("accounts", 2, 2 / 3600, lambda: 0.0))

    def made(browser: Browser) -> Any:
        return browser.ask("POST", "districts/north/site/accounts", {"kid": Signer.generate().kid.hex()})

    assert [made(crew).status_code for _ in range(2)] == [201, 201]
    before, refused = len(office.trail()), made(crew)
    assert reason(refused) == (429, "too-many-requests")
    assert refused.headers["retry-after"] == "1800"
    assert len(office.trail()) == before, "none was made"
    assert made(office.at(office.person(Role.CREW, district="north"))).status_code == 201, "others go on"


def test_a_label_has_what_people_need_and_no_secret(crew: Browser, tmp_path: Path) -> None:
    made = put(crew, asked("bin/80", label="서울광장 앞", asset="A-80"))
    path = f"districts/north/enrolments/{made['id']}/label"
    svg = crew.ask("GET", f"{path}.svg")
    for wanted in ("bin/80", "서울광장 앞", "A-80", "+82 2 120", made["kid"][:4]):
        assert wanted in svg.text
    assert "secret" not in svg.text
    pdf = crew.ask("GET", f"{path}.pdf")
    assert labels.size_mm(pdf.content) == (50.0, 30.0)
    (page,) = labels.pages(pdf.content)
    assert labels.read_code(page, tmp_path) == "HTTPS://CITY.EXAMPLE/B/80"


def test_a_site_file_that_is_wrong_stops_the_start(office: Office, tmp_path: Path) -> None:
    policy = office.backend.policy
    with pytest.raises(ConfigurationError, match=r"sites\.north: .*is of realm elsewhere\.example"):
        sites.load({"north": write_site(tmp_path, "elsewhere.example")}, policy)
    (tmp_path / "site.toml").write_text("realm = 3")
    with pytest.raises(ConfigurationError, match=r"sites\.north: .*realm is of a wrong type"):
        sites.load({"north": tmp_path / "site.toml"}, policy)
    assert create_app(office.backend).state.sites.of("north").support == "+82 2 120"


def test_a_city_keeps_so_many_and_no_more(crew: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MAX_OPEN", 0)
    assert reason(crew.ask("POST", "districts/north/enrolments", asked("bin/90"))) == (503, "no-room")
