"""The count of public vectors: printed, and a family of which none ran fails a complete run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.micropython import ROOT
from tests.support.shared import VectorTally

CONFTEST = """
from pathlib import Path
import tests.conftest
tests.conftest.shared_dir = lambda: {shared}
from tests.conftest import *
"""
MODULE = """
VECTOR_FAMILIES = ("qr",)
def test_counts(vectors):
    vectors.ran("qr", {count})
def test_other():
    pass
"""


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs pytest on a module that counts so many vectors, with or without the shared folder."""

    def run(count: int, *arguments: str, present: bool = True) -> subprocess.CompletedProcess[str]:
        shared = f"Path({str(tmp_path / 'shared')!r})" if present else "None"
        (tmp_path / "conftest.py").write_text(CONFTEST.format(shared=shared))
        (tmp_path / "test_it.py").write_text(MODULE.format(count=count))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_vectors_that_ran_are_printed(run) -> None:  # type: ignore[no-untyped-def]
    result = run(3, "test_it.py")
    assert result.returncode == 0 and "vectors: qr 3" in result.stdout, result.stdout


def test_family_of_which_none_ran_fails_the_run(run) -> None:  # type: ignore[no-untyped-def]
    result = run(0, "test_it.py")
    assert result.returncode == 1 and "no vector ran: qr" in result.stdout, result.stdout


def test_processes_that_share_the_tests_add_up(run) -> None:  # type: ignore[no-untyped-def]
    result = run(3, "-n", "2")
    assert result.returncode == 0 and "vectors: qr 3" in result.stdout, result.stdout
    result = run(0, "-n", "2")
    assert result.returncode == 1 and "no vector ran: qr" in result.stdout, result.stdout


@pytest.mark.parametrize("picked", [["test_it.py::test_other"], ["test_it.py", "-k", "other"]])
def test_picking_single_tests_does_not_fail_the_run(run, picked: list[str]) -> None:  # type: ignore[no-untyped-def]
    result = run(0, *picked)
    assert result.returncode == 0 and "no vector ran" not in result.stdout, result.stdout


def test_absent_families_are_printed_without_the_folder(run) -> None:  # type: ignore[no-untyped-def]
    result = run(0, "test_it.py", present=False)
    assert result.returncode == 0 and "absent: qr" in result.stdout, result.stdout


def test_missing_file_of_a_present_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        VectorTally(tmp_path).json("ed25519", "absent.json")
    assert VectorTally(None).json("ed25519", "absent.json") == []
