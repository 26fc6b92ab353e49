"""`civicroot gateway account | certificate | broker-config`: what they write, and what they refuse."""

import datetime
import json
import os
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_gateway.install import certificates
from cryptography import x509

from .city import City
from .rig import Rig
from .secured_broker import civicroot

GATEWAY = "00" * 7 + "f1"
A, B = "a" * 16, "b" * 16
NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "broker"
    civicroot("broker-config", "--gateway", GATEWAY, "--folder", found)
    return found


def names(folder: Path) -> list[str]:
    return [line["username"] for line in civicroot("account", "list", "--folder", folder)]


def test_password_is_shown_once_and_kept_nowhere(folder: Path) -> None:
    (shown,) = civicroot("account", "add", A, "--folder", folder)
    assert sorted(shown) == ["password", "username"]
    assert len(shown["password"]) >= 32
    for path in folder.iterdir():
        assert shown["password"] not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
    assert f"{A}:$7$" in (folder / "mosquitto.passwd").read_text()


def test_two_accounts_never_have_one_password_or_hash(folder: Path) -> None:
    shown = civicroot("account", "add", A, B, "--folder", folder)
    assert shown[0]["password"] != shown[1]["password"]
    rows = json.loads((folder / "broker.json").read_text())["accounts"]
    assert len({row[broker] for row in rows for broker in ("mosquitto", "nats")}) == 4


def test_account_that_exists_is_not_replaced_by_accident_and_nothing_of_the_rest_is_made(folder: Path) -> None:
    civicroot("account", "add", A, "--folder", folder)
    before = (folder / "broker.json").read_bytes()
    with pytest.raises(CommandError, match="--replace"):
        civicroot("account", "add", B, A, "--folder", folder)
    assert (folder / "broker.json").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("bin/1", "device"), ("A" * 16, "device"), ("a" * 15, "device"), ("#", "device"), ("+", "device"),
        ("a" * 15 + "\n", "device"), (GATEWAY, "device"), (A, "gateway"), ("backend", "backend"),
    ],
)  # fmt: skip
def test_name_that_is_no_kid_or_has_no_business_here_is_refused(folder: Path, name: str, role: str) -> None:
    with pytest.raises(CommandError):
        civicroot("account", "add", name, "--role", role, "--folder", folder)
    assert names(folder) == []


def test_unknown_account_cannot_be_removed(folder: Path) -> None:
    with pytest.raises(CommandError, match=f"no account {A}"):
        civicroot("account", "remove", A, "--folder", folder)


def test_configuration_written_again_keeps_accounts_and_settings(folder: Path) -> None:
    civicroot("account", "add", A, "--folder", folder)
    civicroot("broker-config", "--port", "8884", "--folder", folder)
    civicroot("broker-config", "--broker", "nats", "--folder", folder)
    assert names(folder) == [A]
    text = (folder / "nats.conf").read_text()
    assert ":8884" in text
    assert GATEWAY in (folder / "nats-accounts.conf").read_text()
    assert f'user: "{A}", password: "$2a$' in (folder / "nats-accounts.conf").read_text()


@pytest.mark.parametrize(
    "options",
    [
        ["--gateway", "gateway/1"], ["--port", "0"], ["--port", "1883"], ["--port", "65536"], ["--store", "/a b"],
        ["--host", "x\nallow_anonymous true"], ["--user", "x\nallow_anonymous true"], ["--max-connections", "0"],
        ["--broker", "nats", "--certificate-port", "8884"], ["--broker", "nats", "--store-bytes", "5"],
    ],
)  # fmt: skip
def test_settings_that_cannot_stand_in_a_file_are_refused(folder: Path, options: list[str]) -> None:
    before = (folder / "broker.json").read_bytes()
    with pytest.raises(CommandError):
        civicroot("broker-config", *options, "--folder", folder)
    assert (folder / "broker.json").read_bytes() == before


def test_devices_side_needs_its_gateway(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--gateway"):
        civicroot("broker-config", "--folder", tmp_path)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}', '{"format": 1, "settings": {}, "accounts": [1]}'])
def test_settings_file_that_is_damaged_is_said_so(folder: Path, content: str) -> None:
    (folder / "broker.json").write_text(content)
    with pytest.raises(CommandError, match=r"broker\.json"):
        names(folder)


def test_reload_of_a_process_that_is_gone_is_said_after_the_accounts_are_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("no number")
    with pytest.raises(CommandError, match="broker was not told"):
        civicroot("account", "add", A, "--folder", folder, "--reload-pid", tmp_path / "pid")
    assert names(folder) == [A]


