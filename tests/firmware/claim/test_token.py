"""Claim tokens as a bin makes them."""

import pytest
import segno
from civicroot_device.claim import token
from civicroot_wire import claim_token, keys
from civicroot_wire.sequence import MAX_SEQ
from civicroot_wire.sodium import verify
from nacl.signing import SigningKey
from segno.consts import MODE_ALPHANUMERIC, MODE_NUMERIC

from tests.firmware.claim.world import NOW, REALM

KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)
KID = keys.kid(PUBLIC)
LAST_SECOND = (1 << 32) - 1  # of the clock, longer than any device lives


def made(seq: int = 7, expires: int = NOW + 90, host: str = "city.example") -> tuple[str, str]:
    signed = token.make(
        KID, REALM, lambda data: KEY.sign(data).signature, seq, expires, lambda size: bytes(range(size))
    )
    return token.url(token.check_host(host)), claim_token.to_digits(signed)


def test_the_token_names_the_deposit_and_its_end_and_is_signed_by_the_bin() -> None:
    url, digits = made()
    assert url == "HTTPS://CITY.EXAMPLE/B/"
    found = claim_token.verify(claim_token.decode(claim_token.from_digits(digits)), REALM, PUBLIC, verify)
    assert (found.kid, found.seq, found.expires, found.cti) == (KID, 7, NOW + 90, bytes(range(8)))


@pytest.mark.parametrize("seq", [0, 23, 24, 255, 65_535, 65_536, MAX_SEQ])
def test_the_longest_host_and_token_fit_a_qr_code_of_version_8_at_level_m(seq: int) -> None:
    url, digits = made(seq, LAST_SECOND, "h" * token.MAX_HOST)
    assert len(digits) <= 270
    code = segno.make_qr([(url, MODE_ALPHANUMERIC), (digits, MODE_NUMERIC)], error="m", boost_error=False)
    assert code.version <= 8


def test_one_more_letter_of_host_does_not_fit() -> None:
    url, digits = made(MAX_SEQ, LAST_SECOND)
    longer = url.replace("CITY.EXAMPLE", "H" * (token.MAX_HOST + 1))
    code = segno.make_qr([(longer, MODE_ALPHANUMERIC), (digits, MODE_NUMERIC)], error="m", boost_error=False)
    assert code.version == 9


@pytest.mark.parametrize(
    "host", ["", "a" * 45, "-a.b", "a.b.", "a b", "a/b", "ü.example", "a_b", ":80", "a:", "a:8b", "a:65536", "a:1:2"]
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="claim host"):
        token.check_host(host)


def test_a_host_may_have_a_port() -> None:
    assert made(host="192.168.1.20:8443")[0] == "HTTPS://192.168.1.20:8443/B/"


def test_a_dried_up_source_of_randomness_makes_no_token() -> None:
    with pytest.raises(ValueError, match="gave 3 bytes"):
        token.make(KID, REALM, lambda _: bytes(64), 1, NOW, lambda _: bytes(3))
