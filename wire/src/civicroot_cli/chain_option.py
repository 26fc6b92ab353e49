"""Whom `verify` asks whether a block is on its chain: hashes that the reader looked up, or a node of their choice."""

import argparse
from urllib.parse import urlsplit

from civicroot_anchor.evm_blocks import BlockSource, FirstOf, Rpc, TrustedHashes

from .main import CommandError

_HASH_DIGITS = 64


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--evm-rpc` and `--evm-block`."""
    parser.add_argument(
        "--evm-rpc",
        action="append",
        default=[],
        metavar="URL",
        help="a node that you trust, of the chain that an anchor is on; may be repeated. Without it nobody is asked",
    )
    parser.add_argument(
        "--evm-block",
        action="append",
        default=[],
        metavar="HASH",
        help="the hash of a block that you looked up, in hex; may be repeated. Works off line",
    )


def source(arguments: argparse.Namespace) -> BlockSource | None:
    """Who says which blocks are on their chains; None if nobody was named. CommandError."""
    hashes = {_hash(text) for text in arguments.evm_block}
    sources: list[BlockSource] = [TrustedHashes(hashes)] if hashes else []
    sources += [Rpc(url(text)) for text in arguments.evm_rpc]
    return FirstOf(sources) if sources else None


def url(text: str) -> str:
    """A node's address. CommandError."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise CommandError(f"a node is http://… or https://…: {text}")
    return text


def _hash(text: str) -> bytes:
    digits = text.removeprefix("0x")
    try:
        if len(digits) == _HASH_DIGITS and digits.isalnum():
            return bytes.fromhex(digits)
    except ValueError:
        pass  # said below
    raise CommandError(f"a block's hash has {_HASH_DIGITS} hex digits: {text}")
