"""Logs: one JSON object a line, and the journal's priorities."""

import json
import logging
from pathlib import Path

import pytest
from civicroot_gateway.operate import logs


@pytest.mark.parametrize(
    ("level", "prefix"),
    [(logging.CRITICAL, "<2>"), (logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"), (5, "<7>")],
)
def test_line_is_one_json_object_with_the_journals_priority_in_front(level: int, prefix: str) -> None:
    record = logging.LogRecord("a.b", level, __file__, 1, "two\nlines %s", ("ü",), None)
    record.__dict__ |= logs.fields(kid="00", broker=Path("x"))
    line = logs.JsonFormatter(journal=True).format(record)
    assert line.startswith(prefix + "{") and "\n" not in line
    found = json.loads(line.removeprefix(prefix))
    assert (found["event"], found["logger"], found["kid"], found["broker"]) == ("two\nlines ü", "a.b", "00", "x")
    assert logs.JsonFormatter().format(record) == line.removeprefix(prefix)


def test_journal_is_told_from_another_stream_by_its_inode(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        found = (tmp_path / "log").stat()
        assert logs.is_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        assert not logs.is_journal(stream, {"JOURNAL_STREAM": "8:1"})
        assert not logs.is_journal(stream, {})
