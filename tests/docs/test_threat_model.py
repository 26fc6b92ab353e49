"""docs/threat-model.md is true: each row of its table names tests, and each of them exists."""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
COLUMNS = ["attacker", "attack", "what stops it or who notices", "when", "evidence", "test"]
COLLECTING_SECONDS = 280
# What the table must speak of, whatever else it says: (attacker, words of the attack).
DEMANDED = [
    ("outsider", "malformed note, tile, proof, policy, statement or receipt"),
    ("accident", "killed between any two durable steps"),
    ("accident", "system call"),
    ("accident", "disk is full"),
    ("accident", "two writers"),
    ("accident", "loses its newest objects"),
    ("accident", "old backup"),
    ("backend operator", "forks the log"),
    ("gateway", "drops one reading"),
    ("gateway", "reorders"),
    ("gateway", "replays"),
    ("gateway", "forges"),
    ("gateway", "goes silent"),
    ("backend operator", "edits a stored reading"),
    ("backend operator", "deletes a batch"),
    ("backend operator", "back-dates"),
    ("registrar", "enrols a key that is not a bin's"),
    ("outsider", "replayed from another city"),
    # Witnesses
    ("backend operator", "go back to a smaller tree"),
    ("backend operator", "cosign a forked log"),
    ("outsider", "a wrong proof, an old size, an unknown origin"),
    ("outsider", "floods a witness"),
    ("accident", "killed between persisting and replying"),
    ("accident", "a witness's clock is wrong"),
    # The log and its witnesses
    ("witness", "is slow"),
    ("witness", "is down"),
    ("witness", "is lying"),
    ("witness", "fewer cosign than the quorum"),
    ("backend operator", "precomputes a beacon"),
    # Anchors
    ("outsider", "writes to the EVM contract as a stranger"),
    ("accident", "the chain reorganises"),
    ("accident", "stuck or underpriced"),
    ("accident", "node is down for a day"),
    ("accident", "nonce gap"),
    ("accident", "chain id wrong"),
    ("backend operator", "2⁶⁴−1"),
    ("outsider", "bad, incomplete, invalid, of an unknown notary"),
    ("calendar or block API", "answers garbage"),
    ("backend operator", "makes up a Bitcoin block"),
    ("time-stamp authority", "wrong nonce or imprint"),
    ("time-stamp authority", "expired, foreign"),
    ("backend operator", "anchors a tree that the log never had"),
    # The gateway
    ("device", "another device's topics"),
    ("device", "floods its gateway"),
    ("outsider", "between gateway and broker"),
    ("gateway", "dead or silent"),
    ("accident", "the gateway is killed"),
    ("accident", "power is cut"),
    ("accident", "card goes bad"),
    ("accident", "system call of the gateway's spool"),
    ("accident", "the gateway's disk is full"),
    ("accident", "the uplink is cut"),
    ("accident", "come twice, out of order"),
    ("accident", "the gateway's clock"),
    ("accident", "the gateway is down"),
    ("outsider", "a bridge that was stolen"),
    # Devices
    ("accident", "a sensor does not answer"),
    ("accident", "cut at any write of its flash"),
    ("accident", "without gateway for weeks"),
    ("accident", "hangs or fails at each start"),
    ("accident", "stays silent, breaks off in the middle of a packet, sends garbage, refuses, answers byte by byte"),
    ("outsider", "stands in for a device's broker"),
    ("accident", "packet ids wrap"),
    ("accident", "memory fills or breaks into pieces"),
    ("device", "a cloned key"),
    # Tags
    ("outsider", "forges an answer to a tag"),
    ("outsider", "plays recorded answers back to a tag"),
    ("outsider", "holds an answer back"),
    ("outsider", "keeps a tag awake"),
    ("outsider", "bad air"),
    ("accident", "any write of a tag's life"),
    # Claims
    ("outsider", "photographs a bin's code"),
    ("outsider", "makes up a claim token"),
    ("outsider", "guesses the six colours"),
    ("gateway", "a false opening"),
    ("outsider", "reads citizens' cards"),
    ("outsider", "shows the card reader hostile codes"),
    # Updates and configuration
    ("gateway", "firmware of their own"),
    ("gateway", "an older release"),
    ("gateway", "a mixture of two releases"),
    ("gateway", "pieces that are corrupt"),
    ("accident", "does not boot, hangs, or cannot report"),
    ("accident", "any write of an update"),
    ("accident", "fill the flash"),
    ("accident", "while it is rolled out"),
    ("outsider", "forges a revocation, configuration or release"),
    ("gateway", "an old configuration again, or one that another operator signed"),
    # Provisioning, re-homing, ceremony
    ("accident", "unplugged at any step"),
    ("accident", "the wrong board, the wrong firmware, the same device twice, or one of another realm"),
    ("accident", "the registrar is offline, or a list has a fault"),
    ("outsider", "USB port"),
    ("accident", "while a device is moved, replaced or rotated"),
    ("outsider", "steals a root's stick"),
    ("accident", "the ceremony is interrupted"),
    ("accident", "a root's medium is lost"),
]


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    attacker: str
    attack: str
    stops: str
    when: str
    evidence: str
    tests: list[str]


def rows() -> list[Row]:
    """The table below "Attacks and faults"."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Attacks and faults\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == COLUMNS and set("".join(cells[1])) == {"-"}
    found = []
    for row in cells[2:]:
        assert len(row) == len(COLUMNS), row
        attacker, attack, stops, when, evidence, tests = row
        found.append(Row(attacker, attack, stops, when, evidence, re.findall(r"`([^`]+)`", tests)))
    return found


def functions(file: str) -> set[str]:
    """The tests of a file, as it is written: collecting all of them would import half of the project."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found = {item.name for item in tree.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {f"{file}::{name}" for name in found if name.startswith("test_")}


@pytest.fixture(scope="module")
def existing() -> set[str]:
    """The tests of the files that the table names; where it names one of several parameters, as pytest counts them."""
    names = {name for row in rows() for name in row.tests}
    files = {name.split("::")[0] for name in names}
    absent = sorted(name for name in files if not (ROOT / name).is_file())
    assert not absent, f"no such file: {absent}"
    return set.union(*map(functions, files)) | collected({name.split("::")[0] for name in names if "[" in name})


def collected(files: set[str]) -> set[str]:
    """Node ids of the tests in these files."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *sorted(files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=COLLECTING_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {line for line in done.stdout.splitlines() if "::" in line}


def test_every_row_is_filled() -> None:
    for row in rows():
        assert row.attacker and row.attack and row.stops and row.when and row.tests, row
    named = [(row.attacker, row.attack) for row in rows()]
    assert len(set(named)) == len(named)


def test_every_named_test_exists(existing: set[str]) -> None:
    wrong = sorted({name for row in rows() for name in row.tests} - existing)
    assert not wrong, "the threat table names tests that do not exist:\n" + "\n".join(wrong)


def test_what_was_demanded_is_in_the_table() -> None:
    named = rows()
    missing = [
        wanted for wanted in DEMANDED if not any(row.attacker == wanted[0] and wanted[1] in row.attack for row in named)
    ]
    assert not missing


def test_what_is_not_covered_is_said() -> None:
    section = PAGE.read_text(encoding="utf-8").split("\n## What is not covered\n")[1]
    assert len(re.findall(r"^- \*\*", section, re.MULTILINE)) >= 10
