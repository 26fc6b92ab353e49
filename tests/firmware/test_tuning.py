"""Remote configuration beyond the home: intervals, deltas and thresholds that the operator signed."""

from pathlib import Path
from typing import Any

import pytest
from civicroot_device.config import Configuration
from civicroot_device.errors import ConfigurationError, SettingRefused
from civicroot_device.places import Places
from civicroot_device.reporting.alarms import Alarms
from civicroot_device.reporting.kinds import KINDS, Quantity
from civicroot_device.reporting.sampling import ReportRule, Sample
from civicroot_device.reporting.tuning import MAX_INTERVAL_MS, Tuning, tuned
from civicroot_device.storage.flash import Flash
from civicroot_wire import configuration, keys, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.configuration import Configuration as Wanted
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer

from tests.firmware.device_process import REALM, DeviceProcess
from tests.firmware.test_device import public_of
from tests.firmware.test_homes import OPERATOR, OTHER, SUBJECT
from tests.firmware.test_sampling import MINIMAL
from tests.firmware.tiny_gateway import TinyGateway
from tests.support.brokers import NatsBroker

Settings = dict[str, Any]
OWN = Tuning(KINDS["bin"], 600_000, 120_000)


def decimal(text: str) -> DecimalFraction:
    """ "0.85" as the wire carries it."""
    whole, _, places = text.partition(".")
    return DecimalFraction(-len(places), int(whole + places))


def signed(version: int, settings: Settings, signer: Signer = OPERATOR, subject: str = SUBJECT) -> bytes:
    return configuration.sign(Wanted(subject, version, settings), signer.kid, REALM, REALM, signer)


def quantity(found: Tuning, name: str) -> Quantity:
    (item,) = [item for item in found.kind if item.name == name]
    assert isinstance(item, Quantity)
    return item


# --- settings to limits


def test_settings_in_the_quantitys_unit_become_limits_in_its_resolution() -> None:
    settings = {
        "report.interval_s": 60,
        "report.sample_s": decimal("2.5"),
        "delta.fill": decimal("0.1"),
        "delta.weight": 2,
        "alarm.full.begin": decimal("0.8"),
        "alarm.full.end": decimal("0.75"),
        "alarm.fire.begin": 70,
    }
    found = tuned(OWN, settings)
    assert (found.interval_ms, found.sample_ms, found.promise_s) == (60_000, 2500, 63)
    assert (quantity(found, "fill").delta, quantity(found, "weight").delta) == (10, 200)
    (full,) = quantity(found, "fill").alarms
    assert (full.at, full.release) == (80, 75)  # type: ignore[attr-defined]
    fire, rise = quantity(found, "temp").alarms
    assert (fire.at, fire.release) == (700, 500)  # type: ignore[attr-defined]
    assert rise is quantity(OWN, "temp").alarms[1]
    for before, after in zip(OWN.kind, found.kind, strict=True):
        kept = {name: value for name, value in vars(after).items() if name not in ("delta", "alarms")}
        assert kept == {name: vars(before)[name] for name in kept}


def test_what_is_not_named_is_as_the_device_has_it_and_unknown_names_mean_nothing() -> None:
    unknown = {"delta.soil": -1, "delta.lid": 5, "alarm.knock.begin": 0, "alarm.flood.end": True, "threshold": "x"}
    for settings in ({}, unknown):
        found = tuned(OWN, settings)
        assert (found.interval_ms, found.sample_ms) == (600_000, 120_000)
        assert [vars(item)["name"] for item in found.kind] == [item.name for item in OWN.kind]
        for before, after in zip(OWN.kind, found.kind, strict=True):
            assert isinstance(before, Quantity) == isinstance(after, Quantity)
            if isinstance(before, Quantity) and isinstance(after, Quantity):
                assert after.delta == before.delta
                assert [vars(rule) for rule in after.alarms] == [vars(rule) for rule in before.alarms]


