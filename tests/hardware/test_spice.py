"""The analog parts in ngspice, with the circuits' own values."""

from dataclasses import replace

import pytest

from hardware.parts import passives
from hardware.spice.divider import divider
from hardware.spice.hold_up import STOP_S, bank, hold_up
from hardware.spice.inrush import inrush
from hardware.spice.ngspice import SpiceError, run
from hardware.spice.restart import ON_VOLTS, pulse
from tests.hardware.units import unit


def test_ngspice_divides_by_two_and_says_what_it_did_not_measure() -> None:
    deck = ["V1 a 0 1", "R1 a b 1k", "R2 b 0 1k", ".tran 1u 10u", ".meas tran half avg v(b)"]
    assert run("half", deck, "half") == {"half": pytest.approx(0.5)}
    with pytest.raises(SpiceError, match="did not measure other"):
        run("half", deck, "half", "other")


@pytest.mark.parametrize(("name", "battery"), [("bin_node", 12.8), ("tree_tag", 3.0)])
def test_battery_is_read_within_a_percent_and_without_ripple(name: str, battery: float) -> None:
    found = divider(unit(name), "SUPPLY", battery)
    assert found.volts == pytest.approx(found.ideal, rel=0.01)
    assert found.ripple < 0.001
    assert found.settled_s < 0.3  # the soil probe's half second is longer


def test_a_divider_without_its_capacitor_is_read_wrong() -> None:
    circuit = unit("tree_tag")
    capacitor = next(placed for placed in circuit.of("capacitor") if "SUPPLY" in placed.nets.values())
    small = circuit.swapped(capacitor.ref, passives.capacitor(1e-9))
    found = divider(small, "SUPPLY", 3.0)
    assert found.volts < found.ideal * 0.98


def test_scanner_is_switched_on_slowly() -> None:
    circuit = unit("bin_node")
    slow, at_once = inrush(circuit, "5V", "5V_SCAN"), inrush(circuit, "5V", "5V_SCAN", slow=False)
    assert slow.peak < 1.5  # the converter gives 3 A, of which 0.28 A are taken at most
    assert slow.lowest > 4.9
    assert at_once.peak > 10 and at_once.lowest < 4.5  # what the slow start is for


def test_gateway_starts_again_when_the_power_is_back_and_a_failure_cuts_nothing() -> None:
    circuit = unit("gateway_box")
    found = pulse(circuit)
    assert 0.5 < found.seconds < 2  # the Raspberry Pi's own reset takes a tenth
    assert found.at_failure < ON_VOLTS[0]
    small = next(p for p in circuit.of("capacitor") if set(p.nets.values()) == {"POWER_FAIL", "AGAIN"})
    assert pulse(circuit.swapped(small.ref, passives.capacitor(100e-9))).seconds < 0.1


def test_gateway_stops_cleanly_also_with_old_capacitors() -> None:
    circuit = unit("gateway_box")
    assert bank(circuit) == (pytest.approx(5.0), 5)
    new, old = hold_up(circuit, old=False), hold_up(circuit, old=True)
    assert new.seconds > old.seconds > STOP_S
    assert new.charged_s < 600
    for placed in circuit.of("supercapacitor"):
        circuit = circuit.swapped(placed.ref, replace(placed.type, value=10.0))
    assert hold_up(circuit, old=True).seconds < STOP_S  # what cells of 10 F would give
