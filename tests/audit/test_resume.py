"""An audit that ends early, however it ends, goes on from its last whole step."""

import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from civicroot_audit.as_json import as_json
from civicroot_audit.auditor import Options, audit
from civicroot_audit.errors import SourceError, StateError
from civicroot_audit.source import DirectorySource
from civicroot_audit.state import State
from civicroot_wire.sodium import Signer

from tests.audit.copies import Copy
from tests.audit.servers import send, server
from tests.backend.city import NOW, signed_record

BATCHES = 700  # three bundles of entries
DEVICES = 5
RESUMED_WITHIN = 60


def grown(copy: Copy) -> Copy:
    """A city of several bundles, with something to find in each."""
    devices = [Signer(bytes([100 + number]) * 32) for number in range(DEVICES)]
    enrolled = [copy.enrolment(key, f"bin/{number}", label="grown") for number, key in enumerate(devices, 20)]
    headers = []
    for number in range(BATCHES):
        seq, device = divmod(number, DEVICES)
        records = [signed_record(devices[device], seq + seq // 50)]  # every fiftieth number is lost
        headers.append(copy.batch(records, seq=copy.real.next_batch + number))
    copy.append(*enrolled, *headers)
    return copy


def said(report: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on when and how often the auditor looked."""
    findings = [
        {key: value for key, value in item.items() if key not in ("first_seen", "detail")}
        for item in report["findings"]
    ]
    return {"findings": findings, "keys": report["keys"], "log": {**report["log"], "size_before": None}}


class Interrupted(DirectorySource):
    """The network fails at the n-th question."""

    def __init__(self, root: Path, at: int) -> None:
        super().__init__(root)
        self.left = at

    def get(self, name: str, limit: int) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise SourceError("the network is down")
        return super().get(name, limit)


def test_the_network_fails_at_every_question_once(copy: Copy, tmp_path: Path) -> None:
    copy.append(copy.batch([copy.reading(seq=9)]))  # something to find
    options = Options(api="none")
    whole = audit(DirectorySource(copy.public), copy.policy, tmp_path / "whole", options=options, clock=lambda: NOW)
    assert {item.name for item in whole.findings} == {"record-lost"}
    at, codes = 0, set()
    while True:
        state = tmp_path / f"state{at}"
        first = audit(Interrupted(copy.public, at), copy.policy, state, options=options, clock=lambda: NOW)
        codes.add(first.exit_code)
        if first.not_done is None:
            break
        assert "network is down" in first.not_done
        again = audit(DirectorySource(copy.public), copy.policy, state, options=options, clock=lambda: NOW)
        assert said(as_json(again)) == said(as_json(whole)), f"after question {at}"
        at += 1
    assert at > 10
    assert codes == {1, 2}


def test_many_interruptions_of_one_long_audit(copy: Copy, tmp_path: Path) -> None:
    copy = grown(copy)
    options = Options(api="none", jobs=0, recheck=0)
    whole = audit(DirectorySource(copy.public), copy.policy, tmp_path / "whole", options=options, clock=lambda: NOW)
    sizes = []
    for _ in range(20):
        source = Interrupted(copy.public, 320)  # a bundle and its batches
        report = audit(source, copy.policy, tmp_path / "state", options=options, clock=lambda: NOW)
        sizes.append(report.size)
        if report.not_done is None:
            break
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 2, "it went on in steps"
    assert said(as_json(report)) == said(as_json(whole))


@pytest.mark.system
def test_killed_at_any_question_it_goes_on(copy: Copy, tmp_path: Path) -> None:
    copy = grown(copy)
    command = [sys.executable, "-m", "civicroot_cli", "audit"]
    options = ["--policy", str(copy.policy_file), "--api", "none", "--json", "-", "--jobs", "2"]
    process: list[subprocess.Popen[bytes]] = []
    asked = 0
    kill_at = -1

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal asked
        asked += 1
        if asked == kill_at:
            os.kill(process[-1].pid, signal.SIGKILL)
        path = copy.public / handler.path.lstrip("/")
        send(handler, path.read_bytes() if path.is_file() else b"", 200 if path.is_file() else 404)

    def run(url: str, state: str, kill: int) -> tuple[int, bytes]:
        nonlocal asked, kill_at
        asked, kill_at = 0, kill
        process.append(
            subprocess.Popen([*command, url, "--state", str(tmp_path / state), *options], stdout=subprocess.PIPE)
        )
        out = process[-1].communicate(timeout=RESUMED_WITHIN)[0]
        return process[-1].returncode, out

    with server(answer) as url:
        code, out = run(url, "whole", -1)
        assert code == 1
        whole = said(json.loads(out))
        sizes = []
        for kill in (1, 5, 150, 300, 400):
            code, _ = run(url, "killed", kill)
            if code != -signal.SIGKILL:
                break
            state = State(tmp_path / "killed")
            sizes.append(state.number("size"))
            state.close()
        code, out = run(url, "killed", -1)
        assert code == 1
    assert said(json.loads(out)) == whole
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 2


def test_one_audit_at_a_time_uses_a_state(copy: Copy, tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    with pytest.raises(StateError, match="another audit"):
        audit(DirectorySource(copy.public), copy.policy, tmp_path / "state")
    state.close()
    audit(DirectorySource(copy.public), copy.policy, tmp_path / "state")


def test_workers_say_the_same_as_one_process(copy: Copy, tmp_path: Path) -> None:
    copy = grown(copy)
    copy.append(copy.batch([b"none", copy.reading()], seq=copy.real.next_batch + BATCHES))
    reports = [
        audit(
            DirectorySource(copy.public),
            copy.policy,
            tmp_path / f"state{jobs}",
            options=Options(api="none", jobs=jobs),
            clock=lambda: NOW,
        )
        for jobs in (0, 2)
    ]
    assert said(as_json(reports[0])) == said(as_json(reports[1]))
    assert {item.name for item in reports[0].findings} == {"record-lost", "record-unreadable"}
    assert reports[0].records == reports[1].records
