"""Configuration, key, spool and policy: what the gateway does not start with, and says why."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from civicroot_cli.main import main
from civicroot_gateway import config, home, keyfile
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.errors import ConfigError, KeyFileError, SpoolError
from civicroot_gateway.mqtt import broker_address
from civicroot_gateway.registry import trust
from civicroot_gateway.spool import tables
from civicroot_gateway.spool.state import STATE_FILE
from civicroot_wire import batch, policy, possession, topic

from .city import REALM, City, Device, signer, verify
from .rig import Rig

_GOOD = """
realm = "test.example"
data = "data"
policy = "policy.json"
broker_url = "mqtt://127.0.0.1:1884"
uplink_url = "mqtt://me:s%40me@host.example"
"""


def _load(tmp_path: Path, text: str) -> config.Config:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return config.load(path)


def test_configuration_gives_absolute_paths_addresses_and_defaults(tmp_path: Path) -> None:
    found = _load(tmp_path, _GOOD)
    assert (found.realm, found.data, found.policy) == (REALM, tmp_path / "data", tmp_path / "policy.json")
    assert (found.broker.host, found.broker.port, found.broker.username) == ("127.0.0.1", 1884, None)
    assert (found.uplink.port, found.uplink.username, found.uplink.password) == (1883, "me", "s@me")
    assert "s@me" not in repr(found)
    assert found.batch == BatchLimits()


def test_configuration_limits_are_read(tmp_path: Path) -> None:
    found = _load(
        tmp_path, _GOOD + "[batch]\nmax_records = 7\nmax_bytes = 1024\nmax_age = 0.5\n[spool]\nmax_bytes = 1000000\n"
    )
    assert (found.batch, found.spool_bytes) == (BatchLimits(7, 1024, 0.5), 1_000_000)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_GOOD.replace('realm = "test.example"', ""), "missing key realm"),
        (_GOOD + "color = 1", "unknown key color"),
        (_GOOD + "[batch]\nsize = 1", "unknown key batch.size"),
        (_GOOD + "[batch]\nmax_records = 1025", "max_records is not a number"),
        (_GOOD + "[batch]\nmax_records = 2.5", "max_records is not a number"),
        (_GOOD + "[batch]\nmax_bytes = 100", "max_bytes is not a number"),
        (_GOOD + "[batch]\nmax_age = true", "max_age is not a number"),
        (_GOOD + "batch = 3", "batch is not a table"),
        (_GOOD.replace("test.example", "Test Example"), "not a realm"),
        (_GOOD.replace('"data"', "7"), "data is not text"),
        (_GOOD.replace("mqtt://127.0.0.1:1884", "http://127.0.0.1"), "a broker URL is"),
        (_GOOD.replace("mqtt://127.0.0.1:1884", "mqtt://127.0.0.1:99999"), "port"),
        ("realm = ", "gateway.toml"),
    ],
)
def test_configuration_that_is_wrong_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        _load(tmp_path, text)


def test_configuration_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        config.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "url", ["mqtt://", "mqttss://host", "mqtt://host/path", "mqtt://host?x=1", "host:1883", "mqtt://[::1"]
)
def test_broker_url_that_we_would_not_follow_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        broker_address.parse(url)


def test_key_is_private_durable_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "k"
    keyfile.create(path, bytes(32))
    assert (path.stat().st_mode & 0o777, keyfile.read(path)) == (0o600, bytes(32))
    with pytest.raises(KeyFileError, match="exists"):
        keyfile.create(path, bytes(range(32)))
    assert keyfile.read(path) == bytes(32)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (bytes(31), 0o600, "32 bytes"),
        (bytes(33), 0o600, "32 bytes"),
        (bytes(32), 0o640, "0640"),
        (bytes(32), 0o604, "0604"),
    ],
)
def test_key_file_that_is_no_private_key_is_refused(tmp_path: Path, content: bytes, mode: int, says: str) -> None:
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=says):
        keyfile.read(path)


def test_key_that_is_missing_or_a_pipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="init"):
        keyfile.read(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):  # a pipe that nobody writes to would be waited for without end
        with pytest.raises(KeyFileError):
            keyfile.read(path)


def test_spool_of_another_key_or_realm_is_refused(tmp_path: Path) -> None:
    home.create(tmp_path, REALM, signer(5))
    for key, realm in ((signer(6), REALM), (signer(5), "other.example")):
        with pytest.raises(SpoolError, match="another key or realm"):
            home.open_spool(tmp_path, key, realm)


def test_key_without_its_spool_is_refused_because_its_number_is_lost(tmp_path: Path) -> None:
    home.create(tmp_path, REALM, signer(5))
    (tmp_path / STATE_FILE).unlink()
    shutil.rmtree(tmp_path / "spool")
    with pytest.raises(SpoolError, match="batch number"):
        home.open_spool(tmp_path, signer(5), REALM)


def test_spool_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    home.create(tmp_path, REALM, signer(5))
    with sqlite3.connect(tmp_path / STATE_FILE) as connection:
        newer = len(tables.STEPS) + 1
        connection.execute(f"PRAGMA user_version = {newer}")
        connection.execute(f"PRAGMA application_id = {tables._APPLICATION + newer}")
    connection.close()
    with pytest.raises(SpoolError, match="newer"):
        home.open_spool(tmp_path, signer(5), REALM)


def test_state_that_is_no_database_is_set_aside_and_made_anew(tmp_path: Path) -> None:
    home.create(tmp_path, REALM, signer(5))
    (tmp_path / STATE_FILE).write_bytes(b"not a database at all" * 100)
    home.open_spool(tmp_path, signer(5), REALM).close()
    assert (tmp_path / "state.db.damaged-1").read_bytes().startswith(b"not a database")


def test_creation_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    home.create(tmp_path, REALM, signer(5))
    (tmp_path / "gateway.key").unlink()
    home.create(tmp_path, REALM, signer(6))
    home.open_spool(tmp_path, signer(6), REALM).close()


def test_second_creation_at_the_same_time_leaves_key_and_spool_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = home.locked

    @contextmanager
    def after_another(folder: Path) -> Iterator[None]:
        monkeypatch.setattr(home, "locked", locked)
        home.create(folder, REALM, signer(5))
        with locked(folder):
            yield

    monkeypatch.setattr(home, "locked", after_another)
    with pytest.raises(KeyFileError, match="exists"):
        home.create(tmp_path, REALM, signer(6))
    home.open_spool(tmp_path, home.read_key(tmp_path), REALM).close()


def test_used_spool_whose_key_is_gone_is_not_overwritten(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0))
    (rig.folder / "gateway.key").unlink()
    with pytest.raises(SpoolError, match="was used"):
        home.create(rig.folder, REALM, signer(6))


def test_state_is_synchronous_and_write_ahead(rig: Rig) -> None:
    values = [
        rig.spool.projection._state._run(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]
    assert values == ["wal", 2]


def _damaged(document: dict[str, dict[str, object]]) -> bytes:
    document["policy"]["version"] = 2
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "change", [_damaged, lambda _document: b"{", lambda _document: b"\xff", lambda _document: b" " * 200_000]
)
def test_policy_that_its_roots_did_not_sign_is_refused(tmp_path: Path, change) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(change(json.loads(json.dumps(policy.to_document(City().policy)))))
    with pytest.raises(ConfigError, match=r"policy\.json"):
        trust.load(path, REALM, verify)


def test_policy_of_another_realm_is_refused(tmp_path: Path) -> None:
    City().write_policy(tmp_path / "policy.json")
    with pytest.raises(ConfigError, match="realm"):
        trust.load(tmp_path / "policy.json", "other.example", verify)


def test_commands_make_a_key_ask_for_enrolment_and_refuse_a_second_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(tmp_path / "g"), "--realm", REALM]
    assert main(["gateway", "init", *where]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["gateway", "possession", *where, "--subject", "gateway/1", "--nonce", "00" * 16]) == 0
    asked = json.loads(capsys.readouterr().out)
    request = possession.decode(bytes.fromhex(asked["possession"]))
    possession.verify(request, REALM, bytes.fromhex(made["public"]), verify)
    assert (asked["kid"], request.subject, request.role, request.nonce) == (
        made["kid"],
        "gateway/1",
        "gateway",
        bytes(16),
    )
    assert main(["gateway", "init", *where]) == 2
    assert main(["gateway", "possession", *where, "--subject", "Gateway", "--nonce", "00" * 16]) == 2
    assert main(["gateway", "possession", *where, "--subject", "gateway/1", "--nonce", "zz"]) == 2
    assert main(["gateway", "run", "--config", str(tmp_path / "none.toml")]) == 2


def test_status_shows_what_is_spooled_heard_and_refused(
    city: City, device: Device, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(_GOOD)
    rig = Rig(city, tmp_path / "data")
    rig.trust_all()
    rig.up(device, *[device.record(n) for n in range(5)], device.record(9, realm="other.example"))
    rig.close()
    assert main(["gateway", "status", "--config", str(path), "--json"]) == 1  # no process runs
    found = json.loads(capsys.readouterr().out)
    assert (found["records_spooled"], found["batches_waiting"], found["next_batch"]) == (5, 1, 1)
    assert found["refusals"] == {"record": {"bad-signature": 1}}
    assert [(row["kid"], row["heard"]) for row in found["devices"]] == [(device.kid.hex(), rig.now)]
    assert main(["gateway", "status", "--config", str(path)]) == 1
    text = capsys.readouterr().out
    assert "5 records" in text and "bad-signature 1" in text and "bin/1" in text


def test_requeued_dead_letters_go_into_a_new_batch_under_a_new_number(
    city: City, device: Device, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gateway.toml").write_text(_GOOD)
    rig = Rig(city, tmp_path / "data")
    rig.trust_all()
    rig.up(device, *[device.record(n) for n in range(4)])
    rig.say(None, topic.ACK, city.refuse(rig.batches()[0], "bad-time"))
    rig.flush()
    rig.close()
    assert main(["gateway", "requeue", "--config", str(tmp_path / "gateway.toml")]) == 0
    assert capsys.readouterr().out == "4 records go into new batches\n"
    rig.open()
    rig.flush()
    header, records = batch.decode_message(rig.batches()[0])
    assert batch.decode_header(header).sequence.seq == 1
    assert records == [device.record(n) for n in range(4)]
    rig.close()


def test_module_imports_create_nothing(tmp_path: Path) -> None:
    code = "import civicroot_gateway.cli, threading; assert threading.active_count() == 1"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env=os.environ)
    assert list(tmp_path.iterdir()) == []
