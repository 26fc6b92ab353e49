"""The commands as people run them: found a realm, run the backend, enrol over HTTP, rebuild telemetry."""

import json
import os
import stat
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_backend import enrolment_request, realm
from civicroot_backend.config import load
from civicroot_backend.enrolment_request import EnrolmentRequestError
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.realm import found_realm
from civicroot_cli import submission
from civicroot_cli.main import main
from civicroot_wire import enrolment
from civicroot_wire import policy as policies
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.errors import MalformedError
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import verify
from sqlalchemy import text

from tests.backend.city import NOW, City, batch_message, commit, signed_record
from tests.backend.processes import BackendProcess, command
from tests.support.brokers import NatsBroker, free_port


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)


def test_realm_init_writes_keys_for_their_owner_only_and_a_policy_signed_by_the_root(tmp_path: Path) -> None:
    done = run("realm", "init", "--realm", "my.city", "--dir", tmp_path / "my", "--http-port", "1234")
    assert done.returncode == 0, done.stderr
    for name in (realm.ROOT_KEY, realm.LOG_KEY, realm.REGISTRAR_KEY, realm.BACKEND_KEY):
        found = (tmp_path / "my" / name).stat()
        assert (stat.S_IMODE(found.st_mode), found.st_size) == (0o600, 32)
    document = json.loads((tmp_path / "my/policy.json").read_text())
    policy: Policy = policies.verify(policies.from_document(document), verify)
    assert (policy.realm, policy.version) == ("my.city", 1)
    config = load(tmp_path / "my/backend.toml", {})
    assert (config.http_port, config.public_url) == (1234, "http://127.0.0.1:1234")


def test_realm_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / realm.LOG_KEY).write_bytes(b"precious")
    done = run("realm", "init", "--realm", "my.city", "--dir", tmp_path)
    assert done.returncode == 2
    assert "log.key already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [realm.LOG_KEY]
    assert (tmp_path / realm.LOG_KEY).read_bytes() == b"precious"


def test_realm_init_refuses_a_bad_name(tmp_path: Path) -> None:
    done = run("realm", "init", "--realm", "My City", "--dir", tmp_path / "my")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_two_realms_never_share_a_key(tmp_path: Path) -> None:
    for name in "ab":
        found_realm("same.city", tmp_path / name, realm.Addresses(), NOW)
    keys = [path.read_bytes() for path in tmp_path.rglob("*.key")]
    assert len(set(keys)) == 8


@pytest.mark.system
def test_enrolling_over_http_and_ending_cleanly(tmp_path: Path) -> None:
    port = free_port()
    with NatsBroker(tmp_path) as broker:
        city = City(tmp_path / "city", realm.Addresses(f"mqtt://{broker.host}:{broker.port}", http_port=port))
        with BackendProcess(city.config_file, port, tmp_path / "backend.log") as process:
            process.wait_until_serving()
            _enrol_one(city, process)
            _enrol_many(city, process, tmp_path)
            assert process.stop() == 0


