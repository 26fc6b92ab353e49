"""Signing in by another service: the whole way, and everything that a provider, a thief or a neighbour could fake."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.people.oidc.client import KEPT_SECONDS, KEYS_AGAIN_SECONDS
from civicroot_backend.people.oidc.flow import VALID_SECONDS
from civicroot_backend.people.oidc.provider import of_configuration
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.backend.api_city import OpenCity, serve
from tests.backend.city import NOW
from tests.backend.people import provider as providers
from tests.backend.people.office import Browser, Office, reason
from tests.backend.people.provider import CLIENT, SECRET, Provider
from tests.support.brokers import free_port

START = "session/oidc/staff"
OK = ("/sign-in", "")


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with providers.run(NOW) as found:
        yield found


@pytest.fixture(scope="module")
def hall(running: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A city that believes the provider."""
    folder = tmp_path_factory.mktemp("oidc")
    (folder / "secret").write_text(SECRET + "\n")
    table = {
        "label": "City account",
        "issuer": running.issuer,
        "client_id": CLIENT,
        "client_secret_file": str(folder / "secret"),
    }
    city = OpenCity(folder / "city", oidc={"staff": table})
    with serve(city) as served:
        yield Office(served)
    city.close()


@pytest.fixture
def provider(running: Provider, hall: Office) -> Iterator[Provider]:
    """With nothing broken, and forgotten by the city."""
    key = running.key
    forget(hall)
    running.now = hall.served.city.city.now
    yield running
    running.key, running.signs_with = key, None
    for lies in (running.claims, running.header, running.userinfo, running.metadata, running.broken):
        lies.clear()


def forget(hall: Office) -> None:
    """What the city knows of the provider is old."""
    hall.later(KEPT_SECONDS)


