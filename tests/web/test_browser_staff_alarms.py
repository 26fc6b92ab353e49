"""The staff's page of alarms over the real backend: tried on the past, raised, told, seen, over; for everybody."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from civicroot_backend import realm
from civicroot_backend.alarms.mail import Mailer
from civicroot_backend.people import passwords
from civicroot_backend.people.roles import Role
from playwright.sync_api import Browser, Page, expect

from tests.backend.alarms.conftest import FULL, Watch, rule
from tests.backend.alarms.receivers import Hook, Mailbox, mail_server, web_server
from tests.backend.alarms.test_telling import smtp
from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Office, Person
from tests.web.conftest import phone
from tests.web.test_accessibility import RULES, findings

NETWORKS = {"webhook_networks": ["127.0.0.0/8"]}
DAY = 86_400


@pytest.fixture(scope="module")
def watch(built_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses(), notifications=NETWORKS)
    city.backend.alarms.looker.hearing.hears = lambda: True
    with pytest.MonkeyPatch.context() as patch, serve(city, built_pages) as served:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        office = Office(served)
        yield Watch(office, office.person(Role.OPERATOR), origin=served.url)
    city.close()


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    with mail_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


def opened(page: Page, watch: Watch, person: Person | None = None) -> None:
    """The page of a browser in which somebody has signed in, at the city's time."""
    browser = watch.operator if person is None else watch.at(person)
    page.context.add_cookies(
        [{"name": name, "value": value, "url": watch.url} for name, value in browser.cookies.items()]
    )
    page.clock.set_fixed_time(datetime.fromtimestamp(watch.now, UTC))
    page.goto(f"{watch.url}/alarms")


def part(page: Page, name: str) -> None:
    page.locator(f"[data-part={name}]").click()


def tell(watch: Watch) -> None:
    watch.city.backend.alarms.dispatcher.step()


def test_from_a_rule_tried_on_the_past_to_an_alarm_that_is_told_seen_and_over(
    browser: Browser, watch: Watch, hook: Hook, box: Mailbox
) -> None:
    watch.city.backend.alarms.dispatcher._mailer = Mailer(smtp(box))
    watch.city.backend.alarms.dispatcher._sender = "alarms@city.example"
    key = watch.city.enrol_device("bin/12")
    for percent in (95, 20):
        watch.fill(key, percent)
        watch.later(1800)
    watch.city.publish()
    with phone(browser, "block") as page:
        opened(page, watch)
        expect(page.locator("[data-alarms=open] .calm")).to_have_text("No rule rings.")
        part(page, "targets")
        for kind, name, address in (("webhook", "Dispatch", hook.url), ("email", "Waste team", "waste@city.example")):
            form = page.locator("[data-form=target]")
            form.get_by_label("Name").fill(name)
            form.get_by_label("Told by").select_option(kind)
            form.get_by_label("Address").fill(address)
            form.locator("[data-action=add-target]").click()
            expect(page.locator(f"[data-list=targets] [data-kind={kind}]")).to_contain_text(name)
            if kind == "webhook":
                expect(page.locator("[data-secret]")).to_have_text(re.compile("^whsec_"))
        page.locator("[data-kind=webhook] [data-action=test]").click()
        expect(page.locator("[data-event=test]")).to_have_attribute("data-state", "waiting")
        tell(watch)
        expect(page.locator("[data-event=test]")).to_have_attribute("data-state", "sent")
        assert len(hook.requests) == 1

        part(page, "rules")
        page.locator("[data-action=new-rule]").click()
        form = page.locator("[data-form=rule]")
        form.get_by_label("Name", exact=True).fill("Bins that are full")
        form.get_by_label("For at least, minutes").fill("10")
        for box_of in form.locator("[data-target]").all():
            box_of.check()
        page.locator("[data-action=try]").click()
        expect(page.locator("[data-trial]")).to_have_attribute("data-rang", "1")
        proof = page.locator("[data-span='bin/12'] [data-proof]").first.get_attribute("href") or ""
        assert watch.office.served.client.get(proof).status_code == 200
        form.locator("[data-action=save]").click()
        expect(page.locator("[data-rule]")).to_contain_text("Fill level from 0.9 on, until 0.8, for 10 minutes")
        expect(page.locator("[data-rule]")).to_contain_text("tells Dispatch and Waste team".replace(" and ", ", "))

        page.locator("[data-action=new-rule]").click()
        form.get_by_label("Name", exact=True).fill("Tampering")
        form.get_by_label("Rings when").select_option("refused")
        expect(form.locator("[data-flag=bad-signature]")).to_be_checked()
        form.locator("[data-flag=revoked]").uncheck()
        form.get_by_label("Readings refused, at least").fill("2")
        form.locator("[data-action=save]").click()
        sentence = (
            "2 readings of a gateway or more are refused within 60 minutes: signature that does not fit, unknown key"
        )
        expect(page.locator("[data-rule]").last).to_contain_text(sentence)

        part(page, "open")
        expect(page.locator("[data-connected=true]")).to_be_visible()
        watch.judge()
        watch.fill(key, 97)
        watch.later(600)
        alarm = page.locator("[data-alarms=open] [data-subject='bin/12']")
        expect(alarm.locator("[data-value]")).to_have_text("0.97")
        tell(watch)
        assert [request.headers["webhook-id"] for request in hook.requests[1:]] != []
        assert "Bins that are full" in box.messages[0]["subject"]
        alarm.locator("[data-action=acknowledge]").click()
        alarm.get_by_label("Note").fill("On our way")
        alarm.locator("[data-action=send]").click()
        expect(alarm.locator("[data-acknowledged]")).to_contain_text("On our way")
        watch.fill(key, 5)
        watch.later(1)
        expect(page.locator("[data-alarms=open] .calm")).to_be_visible()
        page.locator(".over summary").click()
        expect(page.locator("[data-alarms=over] [data-cleared=good]")).to_contain_text("On our way")
        for where, rows in (("[data-alarms=open]", 0), (".over", 1)):
            file = page.locator(f"{where} [data-files] [data-format=csv]").get_attribute("href") or ""
            lines = watch.operator.ask("GET", file.removeprefix("/api/v1/")).text.splitlines()
            assert len(lines) == 1 + rows, "a file has what its list shows"
        assert findings(page, RULES) == []
    tell(watch)
    assert b"alarm.cleared" in hook.requests[-1].body


