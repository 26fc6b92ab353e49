"""Who is told, how often, and what becomes of it: a real SMTP server, a real HTTP server, and power cuts in between."""

import base64
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from civicroot_backend.alarms import outbox
from civicroot_backend.alarms.dispatcher import PAUSES, Dispatcher
from civicroot_backend.alarms.mail import Mailer
from civicroot_backend.alarms.settings import Smtp
from civicroot_backend.alarms.webhook import Webhooks
from civicroot_backend.people.roles import Role
from sqlalchemy import Engine, event

from tests.backend.alarms.conftest import FULL, Watch, rule
from tests.backend.alarms.receivers import PASSWORD, USER, Hook, Mailbox, mail_server, web_server
from tests.backend.people.office import reason

DAY = 86_400
HERE = {"webhook_networks": ["127.0.0.0/8"]}
pytestmark = pytest.mark.parametrize("watch", [HERE], indirect=True)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="module")
def mail_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    with mail_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


@pytest.fixture
def box(mail_box: Mailbox) -> Mailbox:
    mail_box.messages.clear()
    mail_box.encrypted.clear()
    mail_box.answer = "250 taken"
    return mail_box


def smtp(box: Mailbox, **changes: Any) -> Smtp:
    values = {"host": "localhost", "port": box.port, "security": "starttls", "ca_file": box.ca_file}
    values |= {"user": USER, "password": PASSWORD, "sender": "alarms@city.example"}
    return Smtp(**{**values, **changes})


def dispatcher(watch: Watch, box: Mailbox | None = None) -> Dispatcher:
    """One that knows nothing but what the database has."""
    old = watch.city.backend.alarms.dispatcher
    mailer = None if box is None else Mailer(smtp(box))
    webhooks = Webhooks(old.webhooks._networks, old._clock)
    return Dispatcher(
        watch.city.backend.database, old.writer, mailer, "alarms@city.example", webhooks, old._clock, lambda: 1.0
    )


