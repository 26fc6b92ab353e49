"""Passwords: how they are kept and refused, and that tries slow down a guesser and no colleague."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from civicroot_backend.people import passwords, tries
from civicroot_backend.people.back_off import FORGOTTEN_SECONDS, LONGEST_WAIT, BackOff, Watched
from civicroot_backend.people.errors import TooManyTries, Unfit
from civicroot_backend.people.tries import Place, Tries

from tests.backend.people.office import PASSWORD, Browser, Office, Person, reason

NOBODYS = passwords._NOBODYS  # the city's own, before conftest.py has a quick one in its place


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slow(office: Office, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Clock:
    """The city counts tries anew, by a clock of the test."""
    monkeypatch.setattr(office.backend.people.sign_in, "_tries", Tries(BackOff(clock)))
    return clock


def fails(browser: Browser, person: Person, times: int = 1) -> list[tuple[int, str]]:
    return [reason(browser.sign_in(person, f"wrong {number} and long enough")) for number in range(times)]


WRONG, SLOWED = (403, "wrong-credentials"), (429, "too-many-tries")


def test_what_is_kept_is_argon2id_at_what_is_recommended() -> None:
    kept = PasswordHasher(passwords.PASSES, passwords.MEMORY_KIB, passwords.LANES).hash("x")
    found = extract_parameters(kept)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 19_456, 2, 1)
    assert found.salt_len >= 16


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "12 to 128"),
        ("x" * 129, "12 to 128"),
        ("abababababab", "different characters"),
        ("mina.lee2024", "made of your name"),
        ("MINA LEE mina.lee", "made of your name"),
        ("demo.civicroot!", "made of your name"),
    ],
)
def test_a_password_that_is_soon_guessed_is_not_taken(password: str, says: str) -> None:
    with pytest.raises(Unfit, match=says):
        passwords.make_hash(password, "mina.lee", "Mina Lee", "demo.civicroot")


@pytest.mark.parametrize(
    "password", [PASSWORD, "정말 긴 비밀번호입니다", "x" * 60 + "yzab", "\ud800 and the rest of it"]
)
def test_a_password_is_the_one_that_was_set(office: Office, password: str) -> None:
    kept = passwords.make_hash(password)
    assert passwords.matches(kept, password)
    assert not passwords.matches(kept, password + " ")
    assert not passwords.matches(None, password)
    assert not passwords.matches("no hash at all", password)


def test_what_is_wrong_is_not_said(office: Office, slow: Clock) -> None:
    """No such login, no password yet, ended, wrong: the same answer."""
    ended = office.person()
    with office.backend.database.write() as connection:
        from civicroot_backend.audit_trail.act import COMMAND_LINE, Act  # noqa: PLC0415
        from civicroot_backend.people import accounts  # noqa: PLC0415

        accounts.end(Act(connection, 1, COMMAND_LINE), ended.id)
    invited = office.person(password=None)
    nobody = Person(0, "nobody.at.all")
    answers = [
        office.browser().sign_in(person, password)
        for person, password in (
            (office.person(), "not the right one"),
            (ended, PASSWORD),
            (invited, PASSWORD),
            (nobody, PASSWORD),
            (Person(0, "no\x00login ⁉"), PASSWORD),
        )
    ]
    assert {reason(answer) for answer in answers} == {WRONG}
    assert len({answer.text for answer in answers}) == 1
    assert [answer.headers.get("set-cookie") for answer in answers] == [None] * len(answers)


def test_an_unknown_login_takes_as_long_as_a_wrong_password(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many hashes are computed, of the same cost; the clock is looked at with a wide margin."""
    calls = []

    class Dear(PasswordHasher):
        """With the parameters of the city, and a count of what it checks."""

        def verify(self, kept: str | bytes, password: str | bytes) -> bool:
            calls.append(str(extract_parameters(str(kept))))
            return super().verify(kept, password)

    dear = Dear(passwords.PASSES, passwords.MEMORY_KIB, passwords.LANES)
    monkeypatch.setattr(passwords, "_hasher", dear)
    monkeypatch.setattr(passwords, "_NOBODYS", NOBODYS)
    kept = passwords.make_hash(PASSWORD)

    def median(stored: str | None) -> float:
        spans = []
        for _ in range(5):
            begun = time.thread_time()
            assert not passwords.matches(stored, "not the right one")
            spans.append(time.thread_time() - begun)
        return statistics.median(spans)

    known, unknown = median(kept), median(None)
    assert len(calls) == 10
    assert len(set(calls)) == 1
    assert 1 / 3 < known / unknown < 3


def test_slips_cost_nothing_and_guessing_slows_down(office: Office, slow: Clock) -> None:
    person, browser = office.person(), office.browser()
    assert fails(browser, person, tries.FREE_OF_PAIR) == [WRONG] * tries.FREE_OF_PAIR
    waits = []
    for _ in range(12):
        assert fails(browser, person) == [WRONG]
        refused = browser.sign_in(person)  # even with the right password, which is not looked at
        assert reason(refused) == SLOWED
        waits.append(int(refused.headers["retry-after"]))
        slow.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert browser.sign_in(person).status_code == 201


