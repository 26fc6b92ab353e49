"""`civicroot anchor`: the contract of an EVM anchor, by hand (docs/anchors.md)."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicroot_cli.main import CommandError, Refused

from civicroot_backend.errors import AnchorUnavailable, BackendError

if TYPE_CHECKING:
    from civicroot_backend.anchor.evm_node import Node
    from civicroot_backend.anchor.evm_owner import Owner

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

GWEI = 10**9
MAX_FEE_GWEI = 200  # a default that no quiet chain reaches
MAX_REASON = 512  # characters; the chain keeps them for ever
_ADDRESS_DIGITS = 42  # with 0x

Command = Callable[[argparse.Namespace], int]


def add_commands(subparsers: "Subparsers") -> None:
    """Add `anchor`."""
    parser = subparsers.add_parser(
        "anchor",
        help="put the contract of an EVM anchor on a chain, look after it",
        description="The contract CheckpointAnchor keeps the newest checkpoint of a log on an EVM chain, with an event "
        "for each. The backend's account writes; the owner, better kept apart, can name another writer and open a new "
        "epoch after a mistake.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION", title="actions")
    _add_key(actions)
    _add_deploy(actions)
    _add_status(actions)
    _add_owner_actions(actions)


def _add_key(actions: "Subparsers") -> None:
    key = actions.add_parser(
        "key",
        help="make the key of an account; prints its address",
        description="Make the key of an EVM account (secp256k1) and print the account's address. FILE gets 32 secret "
        "bytes, readable by you alone. Send the account some of the chain's coin for its fees, and no more.",
    )
    key.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="where the secret key goes; never overwritten"
    )
    key.set_defaults(func=_reporting(_key))


def _add_deploy(actions: "Subparsers") -> None:
    deploy = actions.add_parser(
        "deploy",
        help="put the contract on a chain; prints JSON",
        description='Put a new contract on the chain and print {"contract": address, "chain": id, "writer": address}, '
        "which go into the trust policy and the configuration.",
    )
    _add_signing(deploy)
    deploy.add_argument("--writer", type=_address, metavar="ADDRESS", help="who anchors (default: KEY's account)")
    deploy.add_argument("--owner", type=_address, metavar="ADDRESS", help="who owns it (default: KEY's account)")
    deploy.set_defaults(func=_reporting(_deploy))


def _add_status(actions: "Subparsers") -> None:
    status = actions.add_parser(
        "status",
        help="show owner, writer and newest checkpoint",
        description="Show what the contract says: its owner and, of a log, the newest checkpoint, epoch and writer.",
    )
    _add_node(status)
    _add_contract(status)
    status.add_argument("--origin", help="the log's origin (default: only who writes for logs never anchored)")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(func=_reporting(_status))


def _add_owner_actions(actions: "Subparsers") -> None:
    epoch = actions.add_parser(
        "new-epoch",
        help="let a log's sizes start again after a mistake, in public",
        description="Open a new epoch of a log: the next anchor may have any size. An event says so, with what the "
        "epoch before ended with and the reason, which auditors show. Only the owner can.",
    )
    epoch.add_argument("--origin", required=True, help="the log's origin")
    epoch.add_argument(
        "--reason", required=True, type=_reason, help=f"why, for everybody to read; {MAX_REASON} characters"
    )
    _add_call(epoch, _new_epoch)
    writer = actions.add_parser(
        "set-writer",
        help="say whose account anchors",
        description="Name the account that anchors a log, in place of the one before. Only the owner can.",
    )
    writer.add_argument("--writer", required=True, type=_address, metavar="ADDRESS", help="the account")
    writer.add_argument("--origin", help="the log's origin (default: all logs that were never anchored)")
    _add_call(writer, _set_writer)
    offer = actions.add_parser(
        "offer-ownership",
        help="offer the contract to another account",
        description="Offer the ownership. Nothing changes until the other account takes it; a second offer replaces "
        "the first.",
    )
    offer.add_argument("--to", required=True, type=_address, metavar="ADDRESS", help="the account")
    _add_call(offer, _offer)
    take = actions.add_parser(
        "take-ownership",
        help="take a contract that was offered",
        description="Take the ownership that was offered to KEY's account.",
    )
    _add_call(take, _take)


def _add_call(parser: argparse.ArgumentParser, action: Command) -> None:
    _add_signing(parser)
    _add_contract(parser)
    parser.set_defaults(func=_reporting(action))


def _add_node(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rpc", required=True, metavar="URL", help="JSON-RPC interface of a node of the chain")
    parser.add_argument(
        "--chain-id", type=_chain, metavar="N", help="the chain that it must be of (default: the one it says)"
    )


def _add_signing(parser: argparse.ArgumentParser) -> None:
    _add_node(parser)
    parser.add_argument(
        "--key", required=True, type=Path, help="key file of the account that pays (civicroot anchor key)"
    )
    parser.add_argument(
        "--max-fee-gwei", type=_gwei, default=MAX_FEE_GWEI, metavar="GWEI", help="most for a gas (default: %(default)s)"
    )


def _add_contract(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--contract", required=True, type=_address, metavar="ADDRESS", help="the contract")


def _address(text: str) -> str:
    if len(text) == _ADDRESS_DIGITS and text.startswith("0x"):
        try:
            return "0x" + bytes.fromhex(text[2:]).hex()
        except ValueError:
            pass  # said below
    raise argparse.ArgumentTypeError(f"{text} is no address: 0x and 40 hex digits")


def _positive(text: str, what: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) < 1 << 53:
        raise argparse.ArgumentTypeError(f"{text} is no {what}")
    return int(text)


def _chain(text: str) -> int:
    return _positive(text, "chain id")


def _gwei(text: str) -> int:
    return _positive(text, "number of gwei")


def _reason(text: str) -> str:
    if not text.strip() or len(text) > MAX_REASON or not text.isprintable():
        raise argparse.ArgumentTypeError(f"a reason is a line of 1 to {MAX_REASON} characters")
    return text


def _reporting(action: Command) -> Command:
    """The action with its errors as the command line shows them."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except ImportError as error:
            raise CommandError(f"the EVM anchor needs more: pip install 'civicroot-backend[evm]' ({error})") from error
        except AnchorUnavailable as error:
            raise CommandError(str(error)) from error
        except BackendError as error:
            raise Refused(str(error)) from error

    return reported


