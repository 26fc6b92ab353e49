"""`civicroot demo` as a person uses it: start, look, Ctrl-C, start again."""

import json
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.settings import REALM
from civicroot_wire import proof

from tests.system.outside import Audit, Outsider
from tests.system.witnessed import Asked, Ran, civicroot, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

START_SECONDS = 240.0  # twenty seconds on an idle machine; tests run beside others
STOP_SECONDS = 60.0
POLL_SECONDS = 0.25
DEVICES = 4


_started: list["Demo"] = []


@pytest.fixture(autouse=True)
def _no_demo_outlives_its_test() -> Iterator[None]:
    """A test that fails leaves its demo running."""
    yield
    while _started:
        demo = _started.pop()
        if demo.process.poll() is None:
            demo.interrupt()


class Demo:
    """A running `civicroot demo`."""

    def __init__(self, folder: Path, *options: str, chain: bool = False, background: bool = False) -> None:
        self.port = free_port()
        self.output = folder / f"output-{self.port}.txt"
        command = [sys.executable, "-m", "civicroot_cli", "demo", "--data", str(folder / "data")]
        command += ["--port", str(self.port), "--devices", str(DEVICES), "--interval", "1", *options]
        command += [] if chain else ["--no-chain"]
        if background:  # of a script
            command = ["env", "--ignore-signal=INT", *command]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        _started.append(self)

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")

    def address(self) -> str:
        """Wait for the one address that it prints."""
        deadline = time.monotonic() + START_SECONDS
        while not (found := re.search(r"Open\s+(\S+)", self.said)):
            assert self.process.poll() is None and time.monotonic() < deadline, self.said
            time.sleep(POLL_SECONDS)
        return found.group(1)

    def children(self) -> list[int]:
        """Process ids of everything it started."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


def _audit_of(demo: Demo, least: int) -> Audit:
    """The audit as soon as at least `least` records are published."""
    outsider = Outsider(demo.address())
    deadline = time.monotonic() + START_SECONDS
    while True:
        audit = outsider.audit()
        if sum(len(by_seq) for by_seq in audit.records.values()) >= least:
            outsider.close()
            return audit
        assert time.monotonic() < deadline, demo.said
        time.sleep(POLL_SECONDS)


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@dataclass
class Lives:
    """A demo with a local chain that was started twice, and what it said and had written meanwhile."""

    first: Demo
    second: Demo
    children: list[int]  # of the first one
    gone: bool  # all of them, once it had ended
    statuses: list[int]  # with which both ended
    before: Audit
    after: Audit
    anchored: list[list[dict[str, Any]]]  # of both
    policy: Path
    reading: Path  # its proof
    upgraded: Path
    verdicts: dict[str, Ran]
    statements: list[dict[str, Any]]
    statement: Path  # its proof
    paper: bytes


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """One demo for several tests: each start costs a quarter of a minute of both cores."""
    folder = tmp_path_factory.mktemp("demo")
    policy, upgraded = folder / "data" / "realm" / "policy.json", folder / "upgraded.proof"
    first = Demo(folder, chain=True)
    reading = _proof_that_shows_revocation(first, folder)
    verdicts = _upgrade(first, reading, policy, upgraded)
    listed = until(lambda: _statements(first), f"the city states its verifier: {first.said}")
    statement = folder / "statement.proof"
    statement.write_bytes(httpx.get(first.address() + listed[0]["proof"]).content)
    said = re.search(r"Its e-paper:\s+(\S+)", first.said)
    assert said, first.said
    paper = Path(said.group(1)).read_bytes()
    anchored = [_anchored(first, 1)]
    before = _audit_of(first, 20)
    children = first.children()
    statuses = [first.interrupt()]
    gone = all(_gone(pid) for pid in children)

    second = Demo(folder, chain=True, background=True)
    after = _audit_of(second, sum(len(by_seq) for by_seq in before.records.values()) + 20)
    anchored.append(_anchored(second, len(anchored[0]) + 1))
    verdicts["again"] = civicroot("verify", upgraded, "--policy", policy, "--evm-rpc", _local_chain(second))
    statuses.append(second.interrupt())
    return Lives(
        *(first, second, children, gone, statuses, before, after, anchored),
        *(policy, reading, upgraded, verdicts, listed, statement, paper),
    )


def _statements(demo: Demo) -> list[dict[str, Any]] | None:
    """The fund's statement and the city's, once both are there: about a tree, and about the script that verifies."""
    listed = httpx.get(demo.address() + "/api/v1/entries", params={"kind": "statement"}).json()["entries"]
    found = {item["subject"]: item for item in listed}
    return [found["tree/1"], found["page/verifier"]] if found.keys() >= {"tree/1", "page/verifier"} else None


def _upgrade(demo: Demo, reading: Path, policy: Path, upgraded: Path) -> dict[str, Ran]:
    """Write the reading's proof with its anchor beside it; what commands said of it."""
    index = proof.decode(reading.read_bytes()).header.index
    asked = Asked(demo.address())
    covering = f"/api/v1/anchors?covers={index}&state=confirmed"
    until(lambda: asked.json(covering)["anchors"], f"an anchor that covers entry {index}: {demo.said}")
    asked.close()
    known, chain = ("--policy", policy), ("--evm-rpc", _local_chain(demo))
    return {
        "upgrade": civicroot("proof", "upgrade", reading, "--url", demo.address(), *known, "--out", upgraded),
        "asking the chain": civicroot("verify", upgraded, *known, *chain),
        "believing nobody": civicroot("verify", upgraded, *known),
        "audit": civicroot("audit", demo.address(), *known, *chain, "--state", upgraded.with_name("state")),
    }