def test_samples_are_never_rarer_than_the_reports() -> None:
    assert tuned(OWN, {"report.interval_s": 30}).sample_ms == 30_000
    assert tuned(OWN, {"report.interval_s": 3600}).sample_ms == 120_000


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("report.interval_s", 1),
        ("report.interval_s", MAX_INTERVAL_MS // 1000),
        ("report.sample_s", 1),
        ("report.sample_s", 600),
        ("delta.fill", decimal("0.01")),
        ("delta.fill", 1),
        ("delta.fill", DecimalFraction(-12, 10**11)),  # 0.1, said with many zeros
        ("alarm.full.begin", 1),
        ("alarm.full.begin", decimal("0.86")),
        ("alarm.full.end", 0),
        ("alarm.battery.begin", 19),  # an alarm of too little
        ("alarm.fire.end", -40),
    ],
)
def test_the_ends_of_every_range_are_followed(setting: str, value: object) -> None:
    assert tuned(OWN, {setting: value})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("report.interval_s", 0),
        ("report.interval_s", decimal("0.999")),
        ("report.interval_s", 86_401),
        ("report.interval_s", decimal("60.0005")),
        ("report.interval_s", "60"),
        ("report.interval_s", True),
        ("report.interval_s", float("nan")),
        ("report.interval_s", 1e300),
        ("report.sample_s", 0),
        ("report.sample_s", -5),
        ("report.sample_s", 601),  # the reports' interval is 600
        ("delta.fill", 0),
        ("delta.fill", decimal("0.015")),
        ("delta.fill", decimal("1.01")),
        ("delta.temp", -1),
        ("delta.battery", "5"),
        ("alarm.full.begin", decimal("1.01")),
        ("alarm.full.begin", decimal("0.85")),  # where it ends
        ("alarm.full.begin", decimal("0.3")),
        ("alarm.full.end", decimal("0.95")),
        ("alarm.fire.begin", 126),
        ("alarm.fire.begin", (1 << 64) - 1),
        ("alarm.fire.end", False),
        ("alarm.battery.begin", 30),  # over its end: an empty battery would be none
        ("alarm.tilt.end", "steep"),
    ],
)
def test_a_known_setting_that_makes_no_sense_is_refused_by_name(setting: str, value: object) -> None:
    with pytest.raises(SettingRefused) as refused:
        tuned(OWN, {"report.interval_s": 600, "delta.weight": 1, setting: value})  # type: ignore[dict-item]
    assert refused.value.setting == setting
    assert len(setting.encode()) <= 32


def test_both_ends_may_move_past_where_one_of_them_was() -> None:
    settings = {"alarm.full.begin": decimal("0.5"), "alarm.full.end": decimal("0.4")}
    (full,) = quantity(tuned(OWN, settings), "fill").alarms
    assert (full.at, full.release) == (50, 40)  # type: ignore[attr-defined]


# --- in force at once


def test_an_alarm_in_force_lasts_until_it_is_over_by_the_new_limits() -> None:
    alarms = Alarms(OWN.kind)
    assert alarms.update({"fill": 92}, 0) == ["full"]
    lower = tuned(OWN, {"alarm.full.begin": decimal("0.5"), "alarm.full.end": decimal("0.4")})
    alarms.tune(lower.kind)
    assert alarms.update({"fill": 60}, 1000) == ["full"]
    assert alarms.update({"fill": 40}, 2000) == []
    assert alarms.update({"fill": 50}, 3000) == ["full"]
    alarms.tune(OWN.kind)
    assert alarms.update({"fill": 50}, 4000) == []


