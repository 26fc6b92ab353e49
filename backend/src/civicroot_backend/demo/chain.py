"""The demo's EVM chain: anvil on this machine, with its state in the demo's folder, so that a restart goes on with it.

It shows how anchoring works and proves nothing to anybody: whoever runs the machine can make that chain anew.
"""

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from civicroot_wire.policy_anchor import EVM

from . import command
from .broker import free_port
from .processes import Child, Processes
from .settings import DemoError
from .waiting import LOCALHOST, wait

NAME = "demo-chain"  # the anchor's, in the policy
OWNER_KEY, WRITER_KEY = "owner.key", "writer.key"
CHAIN_ID = 31337  # what local development chains are called; no public chain has it
BLOCK_SECONDS = 1
CONFIRMATIONS = 6  # as many as a verifier asks a node for, so that what is shown as confirmed can be checked at once
STATE_SECONDS = 10  # between two dumps of its state; what a kill loses, the backend submits again
KEPT_STATES = 64  # blocks whose state is kept in memory; their headers and receipts all are
FUNDS = 10**20  # wei: 100 ether of a currency that is worth nothing
RPC_SECONDS = 5.0
INSTALL_SECONDS = 300.0
_BINARIES = "node_modules/@foundry-rs/anvil-*/bin/anvil*"  # not the wrapper in .bin, which would outlive the demo


class NoChainError(Exception):
    """There can be no local chain; the message says why, in a few words."""


class Chain:
    """The chain in `folder`. `url` is this start's."""

    def __init__(self, packages: Path | None, folder: Path, processes: Processes, say: Callable[[str], None]) -> None:
        self._packages = packages
        self._folder = folder
        self._processes = processes
        self._say = say
        self.url = f"http://{LOCALHOST}:{free_port()}"
        self._child: Child | None = None

    @property
    def running(self) -> bool:
        """Whether it was started, and lives."""
        return self._child is not None and self._child.running

    def start(self) -> Child:
        """Start anvil. Raises NoChainError if it cannot be had."""
        anvil = self._anvil()
        self._say(f"starting a local EVM chain (anvil, chain {CHAIN_ID}), whose blocks prove nothing to others")
        self._folder.mkdir(parents=True, exist_ok=True)
        arguments = ["--quiet", "--port", self.url.rpartition(":")[2], "--chain-id", str(CHAIN_ID)]
        arguments += ["--block-time", str(BLOCK_SECONDS), f"--prune-history={KEPT_STATES}"]
        arguments += ["--state", str(self._folder / "state.json"), "--state-interval", str(STATE_SECONDS)]
        self._child = self._processes.start("chain", [str(anvil), *arguments])
        wait(self._child, self._answers)
        return self._child

    def deploy(self, interval_seconds: int) -> Path:
        """Put the contract on the chain; the file that `civicroot realm init --anchor` takes.

        The owner's key is apart from the writer's, the only one of the two that the backend has.
        """
        keys = [self._folder / name for name in (OWNER_KEY, WRITER_KEY)]
        for key in keys:
            key.unlink(missing_ok=True)  # of a start that was interrupted: no realm knows its contract
        owner, writer = (command.run("anchor", "key", "--out", str(key)).strip() for key in keys)
        for address in (owner, writer):
            self.call("anvil_setBalance", address, hex(FUNDS))
        paying = ("--key", str(keys[0]), "--writer", writer)
        said = command.run("anchor", "deploy", "--rpc", self.url, "--chain-id", str(CHAIN_ID), *paying)
        contract = json.loads(said)["contract"].lower()
        self._say(f"deployed the contract CheckpointAnchor as {contract}")
        item = {"name": NAME, "kind": EVM, "chain": CHAIN_ID, "contract": contract}
        settings = {
            "rpc_url": self.url,
            "chain_id": CHAIN_ID,
            "contract": contract,
            "key_file": f"../{self._folder.name}/{WRITER_KEY}",  # from the realm's folder, which is beside this one
            "confirmations": CONFIRMATIONS,
            "interval_seconds": interval_seconds,
        }
        file = self._folder / "anchor.json"
        file.write_text(json.dumps({"policy": item, "settings": settings}, indent=2) + "\n", encoding="utf-8")
        return file

    def _anvil(self) -> Path:
        """The program itself; fetched by npm, with the Node of a wheel, if it is not there yet."""
        if self._packages is None:
            raise NoChainError("it was not asked for, or this is no checkout, which says where anvil comes from")
        found = sorted(self._packages.glob(_BINARIES))
        if not found:
            self._say("fetching anvil with npm")
            _install(self._packages)
            found = sorted(self._packages.glob(_BINARIES))
        if not found:
            raise NoChainError("npm has no anvil for this machine")
        return found[0]

    def _answers(self) -> bool:
        try:
            return self.call("eth_chainId") == hex(CHAIN_ID)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def call(self, method: str, *parameters: object) -> object:
        """One call of its JSON-RPC. Raises DemoError for an error that it answers."""
        asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self.url, asked, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=RPC_SECONDS) as answer:
            found = json.load(answer)
        if "result" not in found:
            raise DemoError(f"the local chain refused {method}: {found.get('error')}")
        return found["result"]


def _install(packages: Path) -> None:
    npm = shutil.which(command.program("npm")) or shutil.which("npm")
    if npm is None:
        raise NoChainError("there is no Node here")
    arguments = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = command.with_programs()
    try:
        done = subprocess.run(
            arguments, cwd=packages, capture_output=True, timeout=INSTALL_SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise NoChainError(f"npm took more than {INSTALL_SECONDS:g} s to fetch anvil") from error
    if done.returncode:
        raise NoChainError("npm could not fetch anvil")
