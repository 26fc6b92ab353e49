"""The guided ceremony at a real terminal: questions, passphrases that nobody sees, and the same command again."""

import json
import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

from civicroot_backend.ceremony.sealed_key import SUFFIX
from civicroot_wire import policy as policies
from civicroot_wire import sodium

from tests.backend.ceremony.table import Table
from tests.cli.conftest import Civicroot

DEADLINE = 120.0  # for one question; Argon2id's usual cost on a busy machine


def answered(command: list[str], answers: dict[str, list[str]], stop_at: str | None = None) -> tuple[int, str]:
    """Run a command at a terminal, answering each question by its first words; status, and what was on the screen.

    `stop_at`: a question at which the terminal is closed.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "civicroot_cli", *command])
    screen, line = "", ""
    while True:
        ready, _, _ = select.select([terminal], [], [], DEADLINE)
        assert ready, f"no answer to: {line}\n{screen}"
        try:
            got = os.read(terminal, 4096).decode()
        except OSError:  # the other side is gone: Linux says EIO
            got = ""
        if not got:
            break
        screen += got
        line = screen.rsplit("\n", 1)[-1]
        question = next((known for known in answers if line.startswith(known)), None)
        if question is None or not line.endswith(": "):
            continue
        if stop_at is not None and line.startswith(stop_at):
            os.close(terminal)
            os.kill(pid, signal.SIGKILL)
            return os.waitpid(pid, 0)[1], screen
        given = answers[question]
        os.write(terminal, (given.pop(0) if len(given) > 1 else given[0]).encode() + b"\n")
        screen += "\n"
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen


def test_people_found_a_city_and_go_on_after_the_terminal_was_closed(tmp_path: Path) -> None:
    began = time.monotonic()
    for name in ("stick-1", "stick-2", "copy-1"):
        (tmp_path / name).mkdir()
    command = ["realm", "init", "--ceremony", "--realm", "my.city", "--dir", str(tmp_path / "city")]
    secret = "four words by chance"
    answers = {
        "where this takes place": ["Town hall"],
        "how many roots": ["2"],
        "how many of them": ["2"],
        "root-1: who": ["Ada"],
        "root-2: who": ["Grace"],
        "root-1: its medium": [str(tmp_path / "stick-1")],
        "root-2: its medium": [str(tmp_path / "stick-2")],
        "root-1: folder for a copy": [str(tmp_path / "copy-1")],
        "root-2: folder for a copy": [""],
        "folder of": [""],
        "who else": ["Mary", ""],
        "Mary's part": ["witness"],
        "root-1: put in": [""],
        "root-2: put in": [""],
        "root-1 signs": [""],
        "root-2 signs": [""],
        "passphrase of": [secret],
        "the same again": [secret],
    }
    _, screen = answered(command, {key: list(value) for key, value in answers.items()}, stop_at="root-2: put in")
    assert secret not in screen, "a passphrase is not shown"
    assert not (tmp_path / "city/policy.json").exists()
    first = next((tmp_path / "stick-1").glob(f"*{SUFFIX}")).read_bytes()
    rest = {key: list(value) for key, value in answers.items() if not key.startswith(("where", "how", "who"))}
    code, screen = answered(command, rest)
    assert code == 0, screen
    assert "it is gone on with" in screen
    assert secret not in screen
    policy = policies.verify(policies.from_file((tmp_path / "city/policy.json").read_bytes()), sodium.verify)
    assert (policy.threshold, len(policy.signatures)) == (2, 2)
    assert next((tmp_path / "stick-1").glob(f"*{SUFFIX}")).read_bytes() == first
    assert json.loads(first)["kdf"]["memory"] == 256 << 20
    text = (tmp_path / "city/protocol/protocol.txt").read_text()
    assert "Mary, witness" in text
    assert "Town hall" in text
    assert time.monotonic() - began < DEADLINE


def test_people_sign_a_next_policy_from_medium_to_medium(table: Table, ok: Civicroot) -> None:
    """Asked for one after another; a passphrase may be mistyped twice."""
    table.hold(table.plan(table.root("root-1"), table.root("root-2"), table.root("root-3")))
    draft = table.folder / "next.json"
    ok("policy", "propose", table.policy_file, "--threshold", "3", "-o", draft)
    command = ["realm", "sign-policy", str(draft), "--previous", str(table.policy_file)]
    sticks = [str(table.folder / f"root-{number}") for number in (1, 2, 3)]
    answers = {
        "the next root's medium": [sticks[0], ""],
        "put in": [""],
        "passphrase of": ["mistyped", "mistyped again", "correct horse root-1"],
    }
    code, screen = answered(command, answers)
    assert (code, "1 of 3 roots signed, 3 needed" in screen) == (1, True), screen
    assert screen.count("wrong-passphrase: ") == 2
    answers = {
        "the next root's medium": sticks[1:],
        "put in": [""],
        "passphrase of": ["correct horse root-2", "correct horse root-3"],
    }
    code, screen = answered(command, answers)
    assert (code, "next.json is complete" in screen) == (0, True), screen
    assert ok("policy", "check", draft, "--previous", table.policy_file).out.endswith("HOLDS\n")