def test_ctrl_c_leaves_no_process_and_the_next_start_goes_on_from_there(lives: Lives) -> None:
    assert len(lives.children) == DEVICES + 8  # and three witnesses, chain, broker, backend, gateway, registrar's desk
    assert lives.statuses == [0, 0], lives.first.said + lives.second.said
    assert lives.gone
    before, after = lives.before, lives.after
    assert set(after.records) == set(before.records)  # the same keys: nobody was enrolled anew
    assert after.repeated() == []
    for kid, by_seq in before.records.items():
        assert by_seq.items() <= after.records[kid].items()
        assert after.numbers(kid) == set(range(max(after.records[kid]) + 1))


def _proof_that_shows_revocation(demo: Demo, folder: Path) -> Path:
    """A reading's proof file, downloaded again until a status list is logged after it."""
    deadline = time.monotonic() + START_SECONDS
    path = folder / "reading.proof"
    with httpx.Client(base_url=demo.address()) as client:
        (device, *_) = client.get("/api/v1/devices").json()["devices"]
        seq = 0
        while True:
            answer = client.get(f"/api/v1/devices/{device['kid']}/records/{seq}/proof")
            if answer.status_code == 200 and proof.decode(answer.content).status_list is not None:
                path.write_bytes(answer.content)
                return path
            assert time.monotonic() < deadline, (demo.said, answer.text)
            time.sleep(POLL_SECONDS)


