"""`civicroot configuration` and `civicroot release`, and `civicroot backend offer` for the files of a release."""

import hashlib
from pathlib import Path

import pytest
from civicroot_backend.artefacts.shelf import name_of
from civicroot_cli.main import CommandError
from civicroot_cli.operator import setting
from civicroot_wire import configuration, release
from civicroot_wire.cbor import DecimalFraction

from tests.cli.conftest import Civicroot, Town


class Signer:
    """Somebody with a key file in a role, enrolled at the desk."""

    def __init__(self, town: Town, ok: Civicroot, folder: Path, role: str) -> None:
        self.town, self.ok, self.folder = town, ok, folder
        self.key, self.subject = folder / f"{role}.key", f"{role}/1"
        ok("key", "new", self.key)
        asked = ("key", "request", self.key, "--realm", town.city.realm, "--subject", self.subject, "--role", role)
        (folder / "request.jsonl").write_text(ok(*asked).out)
        ok("enrol", *town.desk, "--from", folder / "request.jsonl")

    def about(self, subject: str, version: str, out: Path) -> tuple[str | Path, ...]:
        """Arguments of `sign`."""
        by = ("--key", self.key, "--realm", self.town.city.realm, "--issuer", self.subject)
        return (*by, "--subject", subject, "--version", version, "-o", out)


def test_a_configuration_is_signed_and_logged_and_versions_rise(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    operator = Signer(town, ok, tmp_path, "operator")
    out = tmp_path / "wanted.cose"
    settings = ("interval=600", "threshold=0.75", "enabled=true", 'label="12"')
    ok("configuration", "sign", *settings, *operator.about("bin/12", "3", out))
    found = configuration.decode(out.read_bytes())
    assert (found.subject, found.version) == ("bin/12", 3)
    assert found.settings["interval"] == 600
    assert str(found.settings["threshold"]) == "0.75"
    assert (found.settings["enabled"], found.settings["label"]) == (True, "12")
    (first,) = ok("configuration", "submit", out, "--url", town.url).lines()
    (again,) = ok("configuration", "submit", out, "--url", town.url).lines()
    assert first["index"] == again["index"]
    ok("configuration", "sign", "interval=1", *operator.about("bin/12", "2", out))
    refused = civicroot("configuration", "submit", out, "--url", town.url)
    assert refused.code == 1
    assert "wrong-order" in refused.err


def test_a_release_names_its_files_and_the_backend_offers_them(town: Town, ok: Civicroot, tmp_path: Path) -> None:
    releaser = Signer(town, ok, tmp_path, "release")
    file, out = tmp_path / "main.mpy", tmp_path / "release.cose"
    file.write_bytes(b"code" * 1000)
    digest = hashlib.sha256(file.read_bytes()).digest()
    about = releaser.about("release/esp32-1.2.3", "1.2.3", out)
    ok("release", "sign", f"lib/main.mpy={file}", "--target", "esp32", "--minimum", "1.0.0", *about)
    found = release.decode(out.read_bytes())
    assert (found.version, found.minimum, found.target) == ((1, 2, 3), (1, 0, 0), "esp32")
    assert found.files == [("lib/main.mpy", 4000, digest)]
    ok("release", "submit", out, "--url", town.url)
    offered = ok("backend", "offer", "--config", town.city.config_file, file)
    assert offered.out == f"{digest.hex()} 4000 {file}\n"
    assert town.backend.store.get(name_of(digest)) == file.read_bytes()


def test_what_nobody_would_take_is_not_signed(town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    operator = Signer(town, ok, tmp_path, "operator")
    out = tmp_path / "out.cose"
    for arguments in (
        ("configuration", "sign", "interval", *operator.about("bin/12", "1", out)),
        ("configuration", "sign", "report.interval_s=1e9999", *operator.about("bin/12", "1", out)),
        ("configuration", "sign", "alarm.ful.end=1", *operator.about("bin/12", "1", out)),
        ("configuration", "sign", "a=1", "a=2", *operator.about("bin/12", "1", out)),
        ("configuration", "sign", "A b=1", *operator.about("bin/12", "1", out)),
        ("configuration", "sign", "a=1", *operator.about("nowhere", "1", out)),
        ("configuration", "sign", "a=1", *operator.about("bin/12", "-1", out)),
        ("release", "sign", "main.py", "--target", "esp32", *operator.about("bin/12", "1.0.0", out)),
        ("release", "sign", f"a={tmp_path / 'none'}", "--target", "esp32", *operator.about("bin/12", "1.0.0", out)),
        ("release", "sign", f"a={operator.key}", "--target", "esp32", *operator.about("bin/12", "1.0", out)),
        ("configuration", "submit", operator.key, "--url", town.url),
    ):
        assert civicroot(*arguments).code == 2, arguments
        assert not out.exists()
    (tmp_path / "empty").touch()
    assert civicroot("backend", "offer", "--config", town.city.config_file, tmp_path / "empty").code == 1
    assert civicroot("backend", "offer", "--config", town.city.config_file, tmp_path / "none").code == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=0", 0),
        ("a=-17", -17),
        ("a=1.50", DecimalFraction(-2, 150)),
        ("a=-0.5", DecimalFraction(-1, -5)),
        ("a=false", False),
        ('a="true"', "true"),
        ("a=007", "007"),
        ("a=x=y", "x=y"),
        ("a=", ""),
        ('a="', '"'),
    ],
)
def test_settings_as_people_write_them(text: str, value: setting.Setting) -> None:
    name, found = setting.parse(text)
    assert name == "a"
    assert type(found) is type(value)
    assert str(found) == str(value)


def test_a_setting_has_a_value() -> None:
    with pytest.raises(CommandError):
        setting.parse("a")
