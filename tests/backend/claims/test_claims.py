"""One deposit, one claim, whichever way it is shown, and whatever comes first."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend.claims import claims, openings
from civicroot_backend.claims.claims import CONFIRMED, PENDING, VOID
from civicroot_backend.claims.deposit import WINDOW_SECONDS
from civicroot_backend.claims.openings import MAX_UNPROVED
from civicroot_backend.errors import ClaimRefused
from civicroot_wire import opening, relayed
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.claim_notice import CLAIMED, CLOSED, KEPT
from civicroot_wire.errors import SignatureError, TrustError, WireError
from civicroot_wire.opening import Opening
from civicroot_wire.senml import Measurement

from tests.backend.api_city import OpenCity
from tests.backend.claims.scene import ALICE, BOB, CARD, CODE, OFFER_SECONDS, SALT, Bin

WRONG = bytes([3, 3, 3, 3, 3, 3])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Bin]:
    city = OpenCity(tmp_path)
    yield Bin(city)
    city.close()


def refusal(place: Bin, code: bytes = CODE, wallet: bytes = ALICE) -> str:
    with pytest.raises(ClaimRefused) as refused:
        place.backend.claims.by_code(place.key.kid, code, wallet)
    return refused.value.reason


# Tokens


def test_a_token_claims_its_deposit_once_and_the_bin_is_told(place: Bin) -> None:
    place.deposit(0)
    token = place.token(0)
    made = place.backend.claims.by_token(token, ALICE)
    assert (made.seq, made.state, made.amount, made.repeated) == (0, CONFIRMED, DecimalFraction(-2, 42), False)
    assert place.told() == [(0, CLAIMED)]
    assert place.backend.claims.by_token(token, ALICE).repeated, "the same again is no second claim"
    with pytest.raises(ClaimRefused) as refused:
        place.backend.claims.by_token(token, BOB)
    assert refused.value.reason == claims.TAKEN


def test_a_token_may_be_faster_than_its_record(place: Bin) -> None:
    place.deposit(0)
    assert place.backend.claims.by_token(place.token(1), ALICE).state == PENDING
    assert place.backend.claims.by_token(place.token(2), BOB).state == PENDING
    place.deposit(1, hundredths=7)
    place.record(2, [Measurement("fill", 1, "/")])
    found = [place.backend.claims.of(place.key.kid, seq) for seq in (1, 2)]
    assert [(each.state, each.amount) for each in found if each] == [(CONFIRMED, DecimalFraction(-2, 7)), (VOID, None)]


def test_a_claim_whose_record_came_just_before_a_crash_is_settled_afterwards(
    place: Bin, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.deposit(0)
    for seq in (1, 2):
        assert place.backend.claims.by_token(place.token(seq), ALICE).state == PENDING
    with monkeypatch.context() as crash:
        crash.setattr(place.backend.claims, "accepted", lambda _numbers: None)
        place.deposit(1)
        place.record(2, [Measurement("fill", 1, "/")])
    states = [place.backend.claims.of(place.key.kid, seq) for seq in (1, 2)]
    assert [found.state for found in states if found] == [PENDING, PENDING]
    place.backend.claims.accepted(())  # as at a start, or with any later record
    states = [place.backend.claims.of(place.key.kid, seq) for seq in (1, 2)]
    assert [found.state for found in states if found] == [CONFIRMED, VOID]


def test_a_token_is_good_until_its_time_and_a_slow_page_is_waited_for(place: Bin) -> None:
    place.deposit(0)
    place.deposit(1)
    first, second = place.token(0), place.token(1)
    place.wait(WINDOW_SECONDS - 1)
    assert place.backend.claims.by_token(first, ALICE).seq == 0
    place.wait(1)
    with pytest.raises(ClaimRefused) as refused:
        place.backend.claims.by_token(second, ALICE)
    assert refused.value.reason == claims.EXPIRED


def test_tokens_that_no_bin_of_the_city_signed_are_refused(place: Bin) -> None:
    place.deposit(0)
    stranger, tree = place.city.city.key(), place.city.enrol_device("tree/1")
    for token, reason in (
        (place.token(0, signer=stranger), "unknown-key-id"),
        (place.token(0, signer=tree), "wrong-role"),
        (place.token(0, signer=place.city.gateway), "wrong-role"),
        (place.token(0, realm="elsewhere.example"), "bad-signature"),
        (place.token(0)[:-1], "truncated"),
    ):
        with pytest.raises(WireError) as refused:
            place.backend.claims.by_token(token, ALICE)
        assert refused.value.reason == reason
    forged = bytearray(place.token(0))
    forged[-1] ^= 1
    with pytest.raises(SignatureError):
        place.backend.claims.by_token(bytes(forged), ALICE)
    assert place.backend.claims.of(place.key.kid, 0) is None


def test_a_record_that_is_no_deposit_cannot_be_claimed(place: Bin) -> None:
    place.record(0, [Measurement("deposit", True), Measurement("fill", 1, "/")])
    with pytest.raises(ClaimRefused) as refused:
        place.backend.claims.by_token(place.token(0), ALICE)
    assert refused.value.reason == claims.NO_DEPOSIT


# Codes


def test_a_code_claims_the_deposit_whose_record_commits_to_it(place: Bin) -> None:
    place.deposit(0, code=CODE)
    assert refusal(place) == claims.NO_DEPOSIT, "its opening is not here"
    place.opens(0)
    assert place.told() == [(0, KEPT)]
    made = place.backend.claims.by_code(place.key.kid, CODE, ALICE)
    assert (made.seq, made.state) == (0, CONFIRMED)
    assert place.told() == [(0, CLAIMED)]
    assert refusal(place, wallet=BOB) == claims.NO_DEPOSIT, "nothing else is offered"


def test_an_opening_may_come_before_its_record(place: Bin) -> None:
    place.opens(0)
    assert refusal(place) == claims.NO_DEPOSIT
    place.deposit(0, code=CODE)
    assert place.backend.claims.by_code(place.key.kid, CODE, ALICE).seq == 0


def test_the_same_code_again_by_the_same_wallet_is_the_same_claim_and_no_try(place: Bin) -> None:
    place.deposit(0, code=CODE)
    place.opens(0)
    place.backend.claims.by_code(place.key.kid, CODE, ALICE)
    place.deposit(1, code=WRONG)
    place.opens(1, value=WRONG)
    for _ in range(5):
        assert place.backend.claims.by_code(place.key.kid, CODE, ALICE).repeated, "its first answer was lost"
    assert place.backend.claims.by_code(place.key.kid, WRONG, BOB).seq == 1


def test_a_token_of_a_bin_whose_clock_runs_ahead_claims_nothing(place: Bin) -> None:
    place.deposit(0)
    place.wait(WINDOW_SECONDS)
    ahead = place.token(0)
    place.wait(-WINDOW_SECONDS)
    with pytest.raises(ClaimRefused) as refused:
        place.backend.claims.by_token(ahead, ALICE)
    assert refused.value.reason == claims.EXPIRED


def test_openings_of_withdrawn_devices_and_by_other_gateways_are_refused(
    place: Bin, caplog: pytest.LogCaptureFixture
) -> None:
    place.deposit(0, code=CODE)
    other = place.city.city.enrolled(place.backend, "gateway/2", "gateway")
    place.ear.heard(other.kid, relayed.encode(place.key.kid, opening.encode(Opening(0, "led", SALT, CODE))))
    assert "untrusted" in caplog.text
    place.backend.submit(place.city.city.revocation(place.key, "bin/12"))
    with place.backend.database.read() as connection:
        place.backend.keys.refresh(connection)
    place.opens(0)
    assert "revoked" in caplog.text
    assert place.told() == []


def test_three_wrong_codes_close_the_bin_for_everybody_and_a_later_deposit_opens_it(place: Bin) -> None:
    place.deposit(0, code=CODE)
    place.opens(0)
    place.told()
    assert [refusal(place, WRONG, bytes([wallet]) * 32) for wallet in (1, 2, 3)] == [
        claims.WRONG_CODE,
        claims.WRONG_CODE,
        claims.TOO_MANY_TRIES,
    ]
    assert place.told() == [(0, CLOSED)]
    assert refusal(place) == claims.TOO_MANY_TRIES, "the right one, too"
    place.wait(WINDOW_SECONDS)
    assert refusal(place) == claims.NO_DEPOSIT, "by now it is too old"
    place.deposit(1, code=CODE)
    place.opens(1)
    assert place.backend.claims.by_code(place.key.kid, CODE, ALICE).seq == 1


def test_wrong_codes_outlast_a_restart(place: Bin) -> None:
    place.deposit(0, code=CODE)
    place.opens(0)
    for _ in range(3):
        refusal(place, WRONG)
    again = claims.Claims(
        place.backend.database, place.backend.keys, place.backend.realm, place.backend.notices, place.backend.clock
    )
    with pytest.raises(ClaimRefused) as refused:
        again.by_code(place.key.kid, CODE, ALICE)
    assert refused.value.reason == claims.TOO_MANY_TRIES


def test_each_bin_has_its_own_tries_and_its_own_codes(place: Bin) -> None:
    other = Bin(place.city, "bin/13")
    for each in (place, other):
        each.deposit(0, code=CODE if each is place else WRONG)
        each.opens(0, value=CODE if each is place else WRONG)
    for _ in range(3):
        refusal(place, WRONG)
    assert other.backend.claims.by_code(other.key.kid, WRONG, ALICE).kid == other.key.kid


def test_a_deposit_by_a_clock_from_the_future_is_not_open_for_longer(place: Bin) -> None:
    values = [Measurement("deposit", 1, "kg"), Measurement("led", place.commitment("led", CODE))]
    place.city.commit([place.city.report(place.key, 0, values, place.now + 86_400)])
    place.opens(0)
    place.wait(WINDOW_SECONDS)
    assert refusal(place) == claims.NO_DEPOSIT


# Cards


@pytest.mark.parametrize("order", list(itertools.permutations(["deposit", "scan", "opening"])), ids=" ".join)
def test_a_card_claims_the_deposit_that_its_record_names_whatever_comes_first(
    place: Bin, order: tuple[str, ...]
) -> None:
    for each in order:
        if each == "deposit":
            place.deposit(0)
        elif each == "scan":
            place.scan(1, claims=0)
        else:
            place.opens(1, "scan", CARD)
    found = place.backend.claims.of(place.key.kid, 0)
    assert found is not None
    assert (found.method, found.state, found.wallet) == ("card", CONFIRMED, None)
    assert (1, KEPT) in (told := place.told())
    assert (0, CLAIMED) in told
    with pytest.raises(ClaimRefused):
        place.backend.claims.by_token(place.token(0), ALICE)


def test_a_card_claims_nothing_that_was_claimed_or_is_old_or_is_no_deposit(place: Bin) -> None:
    place.deposit(0)
    place.backend.claims.by_token(place.token(0), ALICE)
    place.scan(1, claims=0)
    place.opens(1, "scan", CARD)
    first = place.backend.claims.of(place.key.kid, 0)
    assert first is not None and first.wallet == ALICE
    place.deposit(2)
    place.wait(WINDOW_SECONDS + OFFER_SECONDS)
    for seq, target in ((3, 2), (4, 1), (5, 99), (6, None)):
        place.scan(seq, claims=target)
        place.opens(seq, "scan", CARD)
    assert [place.backend.claims.of(place.key.kid, seq) for seq in (1, 2, 99)] == [None, None, None]


# Openings


def test_a_false_opening_is_refused_and_does_not_displace_the_true_one(
    place: Bin, caplog: pytest.LogCaptureFixture
) -> None:
    place.deposit(0, code=CODE)
    place.opens(0, value=WRONG)
    place.opens(0, salt=bytes(16))
    assert place.told() == []
    place.opens(0)
    place.opens(0, value=WRONG)
    place.opens(0)
    assert place.told() == [(0, KEPT), (0, KEPT)], "said again when the true one comes again"
    assert place.backend.claims.by_code(place.key.kid, CODE, ALICE).seq == 0
    assert "wrong-opening" in caplog.text


def test_an_opening_that_its_record_belies_is_deleted(place: Bin) -> None:
    place.opens(0, value=WRONG)
    place.deposit(0, code=CODE)
    with place.backend.database.read() as connection:
        assert openings.get(connection, place.key.kid, 0) is None
    place.opens(0)
    assert place.backend.claims.by_code(place.key.kid, CODE, ALICE).seq == 0


def test_openings_without_records_are_bounded(place: Bin) -> None:
    for seq in range(MAX_UNPROVED + 3):
        place.opens(seq)
    assert len(place.told()) == MAX_UNPROVED
    place.deposit(0, code=CODE)
    place.opens(MAX_UNPROVED + 5)
    assert place.told() == [(MAX_UNPROVED + 5, KEPT)]


def test_only_devices_of_the_city_by_its_gateways_are_heard(place: Bin) -> None:
    stranger, gateway = place.city.city.key(), place.city.gateway.kid
    for sender in (stranger.kid, place.key.kid, gateway):
        place.ear.heard(sender, b"\x80")
    with pytest.raises(TrustError):
        place.backend.claims.opened(gateway, gateway, opening.encode(Opening(0, "led", bytes(16), CODE)))
    assert place.told() == []


def test_codes_go_after_a_day_and_cards_when_the_city_says_and_at_once_on_demand(place: Bin, tmp_path: Path) -> None:
    place.deposit(0, code=CODE)
    place.opens(0)
    place.scan(1, claims=0)
    place.opens(1, "scan", CARD)
    place.wait(86_401)
    assert place.backend.claims.forget_old(30 * 86_400) == 1
    assert place.backend.claims.forget_old(30 * 86_400) == 0
    assert place.backend.claims.forget_card(CARD.decode()) == 1
    assert place.backend.claims.forget_card(CARD.decode()) == 0
    found = place.backend.claims.of(place.key.kid, 0)
    assert found is not None and found.method == "card", "that it was claimed stays; by which card nobody can say"
    place.city.close()
    written = {path.name for path in tmp_path.rglob("*") if path.is_file() and CARD in path.read_bytes()}
    assert written == set(), "deleted is overwritten, and nothing else ever had it"


def test_cards_older_than_the_city_keeps_them_go(place: Bin) -> None:
    place.scan(0, claims=None)
    place.opens(0, "scan", CARD)
    place.wait(30 * 86_400 + 1)
    assert place.backend.claims.forget_old(30 * 86_400) == 1
