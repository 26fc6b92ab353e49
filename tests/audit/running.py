"""Running `civicroot audit` as its users do, in this process."""

import json
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli.main import main

from tests.audit.copies import Copy


class Ran:
    """What one audit said."""

    def __init__(self, code: int, report: dict[str, Any]) -> None:
        self.code = code
        self.report = report

    def names(self, severity: str) -> set[str]:
        """Names of findings of this severity that nobody acknowledged."""
        found = self.report["findings"]
        return {item["name"] for item in found if item["severity"] == severity and not item["acknowledged"]}

    def finding(self, name: str) -> dict[str, Any]:
        """The only finding of this name."""
        (found,) = [item for item in self.report["findings"] if item["name"] == name]
        return found


def run_audit(copy: Copy, state: Path, capsys: pytest.CaptureFixture[str], *options: str, url: str = "") -> Ran:
    """Audit a copy; its report."""
    arguments = ["audit", url or str(copy.public), "--policy", str(copy.policy_file), "--state", str(state)]
    for mirror in copy.mirrors:
        arguments += ["--mirror", str(mirror)]
    capsys.readouterr()
    code = main([*arguments, "--json", "-", *copy.options, *options])
    said = capsys.readouterr()
    assert said.out, said.err
    return Ran(code, json.loads(said.out))
