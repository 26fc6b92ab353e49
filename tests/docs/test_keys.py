"""docs/keys.md: its commands parse, its table has every role, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from civicroot_cli.main import build_parser, installed
from civicroot_wire import enrolment

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "keys.md").read_text()
COMMANDS = [line for block in PAGE.split("```")[1::2] for line in block.splitlines() if line.startswith("civicroot ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_is_one(line: str) -> None:
    arguments = build_parser(installed()).parse_args(shlex.split(line)[1:])
    assert callable(arguments.func)


def test_the_table_has_every_key() -> None:
    rows = set(re.findall(r"^\| \*\*([a-z]+)\*\*", PAGE, re.MULTILINE))
    assert rows >= {*enrolment.ROLES, "root", "log", "registrar", "witness", "link"}


def test_links_lead_somewhere() -> None:
    for name, anchor in re.findall(r"\]\(([a-z./A-Z]*)#([a-z0-9-]+)\)", PAGE):
        target = (DOCS / name).read_text() if name else PAGE
        headings = {_slug(line) for line in target.splitlines() if line.startswith("#")}
        assert anchor in headings, (name, anchor)


def _slug(heading: str) -> str:
    kept = re.sub(r"[^a-z0-9 -]", "", heading.lstrip("#").strip().lower())
    return kept.replace(" ", "-")
