"""`civicroot audit --evm-rpc`: the contract's events are read from the chain, so that none can be left out."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from civicroot_cli.main import main
from civicroot_wire import merkle
from civicroot_wire.checkpoint import Checkpoint

from tests.audit.anchoring import Contract
from tests.audit.copies import ORIGIN, Copy
from tests.audit.running import Ran, run_audit
from tests.audit.servers import send, server
from tests.backend.city import NOW
from tests.support.brokers import free_port
from tests.support.chain import Chain

ANOTHER = Checkpoint(ORIGIN, 7, merkle.EMPTY_ROOT)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    with Chain(tmp_path_factory.mktemp("chain"), "--timestamp", str(NOW)) as found:  # blocks of long ago
        yield found


@pytest.fixture
def contract(chain: Chain, copy: Copy) -> Contract:
    """A contract of its own, which the city's policy accepts."""
    found = Contract(chain)
    copy.let_in(anchors=[found.item])
    copy.options = ["--evm-rpc", chain.url]
    return found


def check_of(found: Ran, name: str) -> dict[str, str]:
    (check,) = [check for check in found.report["checks"] if check["name"] == name]
    return {key: check[key] for key in ("status", "says")}


def test_an_honest_city_anchors_what_it_serves(
    contract: Contract, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for size in (5, len(copy.entries)):
        copy.keep_anchor("chain", size, contract.anchor(copy.tree(size)))
    found = run_audit(copy, tmp_path / "state", capsys)
    assert (found.code, found.names("alarm")) == (0, set()), found.report["findings"]
    assert check_of(found, "anchors") == {"status": "held", "says": "2 listed, 2 hold"}
    contracted = check_of(found, "contract chain")
    assert contracted["status"] == "held"
    assert contracted["says"].startswith("2 events on chain 31337 up to block ")
    assert contracted["says"].endswith(", 2 of them new")
    (newest,) = found.report["anchors"]
    assert (newest["kind"], newest["size"], newest["count"], newest["checked"]) == ("evm", len(copy.entries), 2, 2)
    # The next audit reads only what is new.
    copy.append(copy.real.city.status_list([4], NOW + 9))
    contract.anchor(copy.tree())
    again = check_of(run_audit(copy, tmp_path / "state", capsys), "contract chain")
    assert again["says"].startswith("3 events")
    assert again["says"].endswith(", 1 of them new")


def test_a_city_that_anchors_another_history_than_it_serves_is_exposed(
    contract: Contract, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract.anchor(copy.tree(5))
    contract.anchor(ANOTHER)  # and does not list it
    contract.anchor(Checkpoint("other.example/log", 9, merkle.EMPTY_ROOT))  # another log is nobody's business here
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.names("alarm") == {"anchor-fork"}
    alarm = found.finding("anchor-fork")
    assert f"it recorded 7 entries with root {merkle.EMPTY_ROOT.hex()}" in alarm["detail"]
    assert check_of(found, "contract chain")["status"] == "failed"
    event, signed = (tmp_path / "state/evidence" / name for name in alarm["evidence"])
    assert json.loads(event.read_text())["address"] == contract.address.lower()
    assert signed.read_bytes() == copy.path("log/checkpoint").read_bytes(), "the log's own word for another history"
    assert run_audit(copy, tmp_path / "state", capsys).names("alarm") == {"anchor-fork"}, "it stays"


def test_a_city_that_serves_less_than_it_anchored_is_exposed(
    contract: Contract, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, size = copy.entries, len(copy.entries)
    contract.anchor(copy.tree())
    copy.sign_again(whole[:-1])
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.names("alarm") == {"anchor-ahead"}
    assert f"it recorded {size} entries, {size - 1} are served" in found.finding("anchor-ahead")["detail"]
    copy.sign_again(whole)
    assert run_audit(copy, tmp_path / "state", capsys).names("alarm") == set(), "shown after all"


def test_a_block_of_this_moment_may_be_ahead_of_what_was_just_read(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Chain(tmp_path / "chain") as now:
        contract = Contract(now)
        copy.let_in(anchors=[contract.item])
        copy.options = ["--evm-rpc", now.url]
        contract.anchor(copy.tree())
        copy.sign_again(copy.entries[:-1])
        assert run_audit(copy, tmp_path / "state", capsys).names("alarm") == set()


def test_the_largest_size_there_is_is_no_crash(
    contract: Contract, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract.anchor(Checkpoint(ORIGIN, (1 << 64) - 1, merkle.EMPTY_ROOT))
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.names("alarm") == {"anchor-ahead"}
    assert found.report["not_done"] is None


def test_a_new_epoch_is_said_with_its_reason_and_the_mistake_stays(
    contract: Contract, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract.anchor(ANOTHER)
    contract.open_epoch(ORIGIN, b"restored \x1b[2J from a backup")
    contract.anchor(copy.tree(6))
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.names("alarm") == {"anchor-fork"}
    epoch = found.finding("anchor-epoch")
    assert epoch["severity"] == "notice"
    assert "epoch 1 since " in epoch["detail"]
    assert "for the reason: restored" in epoch["detail"]
    seen = found.finding("anchor-fork")["fingerprint"]
    assert run_audit(copy, tmp_path / "state", capsys, "--acknowledge", seen).code == 0


def test_evidence_of_a_block_that_the_chain_does_not_have_is_wrong(
    contract: Contract, chain: Chain, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = chain.rpc("evm_snapshot")
    evidence = contract.anchor(copy.tree())
    assert chain.rpc("evm_revert", before) is True
    chain.mine(20)
    copy.keep_anchor("chain", len(copy.entries), evidence)
    found = run_audit(copy, tmp_path / "state", capsys)
    assert found.names("alarm") == {"anchor-wrong"}
    assert "untrusted" in found.finding("anchor-wrong")["detail"]


def test_without_a_node_it_says_what_was_not_checked_and_how(
    contract: Contract, chain: Chain, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.keep_anchor("chain", len(copy.entries), contract.anchor(copy.tree()))
    copy.options = []
    found = run_audit(copy, tmp_path / "state", capsys)
    assert check_of(found, "anchors") == {
        "status": "not checked",
        "says": "1 listed, 0 hold, 1 rest on blocks that nobody looked up (--evm-rpc)",
    }
    assert "give --evm-rpc with a node of chain 31337" in check_of(found, "contract chain")["says"]
    # A node that is down says nothing about the city.
    nobody = f"http://127.0.0.1:{free_port()}"
    found = run_audit(copy, tmp_path / "state", capsys, "--evm-rpc", nobody)
    assert (found.code, check_of(found, "contract chain")["status"]) == (0, "not checked")
    # What was open is checked once there is a node.
    found = run_audit(copy, tmp_path / "state", capsys, "--evm-rpc", chain.url)
    assert check_of(found, "anchors") == {"status": "held", "says": "1 listed, 1 hold"}


RUBBISH = [b"", b"[", b"[" * 99999, b"[]", b'{"result": "0x1"}', b'{"result": 5}', b'{"error": {"message": "no"}}']


@pytest.mark.parametrize("answer", RUBBISH)
def test_a_node_that_talks_rubbish_is_no_crash(
    contract: Contract, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    with server(Posted(answer)) as url:
        copy.options = ["--evm-rpc", url]
        found = run_audit(copy, tmp_path / "state", capsys)
    assert found.code == 0
    assert check_of(found, "contract chain")["status"] == "not checked"


class Posted:
    """The same answer to every question."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        send(handler, self._content)


def test_an_address_of_no_node_is_one_line(copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["audit", str(copy.public), "--policy", str(copy.policy_file), "--state", str(tmp_path / "state")]
    assert main([*command, "--evm-rpc", "node.example"]) == 2
    assert "a node is http://… or https://…: node.example" in capsys.readouterr().err
