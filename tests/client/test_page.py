"""docs/api.md: every example in it is run, and answers what it says."""

import contextlib
import io
import json
import re
import threading
import time
from pathlib import Path

import pytest

from tests.backend.api_city import Served

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
REQUESTS = re.findall(r"```http\n(.*?)```", PAGE, re.DOTALL)
WITHIN = 20.0  # seconds for the example to listen


def report_when_somebody_listens(served: Served) -> None:
    """A reading of bin/14, as soon as an example listens."""
    deadline = time.monotonic() + WITHIN
    while not served.app.state.broadcast.listeners:
        assert time.monotonic() < deadline, "nobody listens"
        time.sleep(0.01)
    city = served.city
    city.commit([city.fill(city.devices["bin/14"], 0, 40)])


@pytest.mark.parametrize(("program", "prints"), PROGRAMS)
def test_program_prints_what_the_page_says(served: Served, program: str, prints: str) -> None:
    live = threading.Thread(target=report_when_somebody_listens, args=(served,))
    if "events(" in program:
        live.start()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program.replace("https://city.example", served.url), {})
    assert out.getvalue() == prints
    if live.ident is not None:
        live.join(WITHIN)


@pytest.mark.parametrize("example", REQUESTS)
def test_request_is_answered_as_the_page_says(served: Served, example: str) -> None:
    (asked, *sent), (said, *body) = (part.splitlines() for part in example.split("\n\n"))
    method, _, path = asked.partition(" ")
    answer = served.client.request(method, path, headers=dict(line.split(": ", 1) for line in sent))
    status, _, media_type = said.partition(" ")
    assert (str(answer.status_code), answer.headers.get("content-type", "")) == (status, media_type)
    if body:
        assert answer.json() == json.loads("\n".join(body))


def test_page_has_examples_of_both() -> None:
    assert (len(PROGRAMS), len(REQUESTS)) == (PAGE.count("```python"), PAGE.count("```http"))
    assert len(PROGRAMS) == 5


def test_commands_of_the_page_are_the_commands_options() -> None:
    """Options that the page names are those that the commands have."""
    from civicroot_cli.main import main  # noqa: PLC0415 - it looks for all commands

    for line in re.findall(r"^civicroot (.*)$", PAGE, re.MULTILINE):
        words = line.split()
        out = io.StringIO()
        with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as ended:
            main([*words[:2], "--help"])
        assert ended.value.code == 0
        for option in (word for word in words if word.startswith("--")):
            assert option in out.getvalue(), line