def start(browser: Browser) -> str:
    """Where the city sends the browser."""
    answer = browser.ask("GET", START)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(browser: Browser, url: str) -> tuple[str, str]:
    """The page that the browser ends at, and the problem that it says."""
    answer = browser.ask("GET", f"{urlsplit(url).path}?{urlsplit(url).query}", **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 303, answer.text
    assert answer.headers["cache-control"] == "no-store"
    page, _, said = answer.headers["location"].partition("#problem=")
    return page, said


def sign_in(browser: Browser, provider: Provider) -> tuple[str, str]:
    """The whole way."""
    return come_back(browser, provider.authorize(start(browser)))


def vouch(provider: Provider, hall: Office, subject: str) -> str:
    """The provider vouches for somebody who has an account; the login."""
    person = hall.person(login=f"{subject}@city.example")
    provider.claims |= {"sub": subject, "email": person.login, "email_verified": True}
    return person.login


def test_somebody_with_an_account_signs_in(hall: Office, provider: Provider) -> None:
    login = vouch(provider, hall, "a1")
    assert hall.browser().get("sign-in")["providers"] == [
        {"name": "staff", "label": "City account", "path": "/api/v1/session/oidc/staff"}
    ]
    browser = hall.browser()
    url = start(browser)
    asked = parse_qs(urlsplit(url).query)
    assert asked["redirect_uri"] == ["https://city.example/api/v1/session/oidc/staff/return"]
    assert {len(asked[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}
    assert "__Host-civicroot-oidc" in browser.cookies
    assert come_back(browser, provider.authorize(url)) == OK
    assert "__Host-civicroot-oidc" not in browser.cookies
    session = browser.get("session")
    assert (session["login"], session["method"]) == (login, "oidc")
    actions = [(row.action, row.name) for row in hall.trail() if row.target == f"account/{session['account']}"]
    assert actions[-2:] == [("identity-linked", ""), ("signed-in", login)]


def test_the_cookie_for_the_way_comes_back_from_another_site_and_no_script_has_it(
    hall: Office, provider: Provider
) -> None:
    (cookie,) = hall.browser().ask("GET", START).headers.get_list("set-cookie")
    assert re.fullmatch(
        r'__Host-civicroot-oidc="?[\w=-]+"?; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure', cookie
    ), cookie


def test_who_was_linked_once_is_known_by_number_whatever_his_login_becomes(hall: Office, provider: Provider) -> None:
    login = vouch(provider, hall, "b1")
    assert sign_in(hall.browser(), provider) == OK
    provider.claims["email"] = "new.name@city.example"
    browser = hall.browser()
    assert sign_in(browser, provider) == OK
    assert browser.get("session")["login"] == login
    provider.claims |= {"sub": "b2", "email": login}  # the old address is somebody else's now
    assert sign_in(hall.browser(), provider) == ("/sign-in", "no-account")


@pytest.mark.parametrize("email", ["nobody@city.example", "", "x" * 300])
def test_nobody_gets_an_account_by_this(hall: Office, provider: Provider, email: str) -> None:
    provider.claims |= {"sub": "c1", "email": email, "email_verified": True}
    browser = hall.browser()
    assert sign_in(browser, provider) == ("/sign-in", "no-account")
    assert not browser.signed_in


def test_an_address_that_nobody_verified_is_none(hall: Office, provider: Provider) -> None:
    vouch(provider, hall, "d1")
    for verified in (False, None, "true", 1):
        provider.claims["email_verified"] = verified
        assert sign_in(hall.browser(), provider) == ("/sign-in", "provider-refused")


def test_what_the_token_lacks_is_asked_for_and_must_be_of_the_same(hall: Office, provider: Provider) -> None:
    login = vouch(provider, hall, "e1")
    provider.userinfo |= {"sub": "e1", "email": login, "email_verified": True}
    provider.claims |= {"email": None, "email_verified": None}
    assert sign_in(hall.browser(), provider) == OK
    provider.claims["sub"] = "e2"
    assert sign_in(hall.browser(), provider) == ("/sign-in", "provider-refused")


TOKENS = {
    "another issuer": {"iss": "https://evil.example"},
    "for another client": {"aud": "another"},
    "for two, and not for us": {"aud": [CLIENT, "another"], "azp": "another"},
    "for two, and nobody said for whom": {"aud": [CLIENT, "another"]},
    "too old": {"exp": NOW - 61},
    "of the future": {"iat": NOW + (1 << 30)},
    "no end": {"exp": None},
    "another sign-in": {"nonce": "of another"},
    "no sign-in": {"nonce": None},
    "nobody": {"sub": None},
    "a number for a name": {"sub": 12},
    "not for us any more": {"aud": None},
}


@pytest.mark.parametrize("claims", TOKENS.values(), ids=TOKENS)
def test_a_token_that_is_not_for_this_is_refused(hall: Office, provider: Provider, claims: dict[str, object]) -> None:
    vouch(provider, hall, f"f{abs(hash(str(claims)))}")
    provider.claims |= claims
    browser = hall.browser()
    assert sign_in(browser, provider) == ("/sign-in", "provider-refused")
    assert not browser.signed_in


def test_a_token_that_the_provider_did_not_sign_is_refused(hall: Office, provider: Provider) -> None:
    vouch(provider, hall, "g1")
    public = provider.key.as_dict(private=False)
    forged: list[tuple[dict[str, str], ECKey | OctKey | RSAKey | None]] = [
        ({}, ECKey.generate_key("P-256", {"kid": "one"})),
        ({"kid": "two"}, ECKey.generate_key("P-256", {"kid": "two"})),
        ({"alg": "none"}, None),
        ({"alg": "HS256"}, OctKey.import_key(str(public["x"]))),  # the public key for a secret
        ({"alg": "HS256"}, OctKey.import_key(SECRET)),
    ]
    for header, key in forged:
        provider.header = header
        provider.signs_with = key
        assert sign_in(hall.browser(), provider) == ("/sign-in", "provider-refused"), header
    provider.header, provider.signs_with = {}, None
    assert sign_in(hall.browser(), provider) == OK


def test_a_new_key_of_the_provider_is_found_and_not_asked_for_all_the_time(hall: Office, provider: Provider) -> None:
    vouch(provider, hall, "h1")
    assert sign_in(hall.browser(), provider) == OK
    provider.key = ECKey.generate_key("P-256", {"kid": "two"})
    provider.header = {"kid": "two"}
    hall.later(KEYS_AGAIN_SECONDS)
    provider.now += KEYS_AGAIN_SECONDS
    provider.asked.clear()
    assert sign_in(hall.browser(), provider) == OK
    assert provider.asked.count("/keys") == 1
    provider.header = {"kid": "three"}
    for _ in range(3):
        assert sign_in(hall.browser(), provider) == ("/sign-in", "provider-refused")
    assert provider.asked.count("/keys") == 1


def test_a_code_of_somebody_else_signs_nobody_in(hall: Office, provider: Provider) -> None:
    """A thief gives a victim his own way back, or takes the victim's."""
    vouch(provider, hall, "i1")
    thief, victim = hall.browser(), hall.browser()
    stolen = provider.authorize(start(thief))
    assert come_back(victim, stolen) == ("/sign-in", "provider-refused")
    start(victim)
    assert come_back(victim, stolen) == ("/sign-in", "provider-refused")
    assert not victim.signed_in
    browser = hall.browser()
    mine = provider.authorize(start(browser))
    kept = dict(browser.cookies)
    assert come_back(browser, mine) == OK
    again = hall.browser(**kept)
    assert come_back(again, mine) == ("/sign-in", "provider-failed"), "the provider takes a code once"
    assert not again.signed_in


def test_a_way_that_takes_too_long_or_was_cut_is_over(hall: Office, provider: Provider) -> None:
    vouch(provider, hall, "j1")
    browser = hall.browser()
    url = provider.authorize(start(browser))
    hall.later(VALID_SECONDS)
    assert come_back(browser, url) == ("/sign-in", "provider-refused")
    for cookie in ("", "AAAA", "%%", "A" * 200):
        other = hall.browser(**({"__Host-civicroot-oidc": cookie} if cookie else {}))
        assert come_back(other, url) == ("/sign-in", "provider-refused")
    browser = hall.browser()
    state = parse_qs(urlsplit(start(browser)).query)["state"][0]
    back = "https://city.example/api/v1/session/oidc/staff/return?"
    assert come_back(browser, back + urlencode({"state": state, "error": "access_denied"})) == (
        "/sign-in",
        "provider-refused",
    )


BROKEN = {
    "/.well-known/openid-configuration": [(500, b""), (200, b"[]"), (200, b"{"), (200, b"{}"), (302, b"/keys")],
    "/token": [(400, b"{}"), (200, b"{}"), (200, b"x" * 300_000), (302, b"/keys")],
    "/keys": [(200, b"{}"), (200, b'{"keys": [1]}'), (200, b'{"keys": [{"kty": "EC"}]}'), (503, b"")],
}


@pytest.mark.parametrize(("path", "answer"), [(path, one) for path, answers in BROKEN.items() for one in answers])
def test_a_provider_that_does_not_work_is_a_problem_and_no_defect(
    hall: Office, provider: Provider, path: str, answer: tuple[int, bytes]
) -> None:
    vouch(provider, hall, f"k{abs(hash((path, answer)))}")
    provider.broken[path] = answer
    browser = hall.browser()
    begun = browser.ask("GET", START)
    if path.startswith("/.well"):
        assert reason(begun) == (502, "provider-failed")
        return
    said = come_back(browser, provider.authorize(begun.headers["location"]))
    assert said in (("/sign-in", "provider-failed"), ("/sign-in", "provider-refused"))
    assert not browser.signed_in


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
def test_what_a_provider_publishes_is_its_own_and_over_https(
    hall: Office, provider: Provider, lie: dict[str, str]
) -> None:
    provider.metadata |= lie
    assert reason(hall.browser().ask("GET", START)) == (502, "provider-failed")


def test_a_service_that_is_not_configured_is_not_there(hall: Office) -> None:
    assert reason(hall.browser().ask("GET", "session/oidc/other")) == (404, "not-found")
    assert come_back(hall.browser(), "/api/v1/session/oidc/other/return?code=x&state=y") == ("/sign-in", "not-found")


@pytest.mark.parametrize(
    "table",
    [
        {"issuer": "https://x.example"},
        {"client_id": "x"},
        {"issuer": "http://x.example", "client_id": "x"},
        {"issuer": "https://x.example", "client_id": "x", "secret": "y"},
        {"issuer": "https://x.example", "client_id": 1},
        {"issuer": "https://x.example", "client_id": "x", "client_secret_file": "nowhere"},
    ],
)
def test_a_configuration_that_cannot_be_is_refused(table: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        of_configuration({"staff": table}, tmp_path)


@contextmanager
def of_other_people() -> Iterator[str]:
    """oidc-provider-mock in a process of its own, on Authlib's server: its forms, codes and RSA keys; its address."""
    port = free_port()
    claims = '{"sub": "kim", "email": "kim@city.example", "email_verified": true}'
    command = [str(Path(sys.executable).with_name("oidc-provider-mock")), "-p", str(port), "--user-claims", claims]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert any("running on" in line for line in process.stderr), "it did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def test_a_provider_of_other_people(tmp_path: Path) -> None:
    with of_other_people() as address:
        published = httpx.get(f"{address}/.well-known/openid-configuration", trust_env=False).json()
        (tmp_path / "secret").write_text(SECRET)
        table = {"issuer": published["issuer"], "client_id": CLIENT, "client_secret_file": str(tmp_path / "secret")}
        city = OpenCity(tmp_path / "city", oidc={"staff": table})
        city.city.now = int(time.time())  # which is the provider's clock, too
        with serve(city) as served:
            office = Office(served)
            person = office.person(login="kim@city.example")
            browser = office.browser()
            form = httpx.post(start(browser), data={"sub": "kim"}, trust_env=False)
            assert form.status_code == 302, form.text
            assert come_back(browser, form.headers["location"]) == OK
            assert browser.get("session")["account"] == person.id
        city.close()
