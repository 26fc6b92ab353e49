"""The staff's page of people over the real backend: let in, given roles, signed out, ended; keys; the trail's proof."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from civicroot_backend import realm
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.people import passwords
from civicroot_backend.people.api_keys import Scope
from civicroot_backend.people.roles import Role
from civicroot_wire import statement
from playwright.sync_api import Browser, Page, expect

from tests.backend.alarms.conftest import Watch
from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Office, Person
from tests.web.conftest import phone
from tests.web.test_accessibility import RULES, findings
from tests.web.test_browser_staff_alarms import part
from tests.web.tools import WEB


@pytest.fixture(scope="module")
def watch(built_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses())
    with pytest.MonkeyPatch.context() as patch, serve(city, built_pages) as served:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        office = Office(served)
        office.district("north")
        yield Watch(office, office.person(Role.OPERATOR), origin=served.url)
    city.close()


def opened(page: Page, watch: Watch, person: Person | None = None) -> None:
    browser = watch.operator if person is None else watch.at(person)
    cookies = browser.cookies.items()
    page.context.add_cookies([{"name": name, "value": value, "url": watch.url} for name, value in cookies])
    page.clock.set_fixed_time(datetime.fromtimestamp(watch.now, UTC))
    page.goto(f"{watch.url}/people")


def test_somebody_is_let_in_given_roles_signed_out_and_ended(browser: Browser, watch: Watch) -> None:
    with phone(browser, "block") as page:
        opened(page, watch)
        page.select_option("select[data-district]", "north")
        form = page.locator("[data-form=invite]")
        form.get_by_label("Name", exact=True).fill("Min Kim")
        form.get_by_label("Login").fill("min.kim")
        form.locator("[data-role=crew]").check()
        form.locator("[data-action=invite]").click()
        expect(page.locator("[data-link]")).to_have_text(re.compile("#invitation="))
        token = page.locator("[data-link]").inner_text().rpartition("=")[2]
        guest = watch.office.browser()
        guest.origin = watch.origin
        body = {"token": token, "password": "a sentence that only Min knows"}
        assert guest.ask("POST", "invitation/password", body).status_code == 201
        row = page.locator("[data-account='min.kim']")
        row.locator("[data-action=open-account]").click()
        row.locator("[data-role=operator]").check()
        row.locator("[data-action=save-roles]").click()
        expect(row).to_contain_text("Operator")
        row.locator("[data-action=sessions]").click()
        expect(row.locator("[data-session]")).to_have_count(1)
        row.locator("[data-action=sign-out]").click()
        expect(row.locator("[data-session]")).to_have_count(0)
        assert not guest.signed_in
        row.locator("[data-action=end-account]").click()
        row.locator("[data-action=end-account-sure]").click()
        expect(row).to_have_attribute("data-active", "false")
        assert findings(page, RULES) == []


def test_a_key_has_a_purpose_an_end_and_is_revoked(browser: Browser, watch: Watch) -> None:
    with phone(browser, "block") as page:
        opened(page, watch)
        part(page, "keys")
        form = page.locator("[data-form=key]")
        form.get_by_label("Name").fill("Nightly export")
        form.locator("[data-scope='alarms:read']").check()
        form.get_by_label("Valid for, days").fill("7")
        form.locator("[data-action=make-key]").click()
        expect(page.locator("[data-secret]")).to_have_text(re.compile("^civicroot_"))
        text = page.locator("[data-secret]").inner_text()

        def works() -> bool:
            answer = watch.office.served.client.get(
                "/api/v1/districts/city/alarms", headers={"authorization": f"Bearer {text}"}
            )
            return answer.status_code == 200

        assert works()
        key = page.locator("[data-key='Nightly export']")
        expect(key).to_contain_text("see alarms")
        key.locator("[data-action=revoke]").click()
        key.locator("[data-action=revoke-sure]").click()
        expect(key).to_have_attribute("data-over", "true")
        assert not works()


def test_the_trail_says_what_the_log_fixes(browser: Browser, watch: Watch) -> None:
    with phone(browser, "block") as page:
        opened(page, watch)
        part(page, "trail")
        line = page.locator("[data-list=trail] [data-line]").first
        expect(line).to_be_visible()
        expect(line).to_have_attribute("data-entry", "none")
        index = logged(watch)
        part(page, "accounts")
        part(page, "trail")
        proved = page.locator(f"[data-list=trail] [data-entry='{index}']")
        expect(proved.first.locator("a")).to_have_attribute("href", f"/entry?index={index}")
        assert watch.office.served.client.get(f"/entries/{index}").status_code == 200


def logged(watch: Watch) -> int:
    """The log gets the batch that is due; the index of its statement."""
    from civicroot_backend.audit_trail.publisher import BATCH_SECONDS, Publisher  # noqa: PLC0415
    from civicroot_backend.entries.organisation import Organisation  # noqa: PLC0415

    backend = watch.city.backend
    key = watch.city.city.enrolled(backend, "organisation/city", statement.ROLE)
    parts = (backend.database, backend._submissions, backend.keys)
    organisation = Organisation(*parts, key, backend.realm, "https://city.example")
    publisher = Publisher(organisation, organisation.public_url, lambda: watch.now + BATCH_SECONDS)
    assert publisher.step() == 1
    watch.city.publish()
    found: int = watch.operator.get("districts/city/audit-trail?limit=200")["items"][-1]["entry"]
    return found


def test_an_auditor_looks_and_changes_nothing(browser: Browser, watch: Watch) -> None:
    with phone(browser, "block") as page:
        opened(page, watch, watch.office.person(Role.AUDITOR))
        expect(page.locator("[data-list=accounts]")).to_be_visible()
        expect(page.locator("[data-form=invite], [data-action=open-account]")).to_have_count(0)
        part(page, "ways")
        expect(page.locator("[data-list=districts]")).to_contain_text("North")
        expect(page.locator("[data-form=district]")).to_have_count(0)


def test_districts_are_added_by_the_citys_operator(browser: Browser, watch: Watch) -> None:
    with phone(browser, "block") as page:
        opened(page, watch)
        part(page, "ways")
        form = page.locator("[data-form=district]")
        form.get_by_label("Name", exact=True).fill("South End")
        form.get_by_label("Name in addresses").fill("south-end")
        form.locator("[data-action=add-district]").click()
        expect(page.locator("[data-slug=south-end]")).to_contain_text("South End")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_people_is_for_everybody_in_every_language(
    browser: Browser, watch: Watch, scheme: Literal["light", "dark"]
) -> None:
    with phone(browser, "block", scheme) as page:
        opened(page, watch)
        for language, letters in (("en", "[a-z]"), ("ko", "[가-힣]"), ("zh", r"[\u4e00-\u9fff]")):
            page.select_option("select[data-language]", language)
            expect(page.locator("h1")).to_have_text(re.compile(letters, re.IGNORECASE))
            for name, settled in (
                ("accounts", "accounts"),
                ("keys", "keys"),
                ("trail", "trail"),
                ("ways", "districts"),
            ):
                part(page, name)
                expect(page.locator(f"[data-list={settled}]")).to_be_visible()
                assert language != "en" or findings(page, RULES) == [], name
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_every_action_and_scope_has_words() -> None:
    texts = (WEB / "src/texts/people.ts").read_text()
    api = (WEB / "src/pages/people/api.ts").read_text()
    assert [name for name in Action if texts.count(f'"{name}":') + texts.count(f"    {name}:") != 3] == []
    assert [name for name in Scope if f'"{name}"' not in api] == []
