"""`civicroot verify` as people run it: exit codes, one-line errors, and output that no proof can forge."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from civicroot_wire import cose, record, senml
from civicroot_wire.sequence import Sequence

from tests.vectors import city
from tests.vectors.generate import path_of
from tests.vectors.record_cases import Pack
from tests.vectors.scene import DEVICE, Scene

CASES = {case["name"]: case for case in json.loads(path_of("proof").read_text(encoding="utf-8"))}
WHOLE = CASES["everything there"]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(WHOLE["policy"]), encoding="utf-8")
    return path


def verify(proof: Path, policy: Path, *more: str, **environment: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "civicroot_cli", "verify", str(proof), "--policy", str(policy), *more]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environment or None)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "a.proof"
    path.write_bytes(data)
    return path


def reading(*items: senml.Measurement, time: int = city.NOW) -> bytes:
    """A proof of a record that the enrolled device signed over just these measurements."""
    payload = senml.encode_pack(Pack(list(items), time))
    headers: dict[int, object] = {1: -19, 4: DEVICE.kid, -65537: Sequence(70).header()}
    signed = cose.sign1(headers, payload, cose.aad(record.KIND, city.REALM), DEVICE)
    return Scene(record=signed, with_beacon=False).proof()


def test_a_good_proof_exits_0_and_names_every_step_and_time(policy: Path, tmp_path: Path) -> None:
    code, out, err = verify(saved(tmp_path, bytes.fromhex(WHOLE["bytes"])), policy)
    assert (code, err) == (0, "")
    assert out.count("✓") == 12
    assert "VERIFIED: reading 70 of bin/12" in out
    assert "+ signed by device" in out
    assert "+ made no earlier than" in out
    assert "+ public no later than" in out


def test_steps_that_were_not_checked_get_no_tick_when_a_later_one_fails(tmp_path: Path) -> None:
    case = CASES["no witness asked for"]
    data = bytearray.fromhex(case["bytes"])
    data[data.index(b"fill") + 8] ^= 1
    trusted = tmp_path / "policy.json"
    trusted.write_text(json.dumps(case["policy"]), encoding="utf-8")
    proof = saved(tmp_path, bytes(data))
    code, out, err = verify(proof, trusted)
    assert (code, err) == (1, "NOT VERIFIED\n")
    assert "✓ checkpoint" in out
    assert "– witnesses" in out
    assert "✗ record-batch: bad-path (path leads to another root)" in out
    code, out, _ = verify(proof, trusted, "--json")
    found = json.loads(out)
    assert (code, found["step"], found["detail"]) == (1, "record-batch", "path leads to another root")
    assert {"step": "witnesses", "status": "not-checked", "says": "the policy asks for no witnesses"} in found["steps"]


@pytest.mark.parametrize("hostile", ["\x1b[2K\rVERIFIED", "dry\nVERIFIED: all is well", "\u202egnorw", "\x9b2J"])
def test_text_of_a_device_cannot_steer_the_terminal(policy: Path, tmp_path: Path, hostile: str) -> None:
    data = reading(senml.Measurement("fault", hostile))
    code, out, _ = verify(saved(tmp_path, data), policy)
    assert code == 0
    assert all(line.isprintable() for line in out.split("\n"))
    assert out.count("\nVERIFIED") == 1
    assert hostile.encode("unicode_escape").decode() in out


def test_text_of_an_unsigned_file_cannot_steer_the_terminal(policy: Path, tmp_path: Path) -> None:
    data = Scene().proof(_2="\x1b[1A\x1b[2KVERIFIED")
    code, out, _ = verify(saved(tmp_path, data), policy)
    assert code == 1
    assert all(line.isprintable() for line in out.split("\n"))


@pytest.mark.parametrize("time", [253_402_300_800, (1 << 64) - 1])
def test_a_device_may_claim_any_time(policy: Path, tmp_path: Path, time: int) -> None:
    code, out, err = verify(saved(tmp_path, reading(senml.Measurement("lid", True), time=time)), policy)
    assert (code, err) == (0, "")
    assert f"{time} seconds after 1970" in out


def test_a_terminal_without_the_marks_gets_the_verdict_all_the_same(policy: Path, tmp_path: Path) -> None:
    proof = saved(tmp_path, bytes.fromhex(WHOLE["bytes"]))
    code, out, err = verify(proof, policy, PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert "VERIFIED" in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "malformed: not JSON"),
        (b"\xff\xfe\x00", "malformed: not JSON"),
        (b"[" * 100_000, "malformed: not JSON"),
        (b" " * 300_000 + b"{}", "policy file over 262144 bytes"),
        (b'{"a": 1}', "does not hold: unknown-key"),
        (json.dumps(WHOLE["policy"]).replace(city.REALM, "\\ud800").encode(), "does not hold: bad-text"),
        (json.dumps(WHOLE["policy"]).replace('"version": 1', '"version": 2').encode(), "does not hold: bad-signature"),
    ],
)
def test_a_policy_that_cannot_be_used_is_one_line_and_exit_2(tmp_path: Path, content: bytes, says: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    code, out, err = verify(saved(tmp_path, bytes.fromhex(WHOLE["bytes"])), bad)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_files_that_cannot_be_read_are_one_line_and_exit_2(policy: Path, tmp_path: Path) -> None:
    proof = saved(tmp_path, bytes.fromhex(WHOLE["bytes"]))
    for arguments, says in (
        ((tmp_path / "none.proof", policy), "No such file or directory"),
        ((tmp_path, policy), "Is a directory"),
        ((proof, tmp_path / "none.json"), "No such file or directory"),
        ((proof, tmp_path), "Is a directory"),
    ):
        code, out, err = verify(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("civicroot: cannot read ")
        assert says in err


def test_a_file_over_the_limit_is_no_proof(policy: Path, tmp_path: Path) -> None:
    code, out, err = verify(saved(tmp_path, bytes(1 << 20)), policy)
    assert (code, err) == (1, "NOT VERIFIED\n")
    assert "✗ format: too-large" in out
