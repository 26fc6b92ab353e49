"""How `civicroot` finds its commands: the one that is named is loaded alone."""

import argparse
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points

import pytest
from civicroot_cli.main import GROUP, build_parser, installed, needed

POINTS = sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _commands(parser: argparse.ArgumentParser) -> set[str]:
    (action,) = (item for item in parser._actions if isinstance(item, argparse._SubParsersAction))
    return set(action.choices)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: str(point.name))
def test_an_entry_point_adds_the_command_of_its_name(point: EntryPoint) -> None:
    alone = needed([point.name, "--help"])
    assert alone == [point.load()]
    assert point.name in _commands(build_parser(alone))


def test_any_other_word_has_all_of_them_loaded() -> None:
    for words in ([], ["--help"], ["revoke"], ["nonsense"]):
        assert needed(words) == installed()
    assert len(installed()) == len({point.value for point in POINTS}) > 10


def test_a_command_that_reads_no_database_loads_no_engine() -> None:
    code = (
        "import sys; from civicroot_cli.main import main\n"
        "try: main(['verify', '--help'])\n"
        "except SystemExit: pass\n"
        "assert 'civicroot_cli.verify' in sys.modules\n"
        "assert not {'sqlalchemy', 'alembic', 'paho.mqtt.client'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stdout=subprocess.DEVNULL)
