"""`civicroot gateway`: help for every command, and one line for what the operator can mend."""

import argparse
import json
from pathlib import Path

import pytest
from civicroot_cli.main import build_parser, main
from civicroot_gateway import cli, config
from civicroot_wire.sodium import Signer

from .city import REALM


def _commands() -> dict[str, argparse.ArgumentParser]:
    outer = build_parser([cli.add_commands])
    gateway = _choices(outer)["gateway"]
    return _choices(gateway)


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {}


@pytest.mark.parametrize("name", sorted(_commands()))
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    parser = _commands()[name]
    for one in (parser, *_choices(parser).values()):
        assert one.description
        assert all(action.help for action in one._actions if action.option_strings)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["gateway", "--help"])
    said = capsys.readouterr().out.partition("to set up")[2]
    missing = [name for name in _commands() if f" {name}," not in said.replace("\n", ",")]
    assert missing == []


@pytest.mark.parametrize("command", ["run", "status", "requeue", "config", "init", "possession"])
def test_missing_configuration_is_one_line_that_names_the_file(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["gateway", command, "--config", str(tmp_path / "none.toml")]
    words += ["--subject", "gateway/1", "--nonce", "00" * 16] if command == "possession" else []
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"civicroot: {tmp_path / 'none.toml'}: ") and "config --print-default" in line


def test_installed_gateway_needs_no_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'realm = "{REALM}"\nuplink_url = "mqtt://127.0.0.1:1"\n')
    monkeypatch.setattr(config, "CONFIG_FILE", path)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    assert main(["gateway", "init"]) == 0
    kid = json.loads(capsys.readouterr().out)["kid"]
    assert main(["gateway", "possession", "--subject", "gateway/1", "--nonce", "00" * 16]) == 0
    assert json.loads(capsys.readouterr().out)["kid"] == kid
    assert main(["gateway", "status", "--json"]) == 1  # it does not run yet
    assert json.loads(capsys.readouterr().out)["kid"] == kid
    assert (tmp_path / "state" / "gateway.key").stat().st_mode & 0o077 == 0


def test_arguments_go_before_the_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", str(tmp_path / "data"), "--realm", REALM]
    assert main(["gateway", "init", *words]) == 0
    public = bytes.fromhex(json.loads(capsys.readouterr().out)["public"])
    assert len(public) == len(Signer.generate().public)
    assert main(["gateway", "init", *words]) == 2
    assert "a key is never replaced" in capsys.readouterr().err
