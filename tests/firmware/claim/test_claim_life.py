"""Claims with the true reporter on one flash."""

import pytest
from civicroot_device.reporting import report
from civicroot_wire import opening
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.sequence import MAX_SEQ, Sequence

from tests.firmware.claim.world import KID, NOW, claim_life
from tests.support.micropython import MicroPython

LONGEST_REALM = "r" * 64
COMMITMENT = bytes(opening.COMMITMENT_BYTES)
HEAVY = Measurement("deposit", DecimalFraction(-2, 50_000), "kg")


def test_power_cut_at_every_write_of_reporter_and_openings_loses_no_claim_that_somebody_saw() -> None:
    assert claim_life.cut_every_write() >= 60


def test_power_cut_at_every_write_on_micropython(device: MicroPython) -> None:
    assert device.call("claim_life.cut_every_write", 2, deadline=120.0) >= 40


def test_second_cut_right_after_the_start_loses_nothing_either() -> None:
    for write in range(12):
        for second in range(3):
            claim_life.run([(write, "after"), (second, "before")], 2)


@pytest.mark.parametrize(
    "together",
    [[HEAVY, Measurement("led", COMMITMENT)], [Measurement("scan", COMMITMENT), Measurement("claims", MAX_SEQ)]],
)
def test_what_belongs_together_fits_one_record_at_the_longest(together: list[Measurement]) -> None:
    crowded = Sequence(MAX_SEQ, 64, bytes(8), [(number * 1000, number * 1000 + 500) for number in range(16)])
    frame = report.fit(KID, LONGEST_REALM, [*together, Measurement("lid", False)], NOW, 86_400, crowded)
    assert frame.count >= 2