def _enrol(city: City, process: BackendProcess, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    key = city.folder / realm.REGISTRAR_KEY
    return run("enrol", "--registrar-key", key, "--realm", city.realm, "--url", process.url, *arguments)


def _enrol_one(city: City, process: BackendProcess) -> None:
    key = city.key()
    possession = city.possession(key, "bin/12", "device").hex()
    one = ("--subject", "bin/12", "--role", "device", "--public", key.public.hex(), "--possession", possession)
    done = _enrol(
        city, process, *one, "--label", "Market", "--latitude", "47.3770", "--longitude", "-8.5", "--simulated"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["index"] == 2
    device = json.loads(process.get("/api/v1/subjects/bin/12"))
    assert device["label"] == "Market"
    assert device["location"] == {"latitude": 47.377, "longitude": -8.5}
    assert device["simulated"] is True
    refused = _enrol(city, process, *one[:-1], possession[:-2] + "00")
    assert refused.returncode == 1
    assert "bad-signature" in refused.stderr


def _enrol_many(city: City, process: BackendProcess, folder: Path) -> None:
    keys = [city.key() for _ in range(5)]
    rows = [
        {
            "subject": f"tree/{number}",
            "role": "device",
            "public": key.public.hex(),
            "possession": city.possession(key, f"tree/{number}", "device").hex(),
            "latitude": 47.1,
            "longitude": 8,
        }
        for number, key in enumerate(keys)
    ]
    lines = folder / "trees.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = _enrol(city, process, "--from", lines)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["index"] for line in done.stdout.splitlines()] == [3, 4, 5, 6, 7]


@pytest.mark.system
def test_a_part_that_fails_ends_the_process_with_an_error(tmp_path: Path) -> None:
    port = free_port()
    with NatsBroker(tmp_path) as broker:
        city = City(tmp_path / "city", realm.Addresses(f"mqtt://{broker.host}:{broker.port}", http_port=port))
        with BackendProcess(city.config_file, port, tmp_path / "backend.log") as process:
            process.wait_until_serving()
            # Another writer publishes in its place.
            (city.folder / "data/public/log/checkpoint").write_text("not this backend's\n")
            key = city.key()
            signed = city.enrolment(key, "bin/12", "device")
            with submission.City(process.url) as server:
                server.submit(signed)
            assert process.wait() == 1
    assert "not what this process put there" in (tmp_path / "backend.log").read_text()


def test_backend_with_a_wrong_configuration_says_so_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "backend.toml"
    file.write_text('relm = "x"\n')
    done = run("backend", "run", "--config", file)
    assert done.returncode == 1
    assert done.stderr == "civicroot: unknown configuration keys: relm\n"


@pytest.mark.parametrize("newer", [False, True])
def test_a_database_that_cannot_be_used_is_named_in_one_line(city: City, newer: bool) -> None:
    file = city.config.data_directory / "civicroot.db"
    if newer:
        with city.backend() as backend, backend.database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    else:
        file.parent.mkdir()
        file.write_bytes(b"no database" * 1000)
    done = run("backend", "run", "--config", city.config_file)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("civicroot: database: ")
    assert "Traceback" not in done.stderr


def test_key_file_that_others_can_read_is_refused(city: City) -> None:
    (city.folder / realm.BACKEND_KEY).chmod(0o640)
    done = run("backend", "run", "--config", city.config_file)
    assert done.returncode == 1
    assert "chmod 600" in done.stderr


def test_a_second_process_on_the_same_data_says_so_and_harms_nothing(city: City) -> None:
    """With a telemetry server, nothing else would stop it: the two would end each other's log threads in turns."""
    with city.backend(telemetry_url=f"victoria+http://127.0.0.1:{free_port()}") as backend:
        done = run("backend", "rebuild-telemetry", "--config", city.config_file)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("civicroot: another backend")
        city.enrolled(backend, "bin/12", "device")
        backend.publish_pending()
    assert run("backend", "rebuild-telemetry", "--config", city.config_file).returncode == 0


def test_rebuilt_telemetry_is_what_it_was(city: City) -> None:
    with city.backend() as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        listed = [signed_record(device, seq, fill=seq % 100) for seq in range(700)]
        commit(backend, gateway, batch_message(gateway, 0, listed))
        backend.project_pending()
        before = backend.telemetry.history(device.kid, "fill", 0, 2**32, 1)
    done = run("backend", "rebuild-telemetry", "--config", city.config_file)
    assert (done.returncode, done.stdout) == (0, "700 records\n"), done.stderr
    with city.backend() as backend:
        assert backend.telemetry.history(device.kid, "fill", 0, 2**32, 1) == before
        assert before[0].count == 700


# Requests


def request(city: City, **changes: object) -> enrolment_request.Request:
    key = city.key()
    values = {
        "subject": "bin/1",
        "role": "device",
        "public": key.public.hex(),
        "possession": city.possession(key, "bin/1", "device").hex(),
    }
    return enrolment_request.from_mapping(values | changes)


@pytest.mark.parametrize(
    ("text", "number"),
    [("47.3770", DecimalFraction(-4, 473770)), ("-8", -8), ("1E+2", 100), ("-0.05", DecimalFraction(-2, -5))],
)
def test_a_place_keeps_the_resolution_it_was_written_in(city: City, text: str, number: int | DecimalFraction) -> None:
    made = request(city, latitude=text, longitude=Decimal(0))
    found = enrolment.decode(enrolment_request.sign(made, city.registrar, city.realm, NOW))
    assert found.location == (number, 0)
    assert enrolment.verify(found, city.realm, city.registrar.public, verify).issued_at == NOW


@pytest.mark.parametrize(
    "changes",
    [{"public": "xyz"}, {"latitude": "north", "longitude": "1"}, {"colour": "red"}, {"role": None}],
    ids=["hex", "degrees", "unknown", "missing"],
)
def test_bad_requests_are_refused(city: City, changes: dict[str, object]) -> None:
    with pytest.raises(EnrolmentRequestError):
        request(city, **changes)


def test_half_a_place_is_refused(city: City) -> None:
    with pytest.raises(EnrolmentRequestError, match="latitude and longitude"):
        enrolment_request.sign(request(city, latitude="1"), city.registrar, city.realm, NOW)


def test_a_public_key_of_the_wrong_length_is_refused(city: City) -> None:
    with pytest.raises(MalformedError):
        enrolment_request.sign(request(city, public="00"), city.registrar, city.realm, NOW)


def test_a_bad_line_is_named(city: City, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"subject": "bin/1"}\n')
    with pytest.raises(EnrolmentRequestError, match="line 1"):
        list(enrolment_request.from_lines(file))


# Configuration


MINIMAL = 'realm = "a.b"\npolicy_file = "p"\nlog_key_file = "l"\nbackend_key_file = "b"\nbroker_url = "mqtt://h"\n'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "backend.toml"
    file.write_text(text)
    return file


def test_defaults_lie_in_the_data_directory(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    config = load(written(folder, MINIMAL + 'data_directory = "data"\n'), {})
    assert config.database_url == f"sqlite:///{folder}/data/civicroot.db"
    assert config.telemetry_url == f"duckdb:///{folder}/data/telemetry.duckdb".replace(" ", "%20")
    assert config.store_url == f"file://{folder}/data/public".replace(" ", "%20")
    assert config.policy_file == folder / "p"
    assert not config.uses_tls


def test_environment_overrides_the_file(tmp_path: Path) -> None:
    given = {"CIVICROOT_HTTP_PORT": "99", "CIVICROOT_REALM": "c.d", "CIVICROOT_SOMETHING_ELSE": "1", "HTTP_HOST": "x"}
    config = load(written(tmp_path, MINIMAL), given)
    assert (config.http_port, config.realm, config.http_host) == (99, "c.d", "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "missing configuration keys: realm"),
        (MINIMAL + "colour = 1\n", "unknown configuration keys: colour"),
        (MINIMAL + 'http_port = "80"\n', "http_port"),
        (MINIMAL + "http_port = 70000\n", "http_port"),
        (MINIMAL.replace("a.b", "A b"), "realm"),
        (MINIMAL + 'tls_key_file = "k"\n', "tls_certificate_file"),
        ("realm = ", "backend.toml"),
    ],
)
def test_wrong_configurations_are_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load(written(tmp_path, text), {})


def test_a_configuration_that_is_not_there_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = tmp_path / "nope"
    assert main(["backend", "run", "--config", str(absent)]) == 1
    assert capsys.readouterr().err == f"civicroot: {absent}: no such file\n"


def test_wrong_environment_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CIVICROOT_HTTP_PORT"):
        load(written(tmp_path, MINIMAL), os.environ | {"CIVICROOT_HTTP_PORT": "many"})
