"""The committed table of base-point multiples is what its generator makes."""

from civicroot_device.crypto.ed25519_table import TABLE

from tests.firmware.ed25519_points import make_ed25519_table


def test_committed_table_equals_the_generated_one() -> None:
    assert make_ed25519_table.TARGET.read_text(encoding="ascii") == make_ed25519_table.make_module()
    assert make_ed25519_table.make_table() == TABLE


def test_table_has_64_affine_niels_points() -> None:
    assert len(TABLE) == 64 * 96
