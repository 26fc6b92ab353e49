"""SDI-12 probe: the exchanges of a measurement step by step, repeated when damaged, and off at the end."""

from collections.abc import Sequence
from typing import Any

import pytest
from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors import sdi12_message as message
from civicroot_device.sensors.sdi12 import TRIES, Sdi12, answer_ms
from civicroot_device.sensors.sensor import MAX_STEPS
from civicroot_simulator.sdi12 import Sdi12Model
from civicroot_simulator.soil_capacitive import Switch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayOutput, ReplayUart, Tape, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("sdi12", "Sdi12")
FACES = [("uart", "")]
VALUES = {"soil": [0, -2], "soiltemp": [1, 0]}  # a probe that says percent, then degrees
ON, OFF = ("power", "set", True), ("power", "set", False)
Transaction = tuple[Any, ...]


def line(body: bytes, checked: bool = True) -> bytes:
    return body + (message.crc(body) if checked else b"") + b"\r\n"


def ask(command: bytes, answer: bytes | str) -> list[Transaction]:
    """One exchange: nothing was left on the line, break, command, and what arrives in time."""
    return [("r", b""), ("break",), ("w", command), ("r", answer)]


def measurement(data: bytes, promise: bytes = b"00002\r\n") -> list[Transaction]:
    """ttt is 000: the values are ready at once (§4.4.3)."""
    return [*ask(b"0MC!", promise), *ask(b"0D0!", data)]


def outcome(device: MicroPython, traffic: Sequence[Transaction], *arguments: Any) -> Any:
    ((wait, found),) = measure_on_both(device, DRIVER, FACES, traffic, arguments or ["0", VALUES])
    assert wait == 0
    return found


def steps(driver: Sdi12) -> tuple[list[int], Any]:
    """All waits of a measurement, and what it gives: readings, or the fault."""
    waits = []
    try:
        waits.append(driver.start())
        found = driver.read()
        while isinstance(found, int):
            waits.append(found)
            assert len(waits) <= MAX_STEPS
            found = driver.read()
    except SensorFault as fault:
        return waits, fault.flag
    return waits, {
        name: reading.flag if isinstance(reading, SensorFault) else reading for name, reading in found.items()
    }


def test_a_crc_may_hold_the_character_del() -> None:
    # 0x40 | 0x3F: a filter for printable characters would refuse one answer in twenty.
    assert message.crc(b"0+27.3+11.5") == b"E\x7fm"
    assert message.response(line(b"0+27.3+11.5"), b"0D0!", True) == b"+27.3+11.5"


def test_values_with_crc(replaying: MicroPython) -> None:
    assert outcome(replaying, measurement(line(b"0+27.3-4.25"))) == {"soil": 0.273, "soiltemp": -4.25}


def test_values_of_the_specifications_example(replaying: MicroPython) -> None:
    # §4.4.12.3 c: nine values in two pages; the soil temperature is the last of them.
    traffic = [
        *ask(b"0MC!", b"00009\r\n"),
        *ask(b"0D0!", b"0+1.11+2.22+3.33+4.44+5.55+6.66I]q\r\n"),
        *ask(b"0D1!", b"0+7.77+8.88+9.99IvW\r\n"),
    ]
    assert outcome(replaying, traffic, "0", {"soil": [3, -1], "soiltemp": [8, 0]}) == {"soil": 0.444, "soiltemp": 9.99}


def test_a_probe_without_crc(replaying: MicroPython) -> None:
    traffic = [*ask(b"zM!", b"z0001\r\n"), *ask(b"zD0!", b"z+0.25\r\n")]
    assert measure_on_both(replaying, DRIVER, FACES, traffic, ["z", {"soil": [0, 0]}, None, False]) == [
        (0, {"soil": 0.25})
    ]


