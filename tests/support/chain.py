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
from pathlib import Path
from typing import Any

import httpx

from tests.support.brokers import HOST
from tests.support.port_server import PortServer

CONTRACTS = Path(__file__).resolve().parents[2] / "backend" / "contracts"
CHAIN_ID = 31337  # anvil's own
CALL_TIMEOUT = 30.0
ETHER = 10**18
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class ChainMissing(Exception):
    """anvil is not installed. Tests fail on this; they never skip."""


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


class Chain(PortServer):
    """An anvil process. Attributes: url, port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._arguments = arguments
        super().__init__(folder, "anvil")

    def _command(self) -> list[str]:
        command = [str(anvil()), "--host", HOST, "--port", str(self.port), "--cache-path", str(self._folder)]
        return [*command, *self._arguments]

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