def test_what_comes_while_there_is_a_wait_does_not_make_it_longer(office: Office, slow: Clock) -> None:
    person, browser = office.person(), office.browser()
    fails(browser, person, tries.FREE_OF_PAIR + 1)
    assert fails(browser, person, 20) == [SLOWED] * 20
    slow.now += 1
    assert browser.sign_in(person).status_code == 201


def test_a_stranger_locks_no_colleague_out(office: Office, slow: Clock) -> None:
    """Who signed in with a browser before gets in with it, whatever is tried from elsewhere, for how long ever."""
    person = office.person()
    own = office.at(person)
    assert own.ask("DELETE", "session").status_code == 204
    stranger = office.browser()
    for _ in range(30):
        fails(stranger, person)
        slow.now += LONGEST_WAIT
    fails(stranger, person)
    assert reason(office.browser().sign_in(person)) == SLOWED
    assert own.sign_in(person).status_code == 201


def test_a_known_browser_is_no_way_to_guess(office: Office, slow: Clock) -> None:
    person = office.person()
    own = office.at(person)
    results = fails(own, person, tries.FREE_OF_BROWSER + 3)
    assert results == [WRONG] * (tries.FREE_OF_BROWSER + 1) + [SLOWED] * 2
    other = office.person()
    assert fails(own, other, tries.FREE_OF_PAIR + 2)[-1] == SLOWED, "it is known to one account, not to all"


def test_one_network_is_slowed_down_over_all_accounts(office: Office, slow: Clock) -> None:
    browser = office.browser()
    people = [Person(0, f"guess-{number}") for number in range(tries.FREE_OF_NETWORK + 2)]
    results = [fails(browser, person)[0] for person in people]
    assert results == [WRONG] * (tries.FREE_OF_NETWORK + 1) + [SLOWED]


def test_an_account_is_guarded_against_many_networks(clock: Clock) -> None:
    counted = Tries(BackOff(clock))
    for number in range(tries.FREE_OF_ACCOUNT + 1):
        counted.begin("mina", Place(f"network {number}", None))
    with pytest.raises(TooManyTries):
        counted.begin("mina", Place("yet another", None))
    counted.begin("mina", Place("home", "a browser that is known"))
    counted.begin("somebody else", Place("yet another", None))


def test_ones_own_success_does_not_pay_for_guesses_elsewhere(clock: Clock) -> None:
    counted, place = Tries(BackOff(clock)), Place("attacker", None)
    for number in range(tries.FREE_OF_NETWORK):
        counted.begin(f"victim {number}", place)
        counted.begin("attacker's own", place)
        counted.succeeded("attacker's own", place)
    counted.begin("victim", place)
    with pytest.raises(TooManyTries):
        counted.begin("victim again", place)


def test_a_hundred_at_once_are_not_a_hundred_for_one(office: Office, slow: Clock) -> None:
    person = office.person()
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: fails(office.browser(), person)[0], range(24)))
    assert results.count(WRONG) == tries.FREE_OF_PAIR + 1
    assert results.count(SLOWED) == 24 - tries.FREE_OF_PAIR - 1


def test_failures_are_forgotten_after_a_day(clock: Clock) -> None:
    back_off, watched = BackOff(clock), [Watched("x", 0)]
    assert back_off.attempt(watched) == 0.0
    assert back_off.attempt(watched) == 1.0
    clock.now += 1
    assert back_off.attempt(watched) == 0.0
    assert back_off.attempt(watched) == 2.0
    clock.now += FORGOTTEN_SECONDS + 1
    assert back_off.attempt(watched) == 0.0
    assert back_off.attempt(watched) == 1.0


def test_what_is_remembered_of_failures_is_bounded(clock: Clock) -> None:
    back_off = BackOff(clock, most=3)
    for number in range(10):
        back_off.attempt([Watched(number, 0)])
    assert len(back_off._failures) == 3
    assert back_off.attempt([Watched(9, 0)]) == 1.0


def test_that_somebody_is_slowed_down_is_on_the_trail_once_for_each_wait(office: Office, slow: Clock) -> None:
    person, browser = office.person(), office.browser()
    fails(browser, person, tries.FREE_OF_PAIR + 1)
    fails(browser, person, 10)
    rows = [row for row in office.trail() if row.target == f"account/{person.id}" and row.action == "sign-ins-slowed"]
    assert [(row.actor, row.detail) for row in rows] == [(None, '{"network":"127.0.0.1"}')]


def test_only_so_many_are_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "QUEUE_SECONDS", 0.0)
    held: list[Callable[[], None]] = []
    for _ in range(passwords.AT_ONCE):
        assert passwords._turns.acquire(blocking=False)
        held.append(passwords._turns.release)
    with pytest.raises(TooManyTries):
        passwords.matches(None, PASSWORD)
    for release in held:
        release()
    assert not passwords.matches(None, PASSWORD)