def test_every_step_asks_for_its_own_time() -> None:
    tape = [
        ON,
        *ask(b"0MC!", b"00022\r\n"),  # two values in two seconds
        ("r", b""),  # half a second later there is no service request
        ("r", b"0\r\n"),  # after a second there is one
        *ask(b"0D0!", line(b"0+27.3+11.5")),
        OFF,
    ]
    with Tape([transaction if transaction[0] == "power" else ("line", *transaction) for transaction in tape]) as played:
        driver = Sdi12(ReplayUart(played, "line"), "0", VALUES, ReplayOutput(played, "power"))
        assert steps(driver) == (
            [1000, answer_ms(7), 500, 500, answer_ms(41)],
            {"soil": 0.273, "soiltemp": 11.5},
        )
    # An answer of 7 characters at 1200 baud lasts 58.3 ms, and may begin 15 ms after the command's last stop bit.
    assert answer_ms(7) > 12 + 8.33 + 4 * 8.33 + 15 + 7 * 8.33


def test_values_are_fetched_without_a_service_request_when_the_time_is_over(replaying: MicroPython) -> None:
    looks = [("r", b""), ("r", b"1\r\n"), ("r", b"garbage")]  # the fourth look is the end of the time
    traffic = [*ask(b"0MC!", b"00012\r\n"), *looks, *ask(b"0D0!", line(b"0+27.3+11.5"))]
    assert outcome(replaying, traffic) == {"soil": 0.273, "soiltemp": 11.5}


@pytest.mark.parametrize(
    "bad", [b"", b"0+27.3+11.5AAA\r\n", b"1+27.3+11.5\r\n", b"\xff\xfe", line(b"0+27.3+11.5")[:-1]]
)
def test_a_damaged_answer_is_asked_for_again(replaying: MicroPython, bad: bytes) -> None:
    good = line(b"0+27.3+11.5")
    again = ask(b"0D0!", bad) * (TRIES - 1)
    assert outcome(replaying, [*ask(b"0MC!", b"00002\r\n"), *again, *ask(b"0D0!", good)]) == {
        "soil": 0.273,
        "soiltemp": 11.5,
    }
    promise = ask(b"0MC!", bad) * (TRIES - 1)
    assert outcome(replaying, [*promise, *measurement(good)]) == {"soil": 0.273, "soiltemp": 11.5}


@pytest.mark.parametrize(
    ("flag", "traffic"),
    [
        ("no-answer", ask(b"0MC!", b"") * TRIES),
        ("no-answer", ask(b"0MC!", b"\0000MC!") * TRIES),  # only our own echo
        ("no-answer", ask(b"0MC!", SILENT)),
        ("no-answer", [*ask(b"0MC!", b"00002\r\n"), *ask(b"0D0!", b"") * TRIES]),
        ("bad-crc", ask(b"0MC!", b"0xyz1\r\n") * TRIES),
        ("bad-crc", [*ask(b"0MC!", b"00002\r\n"), *ask(b"0D0!", b"0+27.3+11.5AAA\r\n") * TRIES]),
        ("not-ready", ask(b"0MC!", b"00000\r\n")),  # promises no values
        ("not-ready", ask(b"0MC!", b"00612\r\n")),  # needs 61 s
        ("not-ready", measurement(line(b"0"))),  # §4.4.7: it gave its measurement up
        ("out-of-range", measurement(line(b"0+1+2+3"))),  # more than it promised
    ],
)
def test_a_measurement_that_failed_is_a_fault(replaying: MicroPython, flag: str, traffic: list[Transaction]) -> None:
    assert outcome(replaying, traffic) == "!" + flag


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"0+100+85", {"soil": 1, "soiltemp": 85}),
        (b"0+0+0", {"soil": 0, "soiltemp": 0}),
        (b"0+100.1+85.1", {"soil": "!out-of-range", "soiltemp": "!out-of-range"}),
        (b"0-9999-9999", {"soil": "!out-of-range", "soiltemp": "!out-of-range"}),  # what probes say for "broken"
        (b"0+50-40.01", {"soil": 0.5, "soiltemp": "!out-of-range"}),
    ],
)
def test_one_value_may_fail_beside_the_other(replaying: MicroPython, data: bytes, expected: dict[str, object]) -> None:
    assert outcome(replaying, measurement(line(data))) == expected