def test_a_reading_and_the_sample_statement_verify_offline_down_to_not_revoked(lives: Lives) -> None:
    """The demo has ended."""
    assert lives.paper.startswith(b"P4\n# page ")
    assert [(item["issuer"], item["subject"]) for item in lives.statements] == [
        ("organisation/demo-tree-fund", "tree/1"),
        ("organisation/city", "page/verifier"),
    ]
    assert "made up for the demo" in lives.statements[0]["payload"]["text"]
    for file, says in (
        (lives.reading, "not revoked as of log entry"),
        (lives.statement, "VERIFIED: statement about tree/1"),
    ):
        command = [sys.executable, "-m", "civicroot_cli", "verify", str(file), "--policy", str(lives.policy)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout
        assert says in done.stdout


def _anchored(demo: Demo, least: int) -> list[dict[str, Any]]:
    """The confirmed anchors, as soon as there are so many."""
    asked = Asked(demo.address())
    found = until(lambda: _confirmed(asked, least), f"{least} confirmed anchors: {demo.said}")
    asked.close()
    return found


def _confirmed(asked: Asked, least: int) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = asked.json("/api/v1/anchors?state=confirmed")["anchors"]
    return found if len(found) >= least else None


def test_a_bundle_is_upgraded_with_the_anchor_on_the_local_chain_which_goes_on_after_a_restart(lives: Lives) -> None:
    for what, done in lives.verdicts.items():
        assert done.returncode == 0, (what, done.stdout + done.stderr)
    there = [name for tree in proof.decode(lives.upgraded.read_bytes()).anchors for name, _ in tree.evidence]
    assert there == ["demo-chain"]
    assert "✓ anchors" in lives.verdicts["asking the chain"].stdout
    assert "– anchors" in lives.verdicts["believing nobody"].stdout  # it says which block to look up
    assert "✓ anchors" in lives.verdicts["again"].stdout  # the chain of before goes on
    assert "deployed the contract" not in lives.second.said
    first, second = lives.anchored
    assert max(item["size"] for item in second) > max(item["size"] for item in first)


def _local_chain(demo: Demo) -> str:
    found = re.search(r"anchor +demo-chain, at (\S+),", demo.said)
    assert found, demo.said
    return found.group(1)


def test_a_folder_of_an_earlier_version_goes_on_without_witnesses_and_says_so(tmp_path: Path) -> None:
    realm = tmp_path / "data" / "realm"
    founded = civicroot("realm", "init", "--realm", REALM, "--dir", realm)
    assert founded.returncode == 0, founded.stderr
    demo = Demo(tmp_path, chain=True)
    audit = _audit_of(demo, 8)
    children = demo.children()
    assert demo.interrupt() == 0, demo.said
    assert len(children) == DEVICES + 4  # no witness, no chain: the policy knows none
    assert "was founded without witnesses" in demo.said
    assert "nobody outside vouches for this log" in demo.said
    assert audit.repeated() == []


def test_published_series_are_replayed(tmp_path: Path) -> None:
    series = tmp_path / "series"
    series.mkdir()
    rows = [f"2025-03-01T{hour:02}:00:00Z,77,{3 * hour}" for hour in range(24)]
    (series / "prague_bin_fill.csv").write_text("\n".join(["time_utc,container_id,fill_pct", *rows, ""]))
    (series / "prague_bins.csv").write_text("container_id,waste_type,address,n_readings\n77,glass,Nám. Míru 1,24\n")
    demo = Demo(tmp_path, "--replay", str(series))
    audit = _audit_of(demo, 8)
    city = httpx.get(demo.address() + "/api/v1/devices").json()
    assert demo.interrupt() == 0, demo.said
    labels = {device["label"] for device in city["devices"] if device["kind"] == "bin"}
    assert labels == {"Nám. Míru 1"}
    assert all(enrolled.simulated for enrolled in audit.enrolled.values() if enrolled.role == "device")
    samples = (tmp_path / "data" / "devices" / "bin-1" / "samples.csv").read_text().splitlines()
    assert samples[:3] == ["seconds,fill", "0,0.0", "3600,0.03"]


def test_lan_serves_tls_with_a_certificate_for_this_machine_and_a_killed_demo_leaves_no_process(
    tmp_path: Path,
) -> None:
    demo = Demo(tmp_path, "--lan")
    address = demo.address()
    assert address.startswith("https://")
    certificate = tmp_path / "data" / "tls" / "certificate.pem"

    context = ssl.create_default_context(cafile=str(certificate))
    with httpx.Client(verify=context) as client:
        assert client.get(f"https://127.0.0.1:{demo.port}/healthz").status_code == 200
        assert json.loads(client.get(f"{address}/api/v1/city").content)["realm"] == "demo.civicroot.example"
    children = demo.children()
    demo.process.kill()
    demo.process.wait()
    deadline = time.monotonic() + STOP_SECONDS
    while not all(_gone(pid) for pid in children):
        assert time.monotonic() < deadline, "processes outlive the killed demo"
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--devices", "0"], "--devices must be 1 to 20"),
        (["--devices", "21"], "--devices must be 1 to 20"),
        (["--interval", "0"], "must be over 0"),
        (["--replay", "/nowhere"], "no such folder"),
        (["--firmware", "/nowhere"], "firmware was not found"),
    ],
)
def test_unusable_options_are_one_line(tmp_path: Path, options: list[str], says: str) -> None:
    command = [sys.executable, "-m", "civicroot_cli", "demo", "--data", str(tmp_path / "data"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
