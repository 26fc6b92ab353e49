"""`civicroot anchor` against a real chain, the configuration of an EVM anchor, its key files and its fees."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend.anchor import evm, evm_account, evm_ticket
from civicroot_backend.anchor.evm_fees import Fees, bumped, offer
from civicroot_backend.anchor.evm_ticket import MAX_ATTEMPTS, Ticket
from civicroot_backend.anchor.settings import Settings
from civicroot_backend.errors import ConfigurationError, KeyFileError
from civicroot_cli.main import main
from civicroot_wire.errors import MalformedError
from civicroot_wire.policy_anchor import Anchor
from hypothesis import given
from hypothesis import strategies as st

from tests.anchor.evm_world import ORIGIN
from tests.support.chain import CHAIN_ID, Chain

Run = Callable[..., tuple[int, str, str]]
CONTRACT = "0x" + "5f" * 20


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One that makes a block for every transaction."""
    with Chain(tmp_path / "chain") as found:
        yield found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `civicroot anchor`; exit code, and what it said."""

    def ran(*arguments: str | Path | int) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(["anchor", *(str(argument) for argument in arguments)])
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return ran


def key(run: Run, chain: Chain, path: Path) -> str:
    """A new account with money; its address."""
    code, out, _ = run("key", "--out", path)
    assert code == 0
    chain.fund(out.strip())
    return out.strip().lower()


def deployed(run: Run, chain: Chain, path: Path, *more: str) -> dict[str, Any]:
    code, out, err = run("deploy", "--rpc", chain.url, "--key", path, *more)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def status(run: Run, chain: Chain, contract: str) -> dict[str, Any]:
    code, out, err = run("status", "--rpc", chain.url, "--contract", contract, "--origin", ORIGIN, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_key_is_its_owners_and_never_overwritten(run: Run, chain: Chain, tmp_path: Path) -> None:
    address = key(run, chain, tmp_path / "k")
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    assert evm_account.load(tmp_path / "k").address.lower() == address
    code, out, err = run("key", "--out", tmp_path / "k")
    assert (code, out) == (1, "") and "File exists" in err
    assert evm_account.load(tmp_path / "k").address.lower() == address


def test_deploy_prints_what_policy_and_configuration_need(run: Run, chain: Chain, tmp_path: Path) -> None:
    address = key(run, chain, tmp_path / "k")
    found = deployed(run, chain, tmp_path / "k", "--chain-id", str(CHAIN_ID))
    assert found == {"contract": found["contract"], "chain": CHAIN_ID, "writer": address}
    Anchor({"name": "a", "kind": "evm", "first": 0, "chain": found["chain"], "contract": found["contract"]})
    shown = status(run, chain, found["contract"])
    assert (shown["owner"], shown["writer"], shown["size"], shown["epoch"]) == (address, address, 0, 0)
    code, out, _ = run("status", "--rpc", chain.url, "--contract", found["contract"])
    assert code == 0 and f"writer    {address}" in out and "size" not in out


def test_the_owner_by_hand(run: Run, chain: Chain, tmp_path: Path) -> None:
    owner, heir = key(run, chain, tmp_path / "owner"), key(run, chain, tmp_path / "heir")
    other = "0x" + "77" * 20
    contract = deployed(run, chain, tmp_path / "owner", "--writer", other)["contract"]
    assert status(run, chain, contract)["writer"] == other

    def by(name: str, action: str, *more: str) -> tuple[int, str, str]:
        return run(action, "--rpc", chain.url, "--key", tmp_path / name, "--contract", contract, *more)

    epoch = ("new-epoch", "--origin", ORIGIN, "--reason", "a tree of the staging log")
    assert by("heir", *epoch)[0] == 1
    assert "only the owner may do this" in by("heir", *epoch)[2]
    assert by("owner", *epoch)[0] == 0
    assert by("owner", "set-writer", "--writer", heir, "--origin", ORIGIN)[0] == 0
    assert "was not offered" in by("heir", "take-ownership")[2]
    assert by("owner", "offer-ownership", "--to", heir)[0] == 0
    shown = status(run, chain, contract)
    assert (shown["owner"], shown["offered"], shown["writer"], shown["epoch"]) == (owner, heir, heir, 1)
    assert by("heir", "take-ownership")[0] == 0
    shown = status(run, chain, contract)
    assert (shown["owner"], shown["offered"]) == (heir, None)
    assert by("owner", *epoch)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("deploy", "--chain-id", "1"), 2, "is of chain 31337, not 1"),
        (("deploy", "--chain-id", "0"), 2, "0 is no chain id"),
        (("deploy", "--writer", "0x12"), 2, "0x12 is no address"),
        (("deploy", "--max-fee-gwei", "-1"), 2, "is no number of gwei"),
        (("new-epoch", "--contract", CONTRACT, "--origin", ORIGIN, "--reason", "x"), 1, "there is no contract at"),
        (("new-epoch", "--contract", CONTRACT, "--origin", ORIGIN, "--reason", " "), 2, "a reason is a line"),
        (("new-epoch", "--contract", CONTRACT, "--origin", ORIGIN, "--reason", "x" * 513), 2, "a reason is a line"),
        (("set-writer", "--contract", CONTRACT, "--writer", "0x" + "zz" * 20), 2, "is no address"),
    ],
)
def test_what_cannot_be(
    run: Run, chain: Chain, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    key(run, chain, tmp_path / "k")
    done = run(arguments[0], "--rpc", chain.url, "--key", tmp_path / "k", *arguments[1:])
    assert done[0] == code and said in done[2] and done[1] == ""


def test_nodes_keys_and_money_that_are_not_there(run: Run, chain: Chain, tmp_path: Path) -> None:
    assert run("deploy", "--rpc", chain.url, "--key", tmp_path / "none")[0] == 1
    key(run, chain, tmp_path / "k")
    code, _, err = run("deploy", "--rpc", "http://127.0.0.1:1", "--key", tmp_path / "k")
    assert code == 2 and "does not answer" in err
    code, _, err = run("deploy", "--rpc", "ftp://node", "--key", tmp_path / "k")
    assert code == 2 and "no http(s) URL" in err
    assert run("key", "--out", tmp_path / "poor")[0] == 0
    code, _, err = run("deploy", "--rpc", chain.url, "--key", tmp_path / "poor")
    assert code == 2 and "not enough money" in err, err
    (tmp_path / "k").chmod(0o644)
    code, _, err = run("deploy", "--rpc", chain.url, "--key", tmp_path / "k")
    assert code == 1 and "chmod 600" in err


def test_another_contract_at_the_address(run: Run, chain: Chain) -> None:
    chain.rpc("anvil_setCode", CONTRACT, "0x60006000f3")  # answers nothing to everything
    code, _, err = run("status", "--rpc", chain.url, "--contract", CONTRACT)
    assert code == 1 and "no CheckpointAnchor is at this address" in err


def test_help_says_what_it_does(run: Run) -> None:
    for action in ("", "key", "deploy", "status", "new-epoch", "set-writer", "offer-ownership", "take-ownership"):
        code, out, _ = run(*([action] if action else []), "--help")
        assert code == 0 and len(out.splitlines()) > 5


# Key files and configuration.


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(32), b"\xff" * 32, bytes(33)])
def test_files_that_hold_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(KeyFileError):
        evm_account.load(path)


def settings(folder: Path, **changes: Any) -> Settings:
    values = {"kind": "evm", "interval_seconds": 60, "rpc_url": "http://127.0.0.1:1", "chain_id": 5}
    complete = {**values, "contract": CONTRACT, "key_file": "evm.key", **changes}
    trusted = Anchor({"name": "chain", "kind": "evm", "first": 0, "chain": 5, "contract": CONTRACT})
    known = {name: value for name, value in complete.items() if value is not None}
    return Settings("chain", known, trusted, folder, lambda: 0.0)


def test_configured(tmp_path: Path) -> None:
    evm_account.create(tmp_path / "evm.key")
    found = evm.from_settings(settings(tmp_path, confirmations=3, max_fee_gwei=30, stuck_seconds=60))
    assert (found.name, found.kind, found.parallel) == ("chain", "evm", 1)
    found.close()
    evm.from_settings(settings(tmp_path, contract=CONTRACT.upper().replace("0X", "0x")))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"chain_id": 1}, "chain_id is not the policy's 5"),
        ({"contract": "0x" + "00" * 20}, "contract is not the policy's"),
        ({"rpc_url": "ftp://x"}, "rpc_url"),
        ({"rpc_url": None}, "rpc_url"),
        ({"key_file": None}, "key_file"),
        ({"confirmations": 0}, "confirmations"),
        ({"max_fee_gwei": 0}, "max_fee_gwei"),
        ({"stuck_seconds": 0}, "stuck_seconds"),
        ({"max_fee": 1}, "unknown keys: max_fee"),
    ],
)
def test_misconfigured(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    evm_account.create(tmp_path / "evm.key")
    with pytest.raises(ConfigurationError, match=said):
        evm.from_settings(settings(tmp_path, **changes))


def test_without_the_extra_a_city_that_has_no_chain_starts(tmp_path: Path) -> None:
    """web3.py and what it brings are loaded, and asked for by name, only where a chain is configured."""
    program = f"""