def test_who_may_only_look_sees_no_buttons_and_strangers_see_the_way_in(browser: Browser, watch: Watch) -> None:
    watch.make(rule("flag", name="Fire", parameters={"flags": ["fire"]}))
    with phone(browser, "block") as page:
        page.goto(f"{watch.url}/alarms")
        expect(page.locator("[data-action=sign-in]")).to_have_attribute("href", "/sign-in#next=%2Falarms")
        opened(page, watch, watch.office.person(Role.AUDITOR))
        part(page, "rules")
        expect(page.locator("[data-rule]").first).to_be_visible()
        expect(page.locator("[data-action=edit], [data-action=new-rule]")).to_have_count(0)
        part(page, "targets")
        expect(page.locator("[data-list=targets]")).to_be_visible()
        expect(page.locator("[data-action=test], [data-form=target]")).to_have_count(0)
    with phone(browser, "block") as page:
        opened(page, watch, watch.office.person(Role.PARTNER))
        expect(page.locator("[data-notice=empty]")).to_contain_text("you have no role")


def test_a_rule_that_somebody_changed_meanwhile_is_not_overwritten(browser: Browser, watch: Watch) -> None:
    made = watch.make(rule("flag", name="Tilted", parameters={"flags": ["tilt"]}))
    with phone(browser, "block") as page:
        opened(page, watch)
        part(page, "rules")
        row = page.locator(f"[data-rule='{made['id']}']")
        row.locator("[data-action=edit]").click()
        body = {**made["rule"], "name": "Tilted or knocked"}
        path = f"districts/city/alarm-rules/{made['id']}"
        assert watch.operator.ask("PUT", path, body, **{"if-match": '"1"'}).status_code == 200
        page.locator("[data-action=save]").click()
        expect(page.locator("[data-trouble]")).to_contain_text("Somebody changed it meanwhile")
        page.locator("[data-action=cancel]").click()
        part(page, "open")
        part(page, "rules")
        expect(row).to_contain_text("Tilted or knocked")
        row.locator("[data-action=remove-rule]").click()
        row.locator("[data-action=remove-rule-sure]").click()
        expect(row).to_have_count(0)


def test_by_keyboard_alone_a_rule_is_made(browser: Browser, watch: Watch) -> None:
    with phone(browser, "block") as page:
        opened(page, watch)
        page.locator("[data-part=rules]").focus()
        page.keyboard.press("Enter")
        page.locator("[data-action=new-rule]").focus()
        page.keyboard.press("Enter")
        page.locator("[data-form=rule] input[name=name]").focus()
        page.keyboard.type("Made without a mouse")
        page.keyboard.press("Enter")
        expect(page.locator("[data-list=rules]")).to_contain_text("Made without a mouse")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_alarms_are_for_everybody_in_every_language(
    browser: Browser, watch: Watch, scheme: Literal["light", "dark"]
) -> None:
    key = watch.city.enrol_device(f"bin/{scheme}")
    watch.make({**FULL, "for_seconds": 0, "name": "0.9"})
    watch.fill(key, 99)
    watch.judge()
    with phone(browser, "block", scheme) as page:
        opened(page, watch)
        for language, letters in (("en", "[a-z]"), ("ko", "[가-힣]"), ("zh", r"[\u4e00-\u9fff]")):
            page.select_option("select[data-language]", language)
            part(page, "open")
            expect(page.locator("h1")).to_have_text(re.compile(letters, re.IGNORECASE))
            expect(page.locator(f"[data-subject='bin/{scheme}'] .state").first).to_have_text(re.compile(letters))
            assert language != "en" or findings(page, RULES) == []
            part(page, "rules")
            page.locator("[data-action=new-rule]").click()
            for kind in ("threshold", "rise", "flag", "lost", "anchor", "gateway"):
                page.select_option("select[name=kind]", kind)
            assert language != "en" or findings(page, RULES) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            part(page, "targets")
            expect(page.locator("[data-list=targets]")).to_be_visible()
            assert language != "en" or findings(page, RULES) == []
