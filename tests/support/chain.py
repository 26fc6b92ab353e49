"""A real EVM node for tests: anvil from npm (backend/contracts), one process on a free port.

    with Chain(tmp_path) as chain:
        chain.fund(address)                     # anvil_setBalance
        chain.rpc("anvil_mine", "0x3")
        chain.kill(); chain.start()             # same port; the state of before is gone unless `state` is given

The binary is started without its wrapper, so that the handle's signals reach it. A missing one fails the tests
(ChainMissing); nothing is skipped: `make test` installs it.
"""

import json
import platform
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import httpx

from tests.support.brokers import HOST, free_port

CONTRACTS = Path(__file__).resolve().parents[2] / "backend" / "contracts"
CHAIN_ID = 31337  # anvil's own
START_DEADLINE = 20.0  # seconds; it starts in 0.1 on an idle machine
STOP_DEADLINE = 10.0
START_ATTEMPTS = 3  # another process may take the free port between its choice and the node's bind
LOG_TAIL = 4000  # characters of the node's log shown when it fails
CALL_TIMEOUT = 30.0
ETHER = 10**18
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class ChainMissing(Exception):
    """anvil is not installed. Tests fail on this; they never skip."""


class ChainFailed(Exception):
    """The node ended, or did not answer before its deadline; the message holds the end of its log."""


class RpcError(Exception):
    """The node refused a call."""


def anvil() -> Path:
    """The node's binary. Raises ChainMissing."""
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    folder = CONTRACTS / "node_modules" / "@foundry-rs" / f"anvil-{platform.system().lower()}-{machine}"
    binary = folder / "bin" / "anvil"
    if not binary.exists():
        raise ChainMissing("anvil is not installed: npm ci --ignore-scripts in backend/contracts, or make test")
    return binary


class Chain:
    """An anvil process. A context manager; starts on entry. Attributes: url, port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._log = folder / "anvil.log"
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._use(free_port())

    def __enter__(self) -> Self:
        for attempt in range(START_ATTEMPTS):
            try:
                self.start()
                return self
            except ChainFailed:
                self.kill()
                if attempt == START_ATTEMPTS - 1:
                    raise
                self._use(free_port())
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start on the same port, and return when it answers. Raises ChainMissing or ChainFailed."""
        command = [str(anvil()), "--host", HOST, "--port", str(self.port), "--cache-path", str(self._folder)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder
            )
        until = time.monotonic() + START_DEADLINE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise ChainFailed(self._log.read_text(errors="replace")[-LOG_TAIL:])
            time.sleep(0.01)  # between two polls

    def stop(self) -> None:
        """End it cleanly (its state is written if it was asked to), or after a deadline by SIGKILL."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def rpc(self, method: str, *parameters: object) -> Any:
        """The result of a call. Raises RpcError."""
        answer = self.answer(method, *parameters)
        if "error" in answer:
            raise RpcError(json.dumps(answer["error"]))
        return answer["result"]

    def answer(self, method: str, *parameters: object) -> dict[str, Any]:
        """The whole answer to a call, with `result` or `error`."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        found: dict[str, Any] = httpx.post(self.url, json=call, timeout=CALL_TIMEOUT).raise_for_status().json()
        return found

    def fund(self, address: str, wei: int = 100 * ETHER) -> None:
        """Give an account money."""
        self.rpc("anvil_setBalance", address, hex(wei))

    def mine(self, blocks: int = 1) -> None:
        """Make blocks, with whatever waits."""
        self.rpc("anvil_mine", hex(blocks))

    @property
    def height(self) -> int:
        """Number of the newest block."""
        return int(self.rpc("eth_blockNumber"), 16)

    def _use(self, port: int) -> None:
        self.port = port
        self.url = f"http://{HOST}:{port}"

    def _answers(self) -> bool:
        try:
            return bool(self.rpc("web3_clientVersion"))
        except (httpx.TransportError, httpx.HTTPStatusError):
            return False  # not yet; the caller polls until its deadline
