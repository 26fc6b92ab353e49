"""`civicroot audit`: its options, its reports, its exit codes."""

import json
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from civicroot_audit.findings import ALARM, CATALOGUE
from civicroot_cli.main import main
from civicroot_wire import merkle, note, sodium
from civicroot_wire.checkpoint import parse_body
from civicroot_wire.errors import MerkleError

from tests.audit.copies import ORIGIN, Copy
from tests.audit.running import run_audit
from tests.backend.city import NOW
from tests.support.brokers import free_port

DOCS = Path(__file__).parents[2] / "docs/auditing.md"


def command(copy: Copy, state: Path, *options: str) -> list[str]:
    return ["audit", str(copy.public), "--policy", str(copy.policy_file), "--state", str(state), *options]


def lose_a_reading(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading(seq=9)]))


def test_the_report_is_said_to_people(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(copy, tmp_path / "state")) == 0
    said = capsys.readouterr().out
    assert "✓ checkpoint" in said
    assert "– anchors" in said
    assert "the policy accepts none" in said
    assert "bin/1 (" in said, "new enrolments are listed"
    assert said.rstrip().endswith("NO ALARMS")
    lose_a_reading(copy)
    assert main(command(copy, tmp_path / "state")) == 1
    said = capsys.readouterr().out
    assert "ALARM record-lost: " in said
    assert "6–8, of 0 to 9" in said
    assert said.rstrip().endswith("1 ALARM")


def test_quiet_says_nothing_if_all_is_well(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(copy, tmp_path / "state", "--quiet")) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    lose_a_reading(copy)
    assert main(command(copy, tmp_path / "state", "--quiet")) == 1
    said = capsys.readouterr()
    assert "record-lost" in said.out
    assert "notice" not in said.out


