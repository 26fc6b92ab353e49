"""A node of an EVM chain that the auditor chose, asked by JSON-RPC. What it says of the chain is believed."""

import http.client
import json
from typing import Any

import urllib3

from .errors import Missing, SourceError

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
MAX_ANSWER = 16 * 1024 * 1024  # of a list of events; nodes give at most some ten thousand
_HEX = "0x"


class Refused(Missing):
    """The node answered, and did not do what it was asked; a list of events may be too long for it."""


class Node:
    """The node at `url`. Raises SourceError if nobody answers, Refused if it refuses or talks rubbish."""

    def __init__(self, url: str) -> None:
        self.url = url
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(2, redirect=0, backoff_factor=0.2))

    def close(self) -> None:
        """Give connections up."""
        self._pool.clear()

    def chain(self) -> int:
        """Its EIP-155 id."""
        return quantity(self.call("eth_chainId"))

    def height(self) -> int:
        """Number of its newest block."""
        return quantity(self.call("eth_blockNumber"))

    def time_of(self, block: int) -> int:
        """Unix seconds of a block."""
        found = self.call("eth_getBlockByNumber", hex(block), False)
        if not isinstance(found, dict):
            raise Refused(f"the node at {self.url} has no block {block}")
        return quantity(found.get("timestamp"))

    def events(self, address: bytes, topics: list[Any], first: int, last: int) -> list[dict[str, Any]]:
        """The events of a contract in blocks `first` to `last`."""
        wanted = {"address": _HEX + address.hex(), "topics": topics, "fromBlock": hex(first), "toBlock": hex(last)}
        found = self.call("eth_getLogs", wanted)
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise Refused(f"the node at {self.url} lists events in an unknown form")
        return found

    def call(self, method: str, *parameters: object) -> object:
        """The result of a call."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        try:
            answer = self._pool.request("POST", self.url, json=call, redirect=False, preload_content=False)
            try:
                content = answer.read(MAX_ANSWER + 1)
            finally:
                answer.close()
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(f"no node answers at {self.url}: {error}") from error
        if len(content) > MAX_ANSWER:
            raise Refused(f"the node at {self.url} answers {method} with more than {MAX_ANSWER} bytes")
        try:
            said = json.loads(content)
            if answer.status == http.client.OK and "error" not in said:
                result: object = said["result"]
                return result
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Refused(f"the node at {self.url} answers {method} with status {answer.status}, no result") from error
        raise Refused(f"the node at {self.url} refuses {method}: {str(said.get('error'))[:200]}")


def quantity(value: object) -> int:
    """A number as JSON-RPC has it. Raises Refused."""
    try:
        if isinstance(value, str) and value.startswith(_HEX) and len(value) <= 2 + 16:
            return int(value, 16)
    except ValueError:
        pass  # said below
    raise Refused(f"the node says {value!r} where a number is due")


def octets(value: object, size: int | None = None) -> bytes:
    """Bytes as JSON-RPC has them. Raises Refused."""
    try:
        if isinstance(value, str) and value.startswith(_HEX):
            found = bytes.fromhex(value[2:])
            if size is None or len(found) == size:
                return found
    except ValueError:
        pass  # said below
    raise Refused(f"the node says {str(value)[:80]!r} where bytes are due")