def target(watch: Watch, kind: str, address: str, language: str = "en") -> dict[str, Any]:
    body = {"name": f"Team by {kind}", "kind": kind, "address": address, "language": language}
    answer = watch.operator.ask("POST", "districts/city/alarm-targets", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def messages(watch: Watch, made: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = watch.operator.get(f"districts/city/alarm-targets/{made['target']['id']}/messages")[
        "items"
    ]
    return found


def ringing(watch: Watch, made: dict[str, Any], **fields: Any) -> Any:
    """A bin that is full, and a rule that tells the target."""
    key = watch.city.enrol_device("bin/12")
    watch.make({**FULL, "for_seconds": 0, "targets": [made["target"]["id"]], **fields})
    watch.fill(key, 95)
    watch.judge()
    return key


def test_a_webhook_is_signed_and_names_what_rang_with_its_proof(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    key = ringing(watch, made)
    assert dispatcher(watch).step() == 1
    (request,) = hook.requests
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert int(headers["webhook-timestamp"]) == watch.now
    said = json.loads(request.body)
    assert (said["type"], said["data"]["rule"], said["data"]["count"]) == ("alarm.raised", FULL["name"], 1)
    (alarm,) = said["data"]["alarms"]
    assert (alarm["subject"], alarm["value"]) == ("bin/12", "0.95")
    assert alarm["proof"] == f"https://city.example/api/v1/devices/{key.kid.hex()}/records/0/proof"
    watch.fill(key, 10)
    watch.judge()
    dispatcher(watch).step()
    assert json.loads(hook.requests[1].body)["type"] == "alarm.cleared"
    assert [(one["event"], one["state"], one["attempts"]) for one in messages(watch, made)] == [
        ("cleared", "sent", 1),
        ("raised", "sent", 1),
    ]


def test_mail_goes_by_tls_after_signing_in_in_the_language_of_its_target(watch: Watch, box: Mailbox) -> None:
    watch.city.backend.alarms.dispatcher._mailer = Mailer(smtp(box))
    words = {"en": "Alarm", "ko": "경보", "zh": "告警"}
    targets = [target(watch, "email", f"{language}@city.example", language) for language in words]
    ringing(watch, targets[0], targets=[made["target"]["id"] for made in targets])
    dispatcher(watch, box).step()
    assert box.encrypted == [True] * len(words)
    for made, mail, (language, word) in zip(targets, box.messages, words.items(), strict=True):
        assert (mail["to"], mail["from"]) == (f"{language}@city.example", "alarms@city.example")
        assert mail["auto-submitted"] == "auto-generated"
        assert word in mail["subject"]
        assert "bin/12" in mail["subject"]
        text = mail.get_content()
        assert "0.95" in text
        assert "https://city.example/alarms" in text
        assert mail["message-id"] == f"<{messages(watch, made)[0]['key']}@city.example>"


def test_mail_that_cannot_go_safely_waits(watch: Watch, box: Mailbox) -> None:
    backend = watch.city.backend
    backend.alarms.dispatcher._mailer = Mailer(smtp(box))
    for wrong in ({"password": "another"}, {"ca_file": None}, {"port": 1}):
        made = target(watch, "email", "waste@city.example")
        backend.alarms.dispatcher._mailer = Mailer(smtp(box, **wrong))
        answer = watch.operator.ask("POST", f"districts/city/alarm-targets/{made['target']['id']}/test")
        assert answer.status_code == 201
        backend.alarms.dispatcher.step()
        (message,) = messages(watch, made)
        assert (message["state"], message["attempts"], box.messages) == ("waiting", 1, [])
        assert message["trouble"].startswith("the mail server")
        assert watch.office.trail()[-1].action == "alarm-target-tested"


def test_what_is_not_taken_is_tried_for_a_day_with_growing_pauses_and_then_dead(watch: Watch, hook: Hook) -> None:
    hook.status = 503
    made = target(watch, "webhook", hook.url)
    ringing(watch, made)
    begun, times = watch.now, []
    while (found := messages(watch, made)) == [] or found[0]["state"] == "waiting":
        times.append(watch.now - begun)
        assert dispatcher(watch).step() == 1
        assert dispatcher(watch).step() == 0, "not before its time"
        watch.office.later(round(dispatcher(watch).wait(float(DAY))))
    assert [after - before for before, after in itertools.pairwise(times)] == list(PAUSES)
    assert len(set(hook.ids)) == 1, "the same message every time"
    assert (found[0]["state"], found[0]["trouble"], found[0]["next"]) == ("dead", "127.0.0.1 answers 503", None)
    assert sum(PAUSES) >= DAY


def test_who_is_gone_is_not_asked_again_and_no_redirection_is_followed(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    hook.status, hook.location = 302, hook.url
    ringing(watch, made)
    dispatcher(watch).step()
    assert (len(hook.requests), messages(watch, made)[0]["state"]) == (1, "waiting")
    hook.status = 410
    watch.office.later(PAUSES[0])
    dispatcher(watch).step()
    assert messages(watch, made)[0]["state"] == "dead"


def test_a_value_that_dances_on_its_limit_rings_once_in_the_quiet_time(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    key = ringing(watch, made, quiet_seconds=3600)
    dispatcher(watch).step()
    for percent in (10, 95, 10, 95, 10, 95):
        watch.later(60)
        watch.fill(key, percent)
        watch.judge()
        dispatcher(watch).step()
    assert [json.loads(one.body)["type"] for one in hook.requests] == ["alarm.raised", "alarm.cleared"]
    (found,) = watch.open()
    assert found["told_at"] == watch.office.at_time(3600 - 360)
    assert len(watch.open(state="over")) == 3, "all of it is on the list"
    watch.later(3600 - 361)
    dispatcher(watch).step()
    assert len(hook.requests) == 2
    watch.later(1)
    dispatcher(watch).step()
    assert [json.loads(one.body)["type"] for one in hook.requests][2:] == ["alarm.raised"], "it is so still"


def test_what_somebody_has_seen_is_not_told_later(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    key = ringing(watch, made, quiet_seconds=3600)
    dispatcher(watch).step()
    for percent in (10, 95):
        watch.fill(key, percent)
        watch.judge()
    dispatcher(watch).step()
    (found,) = watch.open()
    assert watch.operator.ask("POST", f"districts/city/alarms/{found['id']}/acknowledgement", {}).status_code == 201
    watch.later(3600)
    dispatcher(watch).step()
    assert len(hook.requests) == 2


def test_many_at_once_are_one_message_that_counts_all(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    keys = [watch.city.enrol_device(f"bin/{number}") for number in range(30)]
    watch.make({**FULL, "for_seconds": 0, "targets": [made["target"]["id"]]})
    watch.city.commit([watch.city.fill(key, 0, 95, watch.now) for key in keys])
    watch.judge()
    assert dispatcher(watch).step() == 1
    said = json.loads(hook.requests[0].body)["data"]
    assert (said["count"], len(said["alarms"])) == (30, outbox.MAX_NAMED)


def test_a_rule_with_any_number_of_open_alarms_is_removed_in_statements_of_one_size(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    keys = [watch.city.enrol_device(f"bin/{number}") for number in range(30)]
    kept = watch.make({**FULL, "for_seconds": 0, "targets": [made["target"]["id"]]})
    watch.city.commit([watch.city.fill(key, 0, 95, watch.now) for key in keys])
    watch.judge()
    sizes: list[int] = []

    def counts(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "alarm" in statement and statement.startswith("UPDATE"):
            sizes.append(len(parameters))

    event.listen(Engine, "before_cursor_execute", counts)
    try:
        path = f"districts/city/alarm-rules/{kept['id']}"
        assert watch.operator.ask("DELETE", path, **{"if-match": '"1"'}).status_code == 204
    finally:
        event.remove(Engine, "before_cursor_execute", counts)
    assert 0 < max(sizes) < len(keys), sizes
    assert [one["cleared_why"] for one in watch.open(state="over")] == ["rule-removed"] * len(keys)
    assert dispatcher(watch).step() == 0
    assert hook.requests == [], "what was about to be told is not"


class PowerCut(Exception):
    """The process ends here."""


CUTS = ("before-pack", "in-pack", "after-pack", "before-send", "after-send", "in-taken")


def cut_at(cut: str, dying: Dispatcher, patch: pytest.MonkeyPatch) -> None:
    """Let the process end at this place of its step."""

    def ends(*_: object) -> None:
        raise PowerCut

    send = dying.send
    if cut == "after-pack":
        assert dying.pack()
    places: dict[str, tuple[object, str, object]] = {
        "before-pack": (dying, "pack", ends),
        "in-pack": (outbox, "_write", ends),
        "after-pack": (dying, "pack", ends),
        "before-send": (dying, "send", ends),
        "after-send": (dying, "send", lambda *one: (send(*one), ends())),
        "in-taken": (outbox, "taken", ends),
    }
    patch.setattr(*places[cut])


def test_a_power_cut_loses_no_message_and_repeats_one_only_with_its_key(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    watch.make({**FULL, "for_seconds": 0, "targets": [made["target"]["id"]]})
    for cut in CUTS:
        watch.fill(watch.city.enrol_device(f"bin/{cut}"), 95)
        watch.judge()
        hook.requests.clear()
        with pytest.MonkeyPatch.context() as patch:
            dying = dispatcher(watch)
            cut_at(cut, dying, patch)
            with pytest.raises(PowerCut):
                dying.step()
        again = dispatcher(watch)
        again.step()
        assert again.step() == 0
        assert len(set(hook.ids)) == 1, cut
        assert len(hook.requests) == (2 if cut in ("after-send", "in-taken") else 1), cut
    assert [one["state"] for one in messages(watch, made)] == ["sent"] * len(CUTS)


def test_private_addresses_are_refused_unless_the_configuration_names_them(watch: Watch) -> None:
    for address, why in (
        ("https://10.1.2.3/hook", "public network"),
        ("https://[fd00::1]/hook", "public network"),
        ("https://[::ffff:169.254.169.254]/latest", "public network"),
        ("http://93.184.216.34/hook", "TLS"),
        ("https://user:secret@93.184.216.34/", "password"),
        ("ftp://127.0.0.1/", "https"),
    ):
        body = {"name": "Hook", "kind": "webhook", "address": address}
        answer = watch.operator.ask("POST", "districts/city/alarm-targets", body)
        assert answer.status_code == 422, address
        assert why in answer.json()["detail"], answer.text
    body = {"name": "Mail", "kind": "email", "address": "waste@city.example"}
    assert reason(watch.operator.ask("POST", "districts/city/alarm-targets", body)) == (422, "bad-rule")


def test_a_target_that_is_removed_is_told_nothing_more(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    ringing(watch, made)
    path = f"districts/city/alarm-targets/{made['target']['id']}"
    assert watch.operator.ask("DELETE", path).status_code == 204
    dispatcher(watch).step()
    assert hook.requests == []
    (kept,) = watch.operator.get("districts/city/alarm-rules")["items"]
    assert kept["rule"]["targets"] == []


def test_a_rule_of_a_district_tells_its_own_people_and_the_citys(watch: Watch, hook: Hook) -> None:
    for slug in ("north", "south"):
        watch.office.district(slug)
    body = {"name": "South", "kind": "webhook", "address": hook.url}
    south = watch.operator.ask("POST", "districts/south/alarm-targets", body).json()["target"]["id"]
    city = target(watch, "webhook", hook.url)["target"]["id"]
    wrong = rule("flag", parameters={"flags": ["fire"]}, targets=[south])
    assert watch.operator.ask("POST", "districts/north/alarm-rules", wrong).status_code == 422
    right = {**wrong, "targets": [city]}
    assert watch.operator.ask("POST", "districts/north/alarm-rules", right).status_code == 201
    listed = watch.operator.get("districts/north/alarm-targets")["items"]
    assert [one["id"] for one in listed] == [city]


def test_the_path_of_a_webhook_is_shown_to_its_operators_alone(watch: Watch, hook: Hook) -> None:
    watch.office.district("north")
    made = target(watch, "webhook", hook.url)
    origin = hook.url.removesuffix("/hook?of=civicroot")
    assert made["target"]["address"] == hook.url
    detail = watch.office.trail()[-1].detail
    assert origin in detail
    assert "/hook" not in detail
    north = watch.office.person(Role.OPERATOR, district="north")
    for person, path, shown in (
        (watch._person, "city", hook.url),
        (watch._person, "north", hook.url),
        (watch.office.person(Role.AUDITOR), "city", origin),
        (watch.office.person(Role.CREW), "city", origin),
        (north, "north", origin),
    ):
        (found,) = watch.at(person).get(f"districts/{path}/alarm-targets")["items"]
        assert found["address"] == shown, (person.login, path)


def test_the_threads_judge_and_tell_by_themselves_and_end_when_told(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    key = watch.city.enrol_device("bin/12")
    watch.make({**FULL, "for_seconds": 0, "targets": [made["target"]["id"]]})
    desk, stop = watch.city.backend.alarms, threading.Event()
    threads = [threading.Thread(target=run, args=(stop,)) for run in (desk.watch, desk.tell)]
    for thread in threads:
        thread.start()
    watch.fill(key, 95)
    assert hook.came.wait(60)
    stop.set()
    desk.close()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert json.loads(hook.requests[0].body)["type"] == "alarm.raised"