def test_an_alarm_runs_a_command(copy: Copy, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "told.json"
    alarm = f"{sys.executable} -c \"import sys; open('{told}', 'w').write(sys.stdin.read())\""
    assert main(command(copy, tmp_path / "state", "--alarm", alarm)) == 0
    assert not told.exists(), "nothing is wrong"
    lose_a_reading(copy)
    assert main(command(copy, tmp_path / "state", "--alarm", alarm)) == 1
    assert json.loads(told.read_text())["findings"][0]["name"] == "record-lost"
    for broken in ("/no/such/command", "false", "'"):
        capfd.readouterr()
        assert main(command(copy, tmp_path / "state", "--alarm", broken)) == 1
        assert "the alarm's command" in capfd.readouterr().err


def test_reports_are_files_too(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    html, data = tmp_path / "report.html", tmp_path / "report.json"
    lose_a_reading(copy)
    main(command(copy, tmp_path / "state", "--html", str(html), "--json", str(data)))
    found = json.loads(data.read_text())
    assert found["exit_code"] == 1
    assert found["findings"][0]["name"] == "record-lost"
    page = html.read_text()
    assert "record-lost" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    for option in ("--html", "--json"):
        assert main(command(copy, tmp_path / "state", option, str(tmp_path / "no folder/report"))) == 2
        assert "cannot write" in capsys.readouterr().err


def test_what_others_wrote_cannot_steer_a_page_or_a_terminal(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = sodium.Signer(b"\x41" * 32)
    copy.append(copy.enrolment(key, "bin/99", label="<script>alert(1)</script>\x1b[2J\u202egnp"))
    html = tmp_path / "report.html"
    assert main(command(copy, tmp_path / "state", "--html", str(html))) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\\x1b[2J\\u202egnp" in said or "and 2 more" in said
    page = html.read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J\\u202egnp" in page


def test_an_audit_that_cannot_be_carried_out(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--policy", str(copy.policy_file), "--state", str(tmp_path / "state")]
    nobody = f"http://127.0.0.1:{free_port()}"
    assert main(["audit", nobody, *options]) == 2
    assert "NOT FINISHED" in capsys.readouterr().out
    assert main(["audit", nobody, *options, "--quiet"]) == 2
    assert "NOT FINISHED" in capsys.readouterr().out, "cron tells that there was no audit"
    (tmp_path / "empty").mkdir()
    assert main(["audit", str(tmp_path / "empty"), *options]) == 2
    assert "log/checkpoint is not there" in capsys.readouterr().out
    for address in ("ftp://city.example", str(tmp_path / "no such folder")):
        assert main(["audit", address, *options]) == 2
        assert capsys.readouterr().err.startswith("civicroot: ")
    (tmp_path / "policy.json").write_text("{}")
    assert main(["audit", str(copy.public), "--policy", str(tmp_path / "policy.json")]) == 2
    assert "does not hold" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(command(copy, tmp_path / "file")) == 2
    assert "state folder" in capsys.readouterr().err
    copy.use(copy.with_policy(realm="other.example"))
    assert main(command(copy, tmp_path / "state")) == 2
    assert "is of realm test.example, not other.example" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--stale-after", "soon"], ["--recheck", "-1"], ["--api", "some"], ["--jobs", "x"]])
def test_unusable_options(copy: Copy, tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command(copy, tmp_path / "state", *option))
    assert ended.value.code == 2
    assert option[0] in capsys.readouterr().err


def test_a_finding_is_an_alarm_until_it_is_acknowledged(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose_a_reading(copy)
    state = tmp_path / "state"
    found = run_audit(copy, state, capsys).finding("record-lost")
    assert run_audit(copy, state, capsys).code == 1
    wrong = run_audit(copy, state, capsys, "--acknowledge", "0123456789ab")
    assert wrong.code == 1
    assert [check["says"] for check in wrong.report["checks"] if check["status"] == "failed"] == [
        "there is no finding 0123456789ab"
    ]
    assert run_audit(copy, state, capsys, "--acknowledge", found["fingerprint"]).code == 0
    assert run_audit(copy, state, capsys).code == 0
    copy.append(copy.batch([copy.reading(seq=12)], seq=copy.real.next_batch + 1))
    assert run_audit(copy, state, capsys).code == 1, "another loss is another finding"


def test_a_reading_that_arrives_late_is_no_longer_lost(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.append(copy.batch([copy.reading(seq=7)]))
    assert run_audit(copy, tmp_path / "state", capsys).code == 1
    copy.append(copy.batch([copy.reading(seq=6)], seq=copy.real.next_batch + 1))
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.code == 0
    assert found.names("alarm") == set()


def test_a_batch_that_is_served_again_is_audited_then(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy.blob(copy.headers()[3][1])
    content = path.read_bytes()
    path.unlink()
    assert run_audit(copy, tmp_path / "state", capsys).names("alarm") == {"batch-missing", "record-lost"}
    path.write_bytes(content)
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.code == 0
    assert all(key["counts"]["lost"] == 0 for key in found.report["keys"])


def test_an_entry_that_is_served_again_is_audited_then(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = copy.bundle().read_bytes()
    index, header = copy.headers()[2]
    place = sound.index(header.encoded)
    copy.bundle().write_bytes(sound[: place + 9] + bytes([sound[place + 9] ^ 1]) + sound[place + 10 :])
    first = run_audit(copy, tmp_path / "state", capsys)
    assert first.names("alarm") == {"entry-edited", "batch-lost", "record-lost"}
    assert first.finding("entry-edited")["index"] == index
    copy.bundle().write_bytes(sound)
    assert run_audit(copy, tmp_path / "state", capsys).names("alarm") == {"entry-edited"}, "it was served, for good"


def test_a_device_that_is_overdue_is_silent(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy.append(copy.batch([copy.reading(promised=3600)]))
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.code == 0
    assert "silent" in found.names("notice")
    (key,) = [key for key in found.report["keys"] if key["subject"] == "bin/1"]
    assert key["silent_since"] == NOW - 60 + 3600


def test_misuse_of_the_registrars_key_is_visible(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_audit(copy, tmp_path / "state", capsys)
    assert run_audit(copy, tmp_path / "state", capsys).report["new_enrolments"] == []
    key = sodium.Signer(b"\x42" * 32)
    copy.append(copy.enrolment(key, "bin/1"))
    found = run_audit(copy, tmp_path / "state", capsys)
    (new,) = found.report["new_enrolments"]
    assert (new["subject"], new["kid"], new["registrar"]) == ("bin/1", key.kid.hex(), "test.example/registrar")
    assert "subject-rekeyed" in found.names("notice")


def test_a_fork_is_proved_to_anybody(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    run_audit(copy, state, capsys)
    at = copy.headers()[2][0]
    more = [copy.real.city.status_list([4], NOW + number) for number in (7, 8, 9)]
    copy.sign_again([*copy.entries[:at], *copy.entries[at + 1 :], *more])
    fork = run_audit(copy, state, capsys).finding("fork")
    folder = state / "evidence"
    files = {name.split("/")[1]: (folder / name).read_bytes() for name in fork["evidence"]}
    key = note.VerifierKey(ORIGIN, copy.real.city.log_key.public)
    old, new = (
        parse_body(note.verify(note.parse(files[name]), key, sodium.verify).body)
        for name in ("checkpoint-1.txt", "checkpoint-2.txt")
    )
    proof = json.loads(files["consistency.json"])
    path = [bytes.fromhex(item) for item in proof["path"]]
    assert (proof["old_size"], proof["new_size"]) == (old.size, new.size)
    with pytest.raises(MerkleError):
        merkle.verify_consistency(old.size, new.size, path, old.root, new.root)
    other = merkle.root([merkle.leaf_hash(entry) for entry in copy.entries[: old.size]])
    merkle.verify_consistency(old.size, new.size, path, other, new.root)  # so the new tree began otherwise


def test_the_documentation_explains_every_finding() -> None:
    text = DOCS.read_text()
    for name, kind in CATALOGUE.items():
        assert f"| `{name}` | {kind.severity} |" in text
    assert ALARM in text


@pytest.mark.system
def test_progress_is_shown_on_a_terminal_only(copy: Copy, tmp_path: Path) -> None:
    run = [sys.executable, "-m", "civicroot_cli", *command(copy, tmp_path / "state")]
    piped = subprocess.run(run, capture_output=True, check=True)
    assert piped.stderr == b""
    main_end, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    run = [sys.executable, "-m", "civicroot_cli", *command(copy, tmp_path / "other")]
    with subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        shown = b""
        try:
            while piece := os.read(main_end, 4096):
                shown += piece
        except OSError:  # Linux says so when the last writer is gone
            pass
        assert process.wait() == 0
    os.close(main_end)
    assert b"audit" in shown
    assert b"entries" in shown


@pytest.mark.system
def test_an_outsider_needs_nothing_of_the_city() -> None:
    look = "import sys, civicroot_audit.cli; print(sorted({name.split('.')[0] for name in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert "civicroot_wire" in found.stdout
    assert "civicroot_backend" not in found.stdout
    assert "civicroot_gateway" not in found.stdout
