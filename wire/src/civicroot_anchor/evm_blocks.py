"""Whom a verifier asks whether a block is on its chain: hashes that it was given, or a node that it chose."""

import json
from typing import Protocol

import urllib3

CONFIRMATIONS = 6  # blocks, the block itself counted; few chains ever give up more
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
MAX_ANSWER = 1 << 20  # bytes; a block with the hashes of 5,000 transactions has 350,000
_HASH_DIGITS = 66  # with 0x


class BlockNotSeen(Exception):
    """The source cannot say; the message is for people. Ask again later, or another."""


class BlockSource(Protocol):
    """Who says whether a block is on the chain."""

    def is_canonical(self, chain: int, number: int, block_hash: bytes) -> bool | None:
        """Whether it is; None if this source does not know. Raises BlockNotSeen saying why not."""


class TrustedHashes:
    """Block hashes that somebody looked up. No other block is trusted, whatever its chain says."""

    def __init__(self, hashes: set[bytes] | frozenset[bytes]) -> None:
        self._hashes = frozenset(hashes)

    def is_canonical(self, chain: int, number: int, block_hash: bytes) -> bool | None:  # noqa: ARG002 - the hash says all
        """Whether it is among them: a hash has one chain and one number."""
        return block_hash in self._hashes


class FirstOf:
    """Several sources: true if one says so, else what the last one says."""

    def __init__(self, sources: list[BlockSource]) -> None:
        self._sources = sources

    def is_canonical(self, chain: int, number: int, block_hash: bytes) -> bool | None:
        """See BlockSource."""
        found = None
        for source in self._sources:
            found = source.is_canonical(chain, number, block_hash)
            if found:
                return True
        return found


class Rpc:
    """A node's JSON-RPC interface at `url`. What it says is believed: run your own, or ask one that you trust."""

    def __init__(self, url: str, confirmations: int = CONFIRMATIONS) -> None:
        self._url = url
        self._confirmations = confirmations
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False
        )

    def is_canonical(self, chain: int, number: int, block_hash: bytes) -> bool | None:
        """See BlockSource."""
        # 1. A node of that chain: excludes a block of the same number on another.
        found = self._number("eth_chainId")
        if found != chain:
            raise BlockNotSeen(f"the node at {self._url} is of chain {found}, not {chain}")
        # 2. The block that the chain has at this number is this one.
        block = self._call("eth_getBlockByNumber", hex(number), False)
        if block is None:
            raise BlockNotSeen(f"the node at {self._url} has no block {number} yet")
        if _hash_in(block, self._url) != block_hash:
            return False
        # 3. It lies deep enough that it stays.
        depth = self._number("eth_blockNumber") - number + 1
        if depth < self._confirmations:
            raise BlockNotSeen(f"block {number} has {max(depth, 0)} of {self._confirmations} confirmations")
        return True

    def _number(self, method: str) -> int:
        found = self._call(method)
        try:
            if isinstance(found, str) and found.startswith("0x"):
                return int(found, 16)
        except ValueError:
            pass  # said below
        raise BlockNotSeen(f"the node at {self._url} answers {method} with no number")

    def _call(self, method: str, *parameters: object) -> object:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        try:
            answer = self._pool.request("POST", self._url, json=call, redirect=False, preload_content=False)
            try:
                content = answer.read(MAX_ANSWER + 1)
            finally:
                answer.drain_conn() if answer.status == 200 and len(content) <= MAX_ANSWER else answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise BlockNotSeen(f"no node answers at {self._url}: {error}") from error
        return _result(content, answer.status, method, self._url)


def _result(content: bytes, status: int, method: str, url: str) -> object:
    if status != 200 or len(content) > MAX_ANSWER:
        raise BlockNotSeen(f"the node at {url} answers {method} with status {status} and {len(content)} bytes")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BlockNotSeen(f"the node at {url} answers {method} with something that is not JSON") from error
    if not isinstance(answer, dict) or "result" not in answer:
        raise BlockNotSeen(f"the node at {url} refuses {method}")
    result: object = answer["result"]
    return result


def _hash_in(block: object, url: str) -> bytes:
    text = block.get("hash") if isinstance(block, dict) else None
    try:
        if isinstance(text, str) and len(text) == _HASH_DIGITS and text.startswith("0x"):
            return bytes.fromhex(text[2:])
    except ValueError:
        pass  # said below
    raise BlockNotSeen(f"the node at {url} describes a block without its hash")
