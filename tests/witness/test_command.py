"""The command: what it prints, what it refuses in one line, and that one folder has one witness."""

import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from civicroot_wire import note
from civicroot_wire.sodium import Signer

from tests.witness.conftest import ORIGIN, Made
from tests.witness.independent_client import Answer, cosignature, post
from tests.witness.processes import MAIN, NAME, SECONDS, WitnessProcess, init, status, witness


def refused(*arguments: str | Path) -> str:
    """The one line with which it ends, exit code 1."""
    ended = witness(*arguments)
    assert ended.returncode == 1, ended
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("civicroot: "), ended.stderr
    return ended.stderr


def test_init_prints_the_key_and_makes_a_private_folder(tmp_path: Path) -> None:
    vkey = init(tmp_path / "new/w")
    assert note.parse_key(vkey).algorithm == note.COSIGNATURE
    assert stat.S_IMODE((tmp_path / "new/w/witness.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new/w").stat().st_mode) == 0o700
    found = status(tmp_path / "new/w")
    assert (found["name"], found["vkey"], found["logs"], found["last_time"]) == (NAME, vkey, [], 0)


def test_nothing_is_overwritten(made: Made) -> None:
    before = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    assert "exists" in refused("init", "--dir", made.folder, "--name", NAME)
    assert {path.name: path.read_bytes() for path in made.folder.iterdir()} == before


@pytest.mark.parametrize("name", ["", "with space", "a+b", "line\nbreak", 'quote"', "x" * 129])
def test_bad_names(tmp_path: Path, name: str) -> None:
    refused("init", "--dir", tmp_path / "w", "--name", name)
    assert not (tmp_path / "w").exists()


def test_bad_folders(tmp_path: Path) -> None:
    vkey = str(note.VerifierKey(ORIGIN, bytes(range(32))))
    (tmp_path / "file").write_text("")
    refused("init", "--dir", tmp_path / "file", "--name", NAME)
    for action in (["run"], ["status"], ["add-log", vkey], ["remove-log", "x"]):
        assert "civicroot witness init" in refused(action[0], "--dir", tmp_path / "none", *action[1:])


def test_bad_keys_of_logs(made: Made) -> None:
    assert "a witness's key" in refused("add-log", "--dir", made.folder, made.vkey)
    assert "not a log's vkey" in refused("add-log", "--dir", made.folder, made.log.vkey[:-4] + "AAA=")
    assert "--policy" in refused("add-log", "--dir", made.folder)
    assert "ascending" in refused("add-log", "--dir", made.folder, "--first", "5", "--last", "4", made.log.vkey)
    refused("add-log", "--dir", made.folder, "--policy", made.folder / "none.json")
    (made.folder / "policy.json").write_text("{}")
    assert "does not hold" in refused("add-log", "--dir", made.folder, "--policy", made.folder / "policy.json")


def test_two_processes_on_one_folder_are_refused(made: Made, running: WitnessProcess) -> None:
    assert "another witness runs" in refused("run", "--dir", made.folder, "--listen", "127.0.0.1:0")
    cosignature(post(running.url, made.log.request(0, 5)), made.log.checkpoint(5), made.vkey)
    # The lock goes with the process, however that ends.
    running.kill()
    running.start()


def test_a_taken_port_is_said(made: Made, running: WitnessProcess, tmp_path: Path) -> None:
    init(tmp_path / "other", "other.example/w")
    listen = running.url.removeprefix("http://")
    assert "cannot listen" in refused("run", "--dir", tmp_path / "other", "--listen", listen)
    assert "not an address" in refused("run", "--dir", tmp_path / "other", "--listen", "nowhere")


def test_a_witness_without_its_memory_does_not_run(made: Made) -> None:
    """Beginning anew would mean to sign a second history."""
    (made.folder / "witness.sqlite").unlink()
    assert "cannot open" in refused("run", "--dir", made.folder)
    assert not (made.folder / "witness.sqlite").exists()


def test_the_memory_of_another_witness_is_refused(made: Made, tmp_path: Path) -> None:
    init(tmp_path / "other")
    (made.folder / "witness.sqlite").write_bytes((tmp_path / "other/witness.sqlite").read_bytes())
    assert "not the database of this witness" in refused("run", "--dir", made.folder)
    assert "not the database of this witness" in refused("status", "--dir", made.folder)


def test_a_damaged_or_newer_memory_is_refused(made: Made) -> None:
    database = made.folder / "witness.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "version 99" in refused("run", "--dir", made.folder)
    database.write_bytes(b"garbage" * 1000)
    assert "cannot open" in refused("run", "--dir", made.folder)


def test_a_key_that_others_can_read_is_refused(made: Made) -> None:
    (made.folder / "witness.key").chmod(0o644)
    assert "chmod 600" in refused("run", "--dir", made.folder)
    (made.folder / "witness.key").chmod(0o600)
    (made.folder / "witness.key").write_bytes(Signer.generate().seed)
    assert "not the database of this witness" in refused("run", "--dir", made.folder)


@pytest.mark.parametrize(
    "line",
    [
        "name = 1",
        'name = "a b"',
        'prefix = "w1"',
        'prefix = "/w1/"',
        'listen = "somewhere"',
        "burst = 0",
        "requests_per_second = true",
        'trusted_proxies = "127.0.0.1"',
        "unheard_of = 1",
        "not toml",
    ],
)
def test_bad_settings(made: Made, line: str) -> None:
    name = "" if line.startswith("name") else f'name = "{NAME}"\n'
    (made.folder / "witness.toml").write_text(f"{name}{line}\n")
    assert "witness.toml" in refused("run", "--dir", made.folder)


@pytest.mark.parametrize("action", [[], ["init"], ["add-log"], ["remove-log"], ["run"], ["status"]])
def test_help(action: list[str]) -> None:
    said = witness(*action, "--help")
    assert said.returncode == 0 and "--" in said.stdout


def test_status_for_people(made: Made, running: WitnessProcess) -> None:
    post(running.url, made.log.request(0, 20))
    said = witness("status", "--dir", made.folder)
    assert said.returncode == 0
    assert f"log {ORIGIN}" in said.stdout and "size 20" in said.stdout and made.vkey in said.stdout


def test_sigterm_ends_it_cleanly(made: Made, running: WitnessProcess) -> None:
    cosignature(post(running.url, made.log.request(0, 5)), made.log.checkpoint(5), made.vkey)
    assert running.stop() == 0
    assert not (made.folder / "witness.sqlite-wal").exists()  # all is in the database
    assert not any("Traceback" in line for line in running.said)


def test_a_request_under_way_is_answered_before_it_ends(made: Made, running: WitnessProcess) -> None:
    body = made.log.request(0, 5)
    host, _, port = running.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), SECONDS) as opened:
        head = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {len(body)}\r\n\r\n"
        opened.sendall(head.encode() + body[:10])
        # An answer on another connection: the server has this one's beginning too.
        post(running.url, b"nothing")
        running.terminate()
        opened.sendall(body[10:])
        answer = b""
        while chunk := opened.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200 ")
    said = Answer(200, "", answer.partition(b"\r\n\r\n")[2], {})
    cosignature(said, made.log.checkpoint(5), made.vkey)
    assert running.wait() == 0


def test_without_the_extra_run_says_what_is_missing(made: Made) -> None:
    hidden = "import sys; sys.modules['starlette'] = None; sys.modules['starlette.applications'] = None;"
    command = [sys.executable, "-c", hidden + MAIN, "witness", "run", "--dir", str(made.folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and "civicroot-wire[witness]" in ended.stderr
