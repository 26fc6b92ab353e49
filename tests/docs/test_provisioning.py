"""docs/provisioning.md names every request, every error and every command that it shows as they are."""

import argparse
import re
import sys

import pytest
from civicroot_cli.main import build_parser, installed
from civicroot_cli.provision import site

from tests.support.micropython import ROOT

sys.path.insert(0, str(ROOT / "firmware" / "lib"))

TEXT = (ROOT / "docs" / "provisioning.md").read_text()


def test_every_request_and_every_error_is_in_the_table() -> None:
    from civicroot_device.provisioning import errors, session  # noqa: PLC0415 (from the firmware's folder)

    for name in [*session._ACTIONS, *session._SETTINGS, *session._SINGLE, *errors.NAMES]:
        assert f"`{name}`" in TEXT, name
    for _, values in session._SETTINGS.values():
        for value in values:
            assert f"`{value.rstrip('!')}`" in TEXT, value


def test_the_site_file_that_is_shown_is_one() -> None:
    shown = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert len(shown) == 1
    site._check(site.tomllib.loads(shown[0]), site._TOP, "")
    for name, table in site._TABLES.items():
        site._check(site.tomllib.loads(shown[0])[name], table, name)


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of its commands."""
    assert parser._subparsers is not None
    choices: dict[str, argparse.ArgumentParser] = parser._subparsers._group_actions[0].choices  # type: ignore[assignment]
    return choices


@pytest.mark.parametrize("option", sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT))))
def test_every_option_that_is_shown_exists(option: str) -> None:
    actions = commands_of(build_parser(installed()))
    queue = commands_of(actions["enrolments"])
    parsers = [actions["provision"], actions["unlock"], actions["enrol"], *queue.values()]
    known = {name for parser in parsers for name in parser._option_string_actions}
    others = {"--address", "--aes-xts", "--keyfile", "--output", "--replace"}  # of espsecure, of the gateway's command
    assert option in known | others
