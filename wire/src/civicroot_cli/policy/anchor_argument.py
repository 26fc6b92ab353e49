"""How an anchor of a policy is written on a command line: a file, or a line of its kind (SPEC.md §6.1)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from civicroot_wire import base64
from civicroot_wire.errors import WireError
from civicroot_wire.policy_anchor import EVM, OPENTIMESTAMPS, RFC3161, Anchor

from .. import files
from ..main import CommandError
from .certificate import read_authority

FORMS = (
    "An ANCHOR is a FILE.json with its item of the policy, or evm:NAME=CHAIN/0xCONTRACT, or opentimestamps:NAME=WORK "
    "(a Bitcoin block counts from 2^WORK hashes of work on) with /BLOCKHASH for each block that counts anyway, or "
    "rfc3161:NAME=CERTIFICATE.pem (of the authority that the time-stamper's chain ends in)."
)
MAX_ANCHOR_FILE = 64 * 1024
_LINE = re.compile(rf"^(?P<kind>{EVM}|{OPENTIMESTAMPS}|{RFC3161}):(?P<name>[^=]+)=(?P<what>.*)$", re.DOTALL)

Item = dict[str, Any]


def parse(text: str) -> Item:
    """An anchor's item of the model; `first` and `last` only if a file says them. CommandError."""
    found = _LINE.match(text)
    item = _from_file(text) if found is None else _KINDS[found["kind"]](found["name"], found["what"])
    try:
        Anchor({"first": 0, **item})
    except WireError as error:
        raise CommandError(f"no anchor that a policy can have: {text}: {error}") from error
    return item


def _from_file(text: str) -> Item:
    path = Path(text)
    try:
        item = json.loads(files.read(path, MAX_ANCHOR_FILE))
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is no JSON: {error}") from error
    if not isinstance(item, dict):
        raise CommandError(f"{path} is no anchor: an object is needed")
    return item


def _evm(name: str, what: str) -> Item:
    chain, slash, contract = what.partition("/")
    if not slash or not _is_number(chain):
        raise CommandError(f"an anchor of kind {EVM} is {EVM}:NAME=CHAIN/0xCONTRACT: {what}")
    # Wallets write addresses with a checksum in their case; the policy has one form.
    return {"name": name, "kind": EVM, "chain": int(chain), "contract": contract.lower()}


def _opentimestamps(name: str, what: str) -> Item:
    work, *blocks = what.split("/")
    if not _is_number(work):
        raise CommandError(f"an anchor of kind {OPENTIMESTAMPS} is {OPENTIMESTAMPS}:NAME=WORK[/BLOCKHASH…]: {what}")
    return {"name": name, "kind": OPENTIMESTAMPS, "work": int(work), "blocks": [block.lower() for block in blocks]}


def _rfc3161(name: str, what: str) -> Item:
    return {"name": name, "kind": RFC3161, "certificate": base64.encode(read_authority(Path(what)))}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 16


_KINDS: dict[str, Callable[[str, str], Item]] = {EVM: _evm, OPENTIMESTAMPS: _opentimestamps, RFC3161: _rfc3161}
