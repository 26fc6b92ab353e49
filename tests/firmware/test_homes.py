"""Re-homing: by itself when the gateway is silent, or because the operator says so."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from civicroot_device.config import Configuration, Home
from civicroot_device.errors import ConfigurationError
from civicroot_device.homes import Homes
from civicroot_device.places import Places
from civicroot_device.storage.flash import Flash
from civicroot_wire import configuration, keys
from civicroot_wire.configuration import Configuration as Wanted
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer

from tests.firmware.device_process import GATEWAY_KID, REALM, DeviceProcess
from tests.firmware.test_sampling import MINIMAL
from tests.firmware.tiny_gateway import TinyGateway
from tests.support.brokers import MosquittoBroker, NatsBroker

SILENT_MS = 1000
OTHER = "8899aabbccddeeff"
THIRD = "0f" * 8
OPERATOR = Signer(bytes(range(32)))
SUBJECT = "bin/12"
Settings = dict[str, Any]


def broker(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


def signed(version: int, signer: Signer = OPERATOR, subject: str = SUBJECT, realm: str = REALM, **home: Any) -> bytes:
    settings = {f"home.{name}": value for name, value in home.items()}
    return configuration.sign(Wanted(subject, version, settings), signer.kid, REALM, realm, signer)


# --- when


@pytest.fixture
def flash(tmp_path: Path) -> Flash:
    return Flash(str(tmp_path))


def homes(flash: Flash, count: int = 3) -> Homes:
    made = Configuration({**MINIMAL, "homes": [{"gateway": kid, "broker": broker(2)} for kid in (OTHER, THIRD)]})
    return Homes(made.homes[:count], flash, SILENT_MS)


def test_silence_is_counted_from_the_first_thing_that_nobody_answered(flash: Flash) -> None:
    found = homes(flash)
    assert not found.silent(0, waiting=False)
    assert not found.silent(5000, waiting=True)
    assert not found.silent(5999, waiting=True)
    assert found.silent(6000, waiting=True)


def test_a_gateway_that_answers_and_a_device_with_nothing_to_say_are_not_silent(flash: Flash) -> None:
    found = homes(flash)
    assert not found.silent(0, waiting=True)
    found.heard()
    assert not found.silent(1500, waiting=True)
    assert not found.silent(2000, waiting=False)
    assert not found.silent(2600, waiting=True)
    assert found.silent(3600, waiting=True)


def test_all_homes_are_tried_in_turn_and_the_present_one_outlasts_a_restart(flash: Flash) -> None:
    found = homes(flash)
    visited = [found.present.gateway.hex()]
    for _ in range(3):
        found.move_on()
        visited.append(found.present.gateway.hex())
        assert homes(flash).present.gateway == found.present.gateway
    assert visited == ["00" * 8, OTHER, THIRD, "00" * 8]


def test_with_one_home_there_is_nothing_to_try(flash: Flash) -> None:
    found = homes(flash, 1)
    assert not found.silent(0, waiting=True)
    assert not found.silent(10 * SILENT_MS, waiting=True)


# --- the operator's word


def places(flash: Flash, **more: Any) -> Places:
    fields = {"realm": REALM, "subject": SUBJECT, "operator": OPERATOR.public.hex(), **more}
    return Places(Configuration({**MINIMAL, **fields}), flash)


def test_a_signed_configuration_moves_the_device_and_outlasts_a_restart(flash: Flash) -> None:
    found = places(flash)
    assert found.follow(signed(1, gateway=OTHER, host="h2", port=8883))
    for after in (found, places(flash)):
        present = after.homes.present
        assert (present.gateway.hex(), present.broker.host, present.broker.port) == (OTHER, "h2", 8883)


def test_it_takes_account_and_authority_from_the_first_home(flash: Flash) -> None:
    mine = {"host": "h", "port": 1, "username": "u", "password": "p", "tls": {"ca": "ca.der"}}
    found = places(flash, broker=mine)
    found.follow(signed(1, gateway=OTHER, host="h2", port=8883))
    present = found.homes.present.broker
    assert (present.username, present.password, present.tls) == ("u", "p", {"ca": "ca.der", "name": "h2"})


def test_a_known_home_is_named_by_its_kid_alone(flash: Flash) -> None:
    found = places(flash, homes=[{"gateway": OTHER, "broker": broker(7)}])
    assert found.follow(signed(1, gateway=OTHER))
    assert found.homes.present.broker.port == 7


def test_a_configuration_without_a_home_or_with_the_present_one_moves_nothing(flash: Flash) -> None:
    found = places(flash)
    assert not found.follow(signed(1))
    assert not found.follow(signed(2, gateway="00" * 8))
    assert found.wanted is not None and found.wanted.present is not None
    assert found.wanted.present.version == 2


def test_a_configuration_that_is_no_word_of_the_operator_to_this_device_is_refused(flash: Flash) -> None:
    found = places(flash)
    assert found.follow(signed(5, gateway=OTHER, host="h2", port=1))
    home: Settings = {"gateway": THIRD, "host": "h3", "port": 1}
    broken = bytearray(signed(6, **home))
    broken[-1] ^= 1
    for reason, data in (
        ("key-mismatch", signed(6, signer=Signer(bytes(32)), **home)),
        ("wrong-realm", signed(6, realm="elsewhere.example", **home)),
        ("wrong-topic", signed(6, subject="bin/13", **home)),
        ("old-version", signed(5, **home)),
        ("old-version", signed(4, **home)),
        ("bad-signature", bytes(broken)),
        ("too-large", bytes(5000)),
        ("truncated", b""),
    ):
        with pytest.raises(WireError) as refused:
            found.follow(data)
        assert refused.value.reason == reason
        assert found.homes.present.gateway.hex() == OTHER


@pytest.mark.parametrize("home", [{"gateway": OTHER}, {"gateway": "zz", "host": "h", "port": 1}, {"gateway": 5}])
def test_a_home_that_cannot_be_found_changes_nothing_and_may_be_said_again_better(flash: Flash, home: Settings) -> None:
    found = places(flash)
    with pytest.raises(ConfigurationError):
        found.follow(signed(1, **home))
    assert found.homes.present.gateway == bytes(8)
    assert found.follow(signed(1, gateway=OTHER, host="h2", port=1))


def test_without_an_operators_key_nobody_is_followed(flash: Flash) -> None:
    found = Places(Configuration(dict(MINIMAL)), flash)
    assert not found.follow(signed(1, gateway=OTHER, host="h2", port=1))
    assert not flash.names()


@pytest.mark.parametrize("failing", [0, 1])
def test_a_power_cut_between_the_two_writes_leaves_a_device_that_can_be_told_again(flash: Flash, failing: int) -> None:
    """`replace` is atomic (test_power_cut.py); here the device dies before the first or the second of them."""
    found = places(flash)
    writes = [0]
    replace = flash.replace

    def until(name: str, chunks: Any) -> None:
        if writes[0] == failing:
            raise KeyboardInterrupt
        writes[0] += 1
        replace(name, chunks)

    flash.replace = until
    with pytest.raises(KeyboardInterrupt):
        found.follow(signed(1, gateway=OTHER, host="h2", port=1))
    flash.replace = replace
    again = places(flash)
    again.follow(signed(1, gateway=OTHER, host="h2", port=1))
    assert again.homes.present.gateway.hex() == places(flash).homes.present.gateway.hex() == OTHER


@pytest.mark.parametrize(
    "fields",
    [
        {"homes": [{"gateway": OTHER}]},
        {"homes": [{"gateway": "00" * 8, "broker": broker(2)}]},
        {"homes": ["x"]},
        {"operator": "00" * 32},
        {"operator": "00" * 31, "subject": SUBJECT},
        {"silent_s": 0},
    ],
)
def test_homes_that_make_no_sense_are_refused(fields: Settings) -> None:
    with pytest.raises(ConfigurationError):
        Configuration({**MINIMAL, **fields})


def test_a_home_is_a_kid_and_a_broker() -> None:
    first = Configuration(dict(MINIMAL)).homes[0]
    assert isinstance(first, Home) and (first.gateway, first.broker.host) == (bytes(8), "h")


# --- the real firmware between two gateways


class Street:
    """A device that knows two gateways, each with a broker of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "a").mkdir()
        (folder / "b").mkdir()
        self.here = stack.enter_context(NatsBroker(folder / "a"))
        self.there = stack.enter_context(MosquittoBroker(folder / "b"))
        self.device = stack.enter_context(
            DeviceProcess(
                folder / "bin",
                self.here.port,
                silent_s=2,
                subject=SUBJECT,
                operator=OPERATOR.public.hex(),
                homes=[{"gateway": OTHER, "broker": broker(self.there.port)}],
            )
        )
        public = bytes.fromhex(self.device.command("--info")["public"])
        self.kid = keys.kid(public)
        publics = {self.kid: public}
        self.first = stack.enter_context(TinyGateway(self.here.port, REALM, publics, bytes.fromhex(GATEWAY_KID)))
        self.second = stack.enter_context(TinyGateway(self.there.port, REALM, publics, bytes.fromhex(OTHER)))

    def check(self) -> None:
        """Stop the device: every record is at one gateway or at both, with one content."""
        assert self.device.interrupt() == 0
        made = self.device.command("--info")["made"]
        first, second = self.first.records[self.kid], self.second.records[self.kid]
        assert all(first[seq] == second[seq] for seq in first.keys() & second.keys())
        assert not (self.first.faults or self.second.faults or self.first.conflicts or self.second.conflicts)
        waiting = self.device.command("--info")["waiting"]
        assert len(first.keys() | second.keys()) >= made - waiting


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    with ExitStack() as stack:
        yield Street(tmp_path, stack)


