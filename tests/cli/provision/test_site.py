"""The site file: every value that a device, a broker or a city would refuse later is named before a start."""

from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.operator import setting
from civicroot_cli.operator.device_settings import BIN
from civicroot_cli.provision import site, site_check, tuning
from civicroot_cli.provision.errors import ListError

from tests.firmware.test_mqtt_tls import make_certificate
from tests.support.micropython import ROOT

TOP = """realm = "a.example"
url = "http://a"
policy = "p"
support = "1"
operator = "1111111111111111111111111111111111111111111111111111111111111111"
"""
GATEWAY = """[gateway]
kid = "0011223344556677"
host = "b"
port = 1
"""
TEXT = (
    TOP
    + GATEWAY
    + """[wifi]
ssid = "street"
password = "a long secret"
"""
)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('realm = "a.example"\n', "", "realm is missing"),
        ('realm = "a.example"\nurl = "http://a"\n', "", "realm and url are missing"),
        ('realm = "a.example"\nurl = "http://a"\npolicy = "p"\n', "", "realm, url and policy are missing"),
        ("a.example", "No Realm", "realm: "),
        ("http://a", "a", "url: a is no address like https://city.example"),
        ("http://a", "http://a?b", "url: "),
        ("http://a", "http://a:b", "url: "),
        ('support = "1"', 'support = ""', "support: it has 1 to 60 characters"),
        ('1111"', '111X"', "operator: it is not 64 hex digits"),
        ("realm", "colour = 1\nrealm", "colour is unknown"),
        ("realm", 'language = "fr"\nrealm', "language: fr is none of en, ko, zh"),
        ("realm", "interval_s = 0\nrealm", "interval_s: 0 is not from 1 to 86400"),
        ("realm", f'claim_host = "{"A" * 45}"\nrealm', "claim_host: it has 1 to 44 characters"),
        ("port = 1", 'port = "1"', "gateway.port is of a wrong type"),
        ("port = 1", "port = 70000", "gateway.port: 70000 is not from 1 to 65535"),
        ("port = 1\n", "", "gateway.port is missing"),
        ("0011223344556677", "00", "gateway.kid: it is not 16 hex digits"),
        ("port = 1", 'port = 1\nca = "none.pem"', "cannot read .*none.pem"),
        ("port = 1", 'port = 1\naccount = ["no-such-program"]', "gateway.account: there is no program no-such-program"),
        ("port = 1", "port = 1\naccount = []", "gateway.account: it is no list of words"),
        ('"street"', "true", "wifi.ssid is of a wrong type"),
        ('"street"', '"' + "s" * 33 + '"', "wifi.ssid: it has 1 to 32 bytes"),
        ('"a long secret"', '"short"', "wifi.password: it has 8 to 63 characters"),
        ('password = "a long secret"', "", "wifi.password is missing"),
        ("[wifi]", '[wifi]\npower_save = "much"', "wifi.power_save: much is none of none, light, deep"),
        ("[wifi]", "[", "site.toml"),
    ],
)
def test_a_site_file_that_is_not_usable_names_the_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TEXT)
    assert site.load(path).gateway["host"] == "b"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(CommandError, match=says):
        site.load(path)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TEXT.replace("port = 1", "port = 0").replace("a long secret", "short"))
    with pytest.raises(ListError, match=r"gateway\.port: .*; wifi\.password: "):
        site.load(path)


def test_a_tag_is_told_the_gateways_public_key_and_gets_the_settings_of_tags(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    text = TOP + f'[gateway]\npublic = "{"22" * 32}"\n'
    path.write_text(text)
    assert site.load(path).gateway == {"public": "22" * 32}
    path.write_text(text + 'host = "b"\n')
    with pytest.raises(ListError, match="nothing else of it"):
        site.load(path)
    settings = text + "[configuration]\ndelta.soil = 0.02\n"
    path.write_text(settings)
    assert site.load(path).settings == ["delta.soil=0.02"]
    path.write_text(settings.replace("delta.soil", "delta.fill"))
    with pytest.raises(ListError, match=r"configuration\.delta\.fill is unknown; there are report\.interval_s"):
        site.load(path)


def test_the_certificate_authority_goes_to_the_device_in_der(tmp_path: Path) -> None:
    der = make_certificate(tmp_path, "localhost")
    (pem,) = [path for path in tmp_path.iterdir() if b"BEGIN CERTIFICATE" in path.read_bytes()]
    assert site.authority(der) == site.authority(pem) == der.read_bytes()
    for content in (b"nonsense", der.read_bytes()[:-1], pem.read_bytes()[:200]):
        pem.write_bytes(content)
        with pytest.raises(ValueError, match=r"gateway\.ca: .* is no certificate"):
            site.authority(pem)


def test_the_first_configuration_is_read_at_the_resolution_in_which_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    table = '[configuration]\nissuer = "operator/7"\nreport.interval_s = 300\nalarm.full.begin = 0.90\n'
    path.write_text(TEXT + table + "[configuration.alarm.tilt]\nend = 0.3\n")
    found = site.load(path)
    assert found.settings == ["report.interval_s=300", "alarm.full.begin=0.90", "alarm.tilt.end=0.3"]
    assert found.issuer == "operator/7"
    path.write_text(TEXT.replace("operator", "release", 1) + table)
    with pytest.raises(ListError, match="operator is missing"):
        site.load(path)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"report": {"interval": 300}}, r"configuration\.report\.interval is unknown"),
        ({"home": {"host": "b"}}, r"configuration\.home\.host is unknown"),
        ({"unlock": "00"}, r"configuration\.unlock is unknown"),
        ({"report": {"interval_s": 0}}, "from 1 to 86400"),
        ({"report": {"sample_s": 4000}}, "from 1 to 3600"),
        ({"report": {"interval_s": 60, "sample_s": 61}}, "longer than the interval"),
        ({"alarm": {"full": {"begin": "0.8"}}}, r"configuration\.alarm\.full\.begin is no number"),
        ({"delta": {"fill": True}}, "is no number"),
        ({"delta": {"foo": 3}}, r"configuration\.delta\.foo is unknown"),
        ({"alarm": {"ful": {"end": 9999}}}, r"configuration\.alarm\.ful\.end is unknown"),
        ({"alarm": {"full": {"end": 9999}}}, r"configuration\.alarm\.full\.end is from 0 to 1"),
        ({"alarm": {"full": {"begin": Decimal("0.805")}}}, r"configuration\.alarm\.full\.begin is finer"),
        ({"alarm": {"full": {"begin": Decimal("0.80")}}}, "begins above where it ends, and this is from 0.80 to 0.85"),
        ({"alarm": {"battery": {"begin": 30, "end": 20}}}, "begins below where it ends"),
    ],
)
def test_a_setting_that_would_do_nothing_or_be_refused_is_named(table: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        tuning.read(table, BIN)


@pytest.mark.parametrize("text", ["a=1", "a=-0.50", "a=true", 'a="x=y"', 'a="1"', "a=0"])
def test_a_setting_is_written_as_it_is_read(text: str) -> None:
    name, value = setting.parse(text)
    plain = value if isinstance(value, bool | int | str) else Decimal(str(value))
    assert setting.written(name, plain) == text


def test_languages_are_those_that_displays_have_letters_for() -> None:
    texts = (ROOT / "firmware/lib/civicroot_device/display/texts.py").read_text()
    there = {line.split('"')[1] for line in texts.splitlines() if line.endswith('": {') and line.startswith('    "')}
    assert there == set(site_check.LANGUAGES)