def test_a_value_that_the_probe_does_not_have(replaying: MicroPython) -> None:
    traffic = measurement(line(b"0+27.3"), b"00001\r\n")
    assert outcome(replaying, traffic) == {"soil": 0.273, "soiltemp": "!out-of-range"}


def test_identity() -> None:
    with Tape(ask(b"3I!", b"313NRSYSINC1000001.2101\r\n")) as tape:
        driver = Sdi12(ReplayUart(tape), "3", {})
        assert driver.identify() == answer_ms(35)
        assert driver.identity()["vendor"] == "NRSYSINC"


@pytest.mark.parametrize("arguments", [("", VALUES), ("?", VALUES), ("0", {"weight": [0, 0]})])
def test_a_configuration_that_is_none_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigurationError):
        Sdi12(ReplayUart([]), *arguments)


def probe(**switches: bool) -> tuple[Sdi12Model, Switch, Sdi12]:
    model, power = Sdi12Model("0", lambda: ["+31.4", "-2.5"]), Switch()
    for name, value in switches.items():
        setattr(model, name, value)
    return model, power, Sdi12(model, "0", VALUES, power)


@pytest.mark.parametrize(
    "switches", [{}, {"echo": True}, {"eager": True}, {"bad_once": True}, {"echo": True, "eager": True}]
)
def test_driver_and_model_agree(switches: dict[str, bool]) -> None:
    _, power, driver = probe(**switches)
    for _ in range(3):
        assert steps(driver)[1] == {"soil": 0.314, "soiltemp": -2.5}
        assert not power.on
    assert power.times == 3 and driver.raw() == {}


def test_an_early_service_request_saves_the_time_that_the_probe_named() -> None:
    _, _, driver = probe(eager=True)
    assert steps(driver)[0] == [1000, answer_ms(7), answer_ms(41)]
    _, _, driver = probe()
    assert steps(driver)[0] == [1000, answer_ms(7), 250, 250, 250, 250, answer_ms(41)]


def test_driver_and_model_agree_over_the_range() -> None:
    here = (0, 0)
    model = Sdi12Model("7", lambda: ["%+.1f" % (here[0] / 10), "%+.2f" % (here[1] / 100), "+7"], 0, page=2)
    for step in range(0, 1001, 8):
        here = (step, step * 12 - 3900)
        found = steps(Sdi12(model, "7", VALUES))[1]
        assert found == {"soil": pytest.approx(step / 1000), "soiltemp": pytest.approx(here[1] / 100)}


@pytest.mark.parametrize(("fault", "flag"), [("silent", "no-answer"), ("bad_crc", "bad-crc"), ("aborts", "not-ready")])
def test_faults_of_the_model_leave_the_probe_off(fault: str, flag: str) -> None:
    _, power, driver = probe(**{fault: True})
    assert steps(driver)[1] == flag
    assert not power.on and power.times == 1


class Babble:
    """A line on which anything arrives at any time."""

    def __init__(self, heard: list[bytes]) -> None:
        self.heard = heard

    def send_break(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        pass

    def read(self, size: int) -> bytes:
        return self.heard.pop(0)[:size] if self.heard else b""


PIECES = st.sampled_from(
    [b"00002\r\n", b"00012\r\n", b"0\r\n", line(b"0+1+2"), line(b"0+1"), b"\0000D0!", b"0+1+2\r\n"]
)


@settings(max_examples=300)
@given(st.lists(PIECES | st.binary(max_size=12), max_size=20))
def test_whatever_is_heard_ends_in_values_or_a_fault_with_the_probe_off(heard: list[bytes]) -> None:
    power = Switch()
    _, found = steps(Sdi12(Babble(heard), "0", VALUES, power))
    assert not power.on
    if isinstance(found, str):
        assert found in ("no-answer", "bad-crc", "not-ready", "out-of-range")
    else:
        assert found["soil"] in (0.01, "out-of-range")
