"""The configuration's keys: file, environment, printing and checking say the same of each."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli.main import main
from civicroot_gateway import config, home
from civicroot_gateway.config import model, printing, reading
from civicroot_gateway.config.kinds import Text, Url
from civicroot_gateway.config.model import Key
from civicroot_gateway.errors import ConfigError

from .city import REALM, City

KEYS = [key for table in model.describe().walk() for key in table.keys]
NAMES = [key.dotted for key in KEYS]
_MINIMAL = 'realm = "test.example"\nuplink_url = "mqtt://host.example"\n'
_REQUIRED = {"realm": "test.example", "uplink_url": "mqtt://host.example"}


def _load(tmp_path: Path, text: str, **environment: str) -> config.Config:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return config.load(path, environment)


def _at(content: dict[str, Any], key: Key) -> object:
    for name in key.tables:
        content = content[name]
    return content[key.name]


@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_printed_file_has_every_key_with_its_default_and_a_comment(key: Key) -> None:
    printed = printing.default()
    assert key.setting.comment
    if key.setting.example:
        assert printing.comment_out(key.setting.example) in printed
        return
    assert _at(tomllib.loads(printed), key) == ("" if key.setting.default is None else key.setting.default)
    before = printed.split(f"\n{key.name} = ")[0]
    assert before.splitlines()[-1].startswith("# ")


def test_printed_file_parses_to_exactly_the_defaults() -> None:
    content = tomllib.loads(printing.default())
    assert config.parse(content | _REQUIRED, Path("/etc/civicroot")) == config.parse(_REQUIRED, Path("/etc/civicroot"))


def test_example_of_tables_is_toml_that_the_gateway_takes(tmp_path: Path) -> None:
    for key in KEYS:
        if key.setting.example:
            _load(tmp_path, _MINIMAL + key.setting.example)


def test_every_key_has_one_variable_and_it_overrides_the_file(tmp_path: Path) -> None:
    assert len({reading.variable(key) for key in KEYS}) == len(KEYS)
    found = _load(
        tmp_path,
        _MINIMAL + "[batch]\nmax_records = 7\nmax_bytes = 1024\n[uplink.tls]\nca = 'a.pem'\n",
        CIVICROOT_GATEWAY_REALM="other.example",
        CIVICROOT_GATEWAY_BATCH_MAX_RECORDS="9",
        CIVICROOT_GATEWAY_BATCH_MAX_AGE="0.5",
        CIVICROOT_GATEWAY_UPLINK_TLS_CA="b.pem",
        CIVICROOT_GATEWAY_PAGE_LISTEN="",
        CIVICROOT_REALM="of the backend",
    )
    assert (found.realm, found.batch, found.page.listen) == ("other.example", config.BatchLimits(9, 1024, 0.5), None)
    assert found.uplink_link.tls.ca == tmp_path / "b.pem"


@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_value_of_the_wrong_type_is_refused_by_key_and_by_variable(tmp_path: Path, key: Key) -> None:
    content: dict[str, Any] = {name: value for name, value in _REQUIRED.items() if name != key.dotted}
    inner = content
    for name in key.tables:
        inner = inner.setdefault(name, {})
    inner[key.name] = 3.5j  # no type of TOML
    with pytest.raises(ConfigError, match=key.dotted.split(".")[-1]):
        config.parse(content, tmp_path)
    if not isinstance(key.setting.kind, Text):
        with pytest.raises(ConfigError, match=f"^{reading.variable(key)}: "):
            _load(tmp_path, _MINIMAL, **{reading.variable(key): "?"})


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("BATCH_MAX_RECORDS", "1025", "batch.max_records is not a number from 1 to 1,024"),
        ("BATCH_MAX_AGE", "nan", "batch.max_age is not a number from 0 to 3,600"),
        ("UPLINK_URL", "http://x", "uplink_url is refused: a broker URL is"),
        ("REALM", "No Realm", "not a realm"),
        ("PAGE_LISTEN", "8090", "page.listen is not an address like 127.0.0.1:8090"),
        ("PAGE_LISTEN", "127.0.0.1:65536", "page.listen is not an address"),
        ("BATCH_MAX_RECODS", "7", "unknown variable CIVICROOT_GATEWAY_BATCH_MAX_RECODS"),
    ],
)
def test_wrong_variable_is_refused_by_its_name(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, _MINIMAL, **{f"CIVICROOT_GATEWAY_{name}": text})
    assert f"CIVICROOT_GATEWAY_{name}" in str(caught.value)
    assert says in str(caught.value)


def test_empty_value_of_a_key_that_must_be_set_is_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing key realm: the city's permanent name"):
        _load(tmp_path, printing.default())


@pytest.mark.parametrize(
    ("line", "state", "data"),
    [
        ("", "", model.DATA_FOLDER),
        ("", "/var/lib/one:/var/lib/two", "/var/lib/one"),
        ("data = '/srv/gateway'\n", "/var/lib/one", "/srv/gateway"),
    ],
)
def test_data_folder_is_systemds_unless_the_file_says_another(tmp_path: Path, line: str, state: str, data: str) -> None:
    assert _load(tmp_path, line + _MINIMAL, STATE_DIRECTORY=state).data == Path(data)


def test_folders_of_an_installed_gateway_are_debians(tmp_path: Path) -> None:
    assert str(config.CONFIG_FILE) == "/etc/civicroot/gateway.toml"
    found = config.parse(_REQUIRED, config.CONFIG_FILE.parent)
    assert (str(found.data), str(found.policy)) == ("/var/lib/civicroot-gateway", "/etc/civicroot/policy.json")


def test_file_that_never_ends_is_refused() -> None:
    with pytest.raises(ConfigError):
        config.load(Path("/dev/zero"))


def test_command_prints_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "config", "--print-default"]) == 0
    assert capsys.readouterr().out == printing.default()


def test_command_prints_what_is_in_effect_and_no_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('realm = "test.example"\nbroker_url = "mqtt://pi:s%40me@[::1]:1884"\n[batch]\nmax_age = 2\n')
    monkeypatch.setenv("CIVICROOT_GATEWAY_UPLINK_URL", "mqtt://pi:other@host.example")
    assert main(["gateway", "config", "--config", str(path)]) == 0
    out = capsys.readouterr().out
    content = tomllib.loads(out)
    assert (content["broker_url"], content["uplink_url"]) == ("mqtt://pi:***@[::1]:1884", "mqtt://pi:***@host.example")
    assert "s%40me" not in out and "s@me" not in out and "other" not in out
    assert f"max_age = 2  # {path}" in out and "# CIVICROOT_GATEWAY_UPLINK_URL" in out
    assert all(_at(content, key) is not None for key in KEYS)
    shown = {key.dotted: _at(content, key) for key in KEYS if not isinstance(key.setting.kind, Url)}
    loaded = reading.load_all(path)
    assert json.dumps(shown) == json.dumps({name: loaded.effective[name].raw for name in shown})


def test_command_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(_MINIMAL + "[batch]\nmax_records = 0\n")
    assert main(["gateway", "config", "--config", str(path), "--check"]) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [f"civicroot: {path}: batch.max_records is not a number from 1 to 1,024"]


def test_check_says_which_named_file_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(_MINIMAL + "data = 'data'\n")
    city = City()
    assert main(["gateway", "config", "--config", str(path), "--check"]) == 2
    assert f"{tmp_path / 'policy.json'}: " in capsys.readouterr().err
    city.write_policy(tmp_path / "policy.json")
    assert main(["gateway", "config", "--config", str(path), "--check"]) == 2
    assert "gateway.key" in capsys.readouterr().err
    home.create(tmp_path / "data", REALM, city.gateway)
    assert main(["gateway", "config", "--config", str(path), "--check"]) == 0
    captured = capsys.readouterr()
    assert (tomllib.loads(captured.out)["data"], captured.err) == ("data", "")


def test_check_says_that_everybody_may_read_a_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('realm = "test.example"\nuplink_url = "mqtt://pi:hidden@host.example"\ndata = "data"\n')
    city = City()
    city.write_policy(tmp_path / "policy.json")
    home.create(tmp_path / "data", REALM, city.gateway)
    path.chmod(0o644)
    assert main(["gateway", "config", "--config", str(path), "--check"]) == 2
    said = capsys.readouterr()
    assert "uplink_url holds a password, and everybody may read the file" in said.err
    assert "hidden" not in said.out + said.err
    path.chmod(0o640)
    assert main(["gateway", "config", "--config", str(path), "--check"]) == 0