def test_a_silent_gateway_is_left_and_what_it_never_acknowledged_goes_to_the_other(street: Street) -> None:
    street.first.silent = True
    street.device.start()
    street.first.wait(lambda: len(street.first.records[street.kid]) >= 3)
    street.second.wait(lambda: len(street.second.records[street.kid]) >= 6)
    assert street.first.states[street.kid][-1] is False  # it said goodbye
    assert street.first.records[street.kid].keys() & street.second.records[street.kid].keys()
    street.check()


def test_a_dead_broker_is_left_and_after_a_restart_the_device_begins_where_it_was(street: Street) -> None:
    street.here.kill()
    street.device.start()
    street.second.wait(lambda: len(street.second.records[street.kid]) >= 3)
    street.device.kill()
    street.here.restart()
    count = len(street.second.records[street.kid])
    street.device.start()
    street.second.wait(lambda: len(street.second.records[street.kid]) >= count + 3)
    assert not street.first.records[street.kid]
    street.check()


def test_the_operators_configuration_moves_a_device_whose_gateway_is_well(street: Street) -> None:
    street.device.start()
    street.first.wait(lambda: len(street.first.records[street.kid]) >= 3)
    street.first.command(street.kid, signed(1, gateway=OTHER))
    street.second.wait(lambda: len(street.second.records[street.kid]) >= 3)
    street.first.wait(lambda: street.first.states[street.kid][-1] is False)
    street.check()