def _node(arguments: argparse.Namespace) -> "tuple[Node, int]":
    # Imported here, as below: web3.py takes a second to load, and the other commands do without it.
    from civicroot_backend.anchor.evm_node import Node  # noqa: PLC0415

    if not arguments.rpc.startswith(("http://", "https://")):
        raise CommandError(f"{arguments.rpc} is no http(s) URL")
    chain = arguments.chain_id or Node(arguments.rpc, 0).chain_id()
    node = Node(arguments.rpc, chain)
    node.check_chain()
    return node, chain


def _owner(arguments: argparse.Namespace) -> "tuple[Owner, int, str]":
    from civicroot_backend.anchor import evm_account, evm_owner  # noqa: PLC0415

    account = evm_account.load(arguments.key)
    node, chain = _node(arguments)
    owner = evm_owner.Owner(node, chain, account, arguments.max_fee_gwei * GWEI, _say)
    return owner, chain, account.address


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _key(arguments: argparse.Namespace) -> int:
    from civicroot_backend.anchor import evm_account  # noqa: PLC0415

    print(evm_account.create(arguments.out).address)
    return 0


def _deploy(arguments: argparse.Namespace) -> int:
    owner, chain, address = _owner(arguments)
    writer = arguments.writer or address.lower()
    contract = owner.deploy(arguments.owner or address.lower(), writer)
    print(json.dumps({"contract": contract, "chain": chain, "writer": writer}))
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from civicroot_backend.anchor import evm_owner  # noqa: PLC0415

    node, chain = _node(arguments)
    owner, offered = evm_owner.owners(node, arguments.contract)
    found = evm_owner.latest(node, arguments.contract, evm_owner.hash_of_origin(arguments.origin))
    shown: dict[str, Any] = {
        "contract": arguments.contract,
        "chain": chain,
        "block": node.head(),
        "owner": owner,
        "offered": offered if int(offered, 16) else None,
        "writer": found.writer,
    }
    if arguments.origin is not None:
        shown |= {"origin": arguments.origin, "size": found.size, "root": found.root.hex(), "epoch": found.epoch}
    if arguments.json:
        print(json.dumps(shown))
    else:
        print("\n".join(f"{name:<9} {value}" for name, value in shown.items() if value is not None))
    return 0


def _called(arguments: argparse.Namespace, data: bytes, done: str) -> int:
    owner, _, _ = _owner(arguments)
    print(f"{done}, in block {owner.call(arguments.contract, data)}")
    return 0


def _new_epoch(arguments: argparse.Namespace) -> int:
    from civicroot_backend.anchor import evm_contract, evm_owner  # noqa: PLC0415

    data = evm_contract.open_epoch(evm_owner.hash_of_origin(arguments.origin), arguments.reason)
    return _called(arguments, data, f"{arguments.origin} begins a new epoch")


def _set_writer(arguments: argparse.Namespace) -> int:
    from civicroot_backend.anchor import evm_contract, evm_owner  # noqa: PLC0415

    data = evm_contract.set_writer(evm_owner.hash_of_origin(arguments.origin), arguments.writer)
    return _called(arguments, data, f"{arguments.writer} anchors {arguments.origin or 'logs that were never anchored'}")


def _offer(arguments: argparse.Namespace) -> int:
    from civicroot_backend.anchor import evm_contract  # noqa: PLC0415

    return _called(arguments, evm_contract.offer_ownership(arguments.to), f"the ownership is offered to {arguments.to}")


def _take(arguments: argparse.Namespace) -> int:
    from civicroot_backend.anchor import evm_contract  # noqa: PLC0415

    return _called(arguments, evm_contract.take_ownership(), "the ownership is taken")