def test_accounts_follow_the_devices_that_are_enrolled(city: City, folder: Path, tmp_path: Path) -> None:
    devices = [city.device() for _ in range(3)]
    data = tmp_path / "data"
    rig = Rig(city, data)
    rig.trust_all()
    rig.close()
    city.write_policy(tmp_path / "policy.json")
    config = tmp_path / "gateway.toml"
    config.write_text(
        'realm = "test.example"\ndata = "data"\npolicy = "policy.json"\n'
        'broker_url = "mqtt://127.0.0.1"\nuplink_url = "mqtt://127.0.0.1"\n'
    )
    civicroot("account", "add", GATEWAY, "--role", "gateway", "--folder", folder)
    civicroot("account", "add", A, devices[0].kid.hex(), "--folder", folder)
    lines = civicroot("account", "follow", "--config", config, "--folder", folder)
    assert lines[0] == {"username": A, "removed": "not enrolled"}
    assert {line["username"] for line in lines[1:]} == {device.kid.hex() for device in devices[1:]}
    assert all(len(line["password"]) >= 32 for line in lines[1:])
    assert set(names(folder)) == {GATEWAY, *(device.kid.hex() for device in devices)}
    assert civicroot("account", "follow", "--config", config, "--folder", folder) == []


# Certificates


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    found = tmp_path / "authority"
    civicroot("certificate", "server", "broker.example", "10.0.0.5", "--folder", tmp_path, "--authority", found)
    return found


def test_authoritys_key_is_its_owners_alone_and_is_never_replaced(authority: Path, tmp_path: Path) -> None:
    key = authority / "ca.key"
    before = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "ca.key").exists()
    civicroot("certificate", "renew", "--now", "--folder", tmp_path, "--authority", authority)
    assert key.read_bytes() == before
    key.chmod(0o640)
    with pytest.raises(CommandError, match="read by others"):
        civicroot("certificate", "renew", "--now", "--folder", tmp_path, "--authority", authority)


def test_certificate_begins_before_any_devices_clock_and_ends_when_it_says(authority: Path, tmp_path: Path) -> None:
    own = certificates.read_server(tmp_path)
    root = x509.load_der_x509_certificate((tmp_path / "ca.der").read_bytes())
    today = datetime.datetime.now(datetime.UTC)
    for certificate, days in ((own, certificates.CERTIFICATE_DAYS), (root, certificates.AUTHORITY_DAYS)):
        assert certificate.not_valid_before_utc.year == 2000
        left = certificate.not_valid_after_utc - today
        assert datetime.timedelta(days=days - 1) < left <= datetime.timedelta(days=days)
    own.verify_directly_issued_by(root)
    assert sorted(certificates.names_of(own)) == ["10.0.0.5", "127.0.0.1", "broker.example", "localhost"]
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600


def test_renewal_waits_until_it_is_due_and_keeps_the_names(authority: Path, tmp_path: Path) -> None:
    before = certificates.read_server(tmp_path)
    arguments = ("certificate", "renew", "--folder", tmp_path, "--authority", authority)
    assert civicroot(*arguments)[0]["renewed"] is False
    assert certificates.read_server(tmp_path) == before
    assert civicroot(*arguments, "--now")[0]["renewed"] is True
    after = certificates.read_server(tmp_path)
    assert after.serial_number != before.serial_number
    assert certificates.names_of(after) == certificates.names_of(before)


@pytest.mark.parametrize(("days", "due"), [(181, False), (179, True), (-1, True)])
def test_certificate_is_due_half_a_year_before_its_end(tmp_path: Path, days: int, due: bool) -> None:
    issued = NOW + datetime.timedelta(days=days - certificates.CERTIFICATE_DAYS)
    found = certificates.open_authority(tmp_path / "authority", issued)
    certificates.issue_server(found, ["broker.example"], tmp_path, issued)
    assert certificates.is_due(certificates.read_server(tmp_path), NOW) is due


def test_nothing_outlives_the_authority(tmp_path: Path) -> None:
    founded = NOW - datetime.timedelta(days=certificates.AUTHORITY_DAYS - 10)
    certificates.open_authority(tmp_path / "authority", founded)
    found = certificates.open_authority(tmp_path / "authority", NOW)
    certificates.issue_server(found, ["broker.example"], tmp_path, NOW)
    assert certificates.read_server(tmp_path).not_valid_after_utc == found.certificate.not_valid_after_utc


@pytest.mark.parametrize("damage", ["ca.key", "ca.pem"])
def test_damaged_authority_is_refused_and_kept(authority: Path, tmp_path: Path, damage: str) -> None:
    (authority / damage).write_text("nonsense")
    with pytest.raises(CommandError, match="authority"):
        civicroot("certificate", "renew", "--now", "--folder", tmp_path, "--authority", authority)
    assert (authority / damage).read_text() == "nonsense"


def test_client_certificate_is_for_a_kid_alone(authority: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a kid"):
        civicroot("certificate", "client", "backend", "--out", tmp_path, "--authority", authority)
    civicroot("certificate", "client", GATEWAY, "--out", tmp_path, "--authority", authority)
    assert (tmp_path / f"{GATEWAY}.key").stat().st_mode & 0o777 == 0o600


def test_files_are_replaced_whole_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        civicroot("account", "add", A, "--folder", folder)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert not [path for path in folder.iterdir() if path.name.startswith(".") and path.name != ".lock"]