def test_a_shorter_interval_and_a_smaller_delta_count_from_the_next_sample() -> None:
    rule = ReportRule(OWN.kind, OWN.interval_ms)
    first = rule.due(Sample({"weight": 1000}, {}), 0)
    assert first is not None
    rule.reported(first, 0)
    assert rule.due(Sample({"weight": 1030}, {}), 61_000) is None
    found = tuned(OWN, {"delta.weight": decimal("0.3"), "report.interval_s": 60})
    rule.tune(found.kind, found.interval_ms)
    due = rule.due(Sample({"weight": 1030}, {}), 62_000)
    assert due is not None and due.names == ["weight"]
    assert rule.due(Sample({"weight": 1000}, {}), 62_000) is not None  # a heartbeat


# --- the operator's word


@pytest.fixture
def flash(tmp_path: Path) -> Flash:
    return Flash(str(tmp_path))


def places(flash: Flash, **more: Any) -> Places:
    fields = {"realm": REALM, "subject": SUBJECT, "operator": OPERATOR.public.hex(), **more}
    return Places(Configuration({**MINIMAL, **fields}), flash)


def test_the_newest_configuration_is_followed_also_after_a_restart_and_replaces_all_of_the_one_before(
    flash: Flash,
) -> None:
    found = places(flash)
    assert (found.tuning.interval_ms, found.standing) == (600_000, (None, None))
    found.follow(signed(3, {"report.interval_s": 60, "delta.weight": 2}))
    for after in (found, places(flash)):
        assert (after.tuning.interval_ms, quantity(after.tuning, "weight").delta) == (60_000, 200)
        assert after.standing == (3, None)
    found.follow(signed(4, {"report.interval_s": 30}))
    for after in (found, places(flash)):
        assert (after.tuning.interval_ms, quantity(after.tuning, "weight").delta) == (30_000, 50)
        assert after.standing == (4, None)


def test_a_refused_configuration_keeps_the_one_before_says_why_and_a_better_one_ends_it(flash: Flash) -> None:
    found = places(flash)
    found.follow(signed(3, {"report.interval_s": 60}))
    home = {"home.gateway": OTHER, "home.host": "h2", "home.port": 1}
    with pytest.raises(SettingRefused):
        found.follow(signed(4, {"report.interval_s": 30, "alarm.full.begin": 5, **home}))
    assert (found.tuning.interval_ms, found.standing) == (60_000, (3, "alarm.full.begin"))
    assert found.homes.present.gateway == bytes(8)  # nor did it move
    with pytest.raises(ConfigurationError):
        found.follow(signed(5, {"report.interval_s": 30, "home.gateway": OTHER}))
    assert (found.tuning.interval_ms, found.standing) == (60_000, (3, "home"))
    assert places(flash).standing == (3, None)
    found.follow(signed(4, {"report.interval_s": 30}))
    assert (found.tuning.interval_ms, found.standing) == (30_000, (4, None))


def test_a_replayed_version_and_a_wrong_operator_change_nothing_and_are_named(flash: Flash) -> None:
    found = places(flash)
    old, present, other = (signed(n, {"report.interval_s": n * 10}) for n in (2, 3, 4))
    found.follow(old)
    found.follow(present)
    for reason, data in (
        ("old-version", old),
        ("old-version", signed(3, {"report.interval_s": 99})),
        ("key-mismatch", signed(4, {"report.interval_s": 99}, Signer(bytes(32)))),
        ("wrong-topic", signed(4, {"report.interval_s": 99}, subject="bin/13")),
        ("bad-signature", other[:-1] + bytes([other[-1] ^ 1])),
    ):
        with pytest.raises(WireError) as refused:
            found.follow(data)
        assert refused.value.reason == reason
        assert (found.tuning.interval_ms, found.standing) == (30_000, (3, reason))
    assert places(flash).tuning.interval_ms == 30_000


def test_the_retained_configuration_that_comes_at_each_connection_is_no_refusal(flash: Flash) -> None:
    found, present = places(flash), signed(3, {"report.interval_s": 60})
    found.follow(present)
    for data, standing in ((signed(2, {}), (3, "old-version")), (present, (3, None))):
        with pytest.raises(WireError):
            found.follow(data)
        assert found.standing == standing