import sys
from pathlib import Path
for name in ("web3", "eth_account", "trie"):
    sys.modules[name] = None
from civicroot_backend import run
from civicroot_backend.anchor import open, settings
from civicroot_backend.errors import ConfigurationError
from civicroot_cli.main import main
from civicroot_wire.policy_anchor import Anchor
trusted = Anchor({{"name": "chain", "kind": "evm", "first": 0, "chain": 5, "contract": {CONTRACT!r}}})
values = {{"kind": "evm", "interval_seconds": 60}}
try:
    open._open(settings.Settings("chain", values, trusted, Path("."), lambda: 0.0))
except ConfigurationError as error:
    print(error)
sys.exit(main(["anchor", "key", "--out", {str(tmp_path / "k")!r}]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not (tmp_path / "k").exists()
    assert done.stdout.startswith("anchors.chain: kind evm needs more: pip install 'civicroot-backend[evm]'")
    assert "pip install 'civicroot-backend[evm]'" in done.stderr


# Fees and tickets.

WEI = st.integers(0, 10**13)


@given(WEI, WEI, WEI)
def test_an_offer_is_never_over_the_limit(base: int, tip: int, cap: int) -> None:
    found = offer(base, tip, cap)
    assert (found is None) == (base > cap)
    if found is not None:
        assert base <= found.most <= cap and found.tip <= found.most


@given(st.builds(lambda tip, more: Fees(tip + more, tip), WEI, WEI), WEI, WEI, WEI)
def test_a_bump_is_an_eighth_more_and_never_over_the_limit(before: Fees, base: int, tip: int, cap: int) -> None:
    now = offer(base, tip, max(cap, base))
    assert now is not None
    found = bumped(before, now, cap)
    if found is not None:
        assert 8 * found.most >= 9 * before.most and 8 * found.tip >= 9 * before.tip
        assert found.tip <= found.most <= cap
    else:
        assert 8 * cap < 9 * before.most + 16


@given(st.integers(0, 1 << 40), st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=MAX_ATTEMPTS))
def test_tickets_come_back(nonce: int, attempts: list[bytes]) -> None:
    ticket = Ticket(nonce, 5, tuple(attempts), tuple(attempts[:3]))
    assert evm_ticket.from_bytes(ticket.to_bytes()) == ticket


@given(st.binary(max_size=60))
def test_anything_else_is_no_ticket(data: bytes) -> None:
    try:
        found = evm_ticket.from_bytes(data)
    except MalformedError:
        return
    assert found.to_bytes() == data
