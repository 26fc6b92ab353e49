"""The code of a bin that blinks."""

from collections import Counter

import pytest
from civicroot_device.claim.led_code import COLOURS, SYMBOLS, LedCode
from civicroot_wire import opening
from civicroot_wire.errors import TrustError

from tests.firmware.claim.world import KID, REALM
from tests.support.micropython import MicroPython


def test_code_has_six_of_four_colours_and_every_colour_is_as_likely() -> None:
    assert COLOURS**SYMBOLS == 4096
    found: Counter[int] = Counter()
    for byte in range(256):
        colours = LedCode(lambda size, byte=byte: bytes([byte]) * size).colours  # type: ignore[misc]
        assert len(colours) == SYMBOLS
        found.update(colours)
    assert found == dict.fromkeys(range(COLOURS), 256 * SYMBOLS // COLOURS)


def test_code_and_salt_come_from_different_bytes_of_the_source() -> None:
    code = LedCode(lambda size: bytes(range(size)))
    assert (code.colours, code.salt) == (bytes([0, 1, 2, 3, 0, 1]), bytes(range(6, 22)))


def test_opening_is_that_of_the_commitment_and_of_no_other_code() -> None:
    code = LedCode(lambda size: bytes(range(size)))
    measurement = code.measurement(REALM, KID)
    assert measurement.name == "led"
    opening.verify(code.opening(9), REALM, KID, measurement.value)
    other = code.opening(9)
    other.value = bytes([3, 1, 2, 3, 0, 1])
    with pytest.raises(TrustError):
        opening.verify(other, REALM, KID, measurement.value)


def test_a_dried_up_source_of_randomness_makes_no_code() -> None:
    with pytest.raises(ValueError, match="gave 6 bytes"):
        LedCode(lambda _: bytes(6))


def test_code_is_the_same_on_micropython(device: MicroPython) -> None:
    script = """
        from civicroot_device.claim.led_code import LedCode
        code = LedCode(lambda size: bytes(range(size)))
        result = [code.colours, code.salt, code.measurement(realm, kid).value]
    """
    code = LedCode(lambda size: bytes(range(size)))
    assert device.run(script, realm=REALM, kid=KID) == [code.colours, code.salt, code.measurement(REALM, KID).value]