def test_a_release_on_the_same_topic_is_no_refused_configuration(flash: Flash) -> None:
    found = places(flash)
    about = configuration.claims.Claims(configuration.claims.RELEASE_TYP, REALM, "release/bin", REALM)
    with pytest.raises(WireError):
        found.follow(configuration.claims.sign(OPERATOR.kid, about, b"\xa0", OPERATOR))
    assert found.standing == (None, None)


def test_a_power_cut_before_it_is_kept_leaves_the_one_before(flash: Flash) -> None:
    """Every single write of it is cut in test_power_cut.py (device_side/kept_places.py)."""
    found = places(flash)
    found.follow(signed(3, {"report.interval_s": 60}))
    replace = flash.replace

    def cut(name: str, chunks: Any) -> None:
        raise KeyboardInterrupt

    flash.replace = cut
    with pytest.raises(KeyboardInterrupt):
        found.follow(signed(4, {"report.interval_s": 30}))
    flash.replace = replace
    after = places(flash)
    assert (after.tuning.interval_ms, after.standing) == (60_000, (3, None))
    after.follow(signed(4, {"report.interval_s": 30}))
    assert places(flash).standing == (4, None)


def test_a_stored_one_that_another_firmware_refuses_leaves_the_devices_own_and_is_said(flash: Flash) -> None:
    found = places(flash)
    found.follow(signed(3, {"report.interval_s": 60, "alarm.full.begin": decimal("0.86")}))
    tree = places(flash, kind="tree")  # knows no fill
    assert (tree.tuning.interval_ms, tree.standing) == (60_000, (3, None))
    data = signed(4, {"report.interval_s": 86_401})
    assert found.wanted is not None
    found.wanted.keep(configuration.decode(data), data)
    after = places(flash)
    assert (after.tuning.interval_ms, after.standing) == (600_000, (None, "report.interval_s"))


# --- the real firmware


def test_a_signed_configuration_changes_interval_and_alarm_of_a_running_device_and_its_state_says_so(
    tmp_path: Path,
) -> None:
    samples = tmp_path / "samples.csv"
    samples.write_text("seconds,fill,battery\n0,0.5,80\n60,0.5,80\n")
    operator = {"subject": SUBJECT, "operator": OPERATOR.public.hex(), "samples": str(samples)}
    with (
        NatsBroker(tmp_path) as broker,
        DeviceProcess(tmp_path / "bin", broker.port, interval_s=3600, **operator) as device,
    ):
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(broker.port, REALM, {kid: public}) as gateway:

            def alarms() -> list[Any]:
                """What each record says of alarms; None if nothing."""
                found = [record.decode(data).pack.measurements for _, data in sorted(gateway.records[kid].items())]
                return [next((item.value for item in items if item.name == "alarm"), None) for items in found]

            device.start()
            gateway.wait(lambda: gateway.waiting.get(kid) == 0)
            assert (alarms(), gateway.standing[kid]) == ([None], (None, None))
            limits = {"alarm.full.begin": decimal("0.4"), "alarm.full.end": decimal("0.3")}
            gateway.command(kid, signed(3, {"report.interval_s": 1, **limits}))
            gateway.wait(lambda: gateway.standing[kid] == (3, None) and len(alarms()) >= 4)
            assert alarms()[:4] == [None, "full", None, None]  # the last two are heartbeats, a second apart
            gateway.command(kid, signed(4, {"report.interval_s": 3600, "alarm.full.begin": decimal("0.2")}))
            gateway.wait(lambda: gateway.standing[kid] == (3, "alarm.full.begin"))
            assert device.interrupt() == 0

            count = len(alarms())
            device.start()
            gateway.wait(lambda: len(alarms()) >= count + 2)  # a heartbeat again
            assert alarms()[count] == "full"  # by the threshold of version 3
            gateway.wait(lambda: gateway.standing[kid] == (3, "alarm.full.begin"))
            assert device.interrupt() == 0
            assert not gateway.faults
