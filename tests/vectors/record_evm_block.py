"""Records a block of a real node for family anchor_evm: `python -m tests.vectors.record_evm_block`.

The block holds an anchoring among twenty other transactions of every type. What is written is kept: the family is made
from it, and needs no node.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from civicroot_backend.anchor import evm_proof
from civicroot_backend.anchor.evm_libraries import Account, Web3

from tests.support.chain import CHAIN_ID, Chain
from tests.vectors import city
from tests.vectors.evm_block import FILE, PLACE, SIZE, tree_root

ARTIFACT = Path(__file__).resolve().parents[2] / "backend/src/civicroot_backend/anchor/checkpoint_anchor.json"
OTHERS = 20
GAS = 100_000
GWEI = 10**9


def main() -> None:
    """Start a node, fill a block, write what it says of it."""
    with tempfile.TemporaryDirectory() as folder, Chain(Path(folder), "--timestamp", str(city.NOW)) as chain:
        FILE.write_text(json.dumps(_record(chain), indent=1) + "\n")


def _record(chain: Chain) -> dict[str, Any]:
    web3 = Web3(Web3.HTTPProvider(chain.url))
    writer = Account.from_key(city.bytes_of("evm writer"))
    others = [Account.from_key(city.bytes_of(f"evm account {number}")) for number in range(OTHERS)]
    for account in (writer, *others):
        chain.fund(account.address)
    artifact = json.loads(ARTIFACT.read_text())
    contract = web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
    deploy = contract.constructor(writer.address, writer.address).build_transaction(
        {"from": writer.address, "nonce": 0}
    )
    web3.eth.send_raw_transaction(writer.sign_transaction(deploy).raw_transaction)
    address = web3.eth.get_transaction_receipt(web3.eth.get_block("latest")["transactions"][0])["contractAddress"]
    assert address is not None
    contract = web3.eth.contract(address=address, abi=artifact["abi"])
    chain.rpc("evm_setAutomine", False)
    for number, account in enumerate(others):
        # Descending fees: the block's order is that of this list.
        fee = {"gas": GAS, "nonce": 0, "chainId": CHAIN_ID, "to": writer.address, "value": number}
        tip = (OTHERS + 1 - number) * 2 * GWEI
        priced = {**fee, "gasPrice": tip + 10 * GWEI}
        if number % 3 == 1:
            priced = {**fee, "maxFeePerGas": tip + 10 * GWEI, "maxPriorityFeePerGas": tip, "type": 2}
        elif number % 3 == 2:
            priced["accessList"] = []
        web3.eth.send_raw_transaction(account.sign_transaction(priced).raw_transaction)
    tip = (OTHERS + 1 - PLACE) * 2 * GWEI + GWEI
    anchoring = contract.functions.anchor(web3.keccak(text=city.ORIGIN), SIZE, tree_root()).build_transaction(
        {
            "from": writer.address,
            "nonce": 1,
            "gas": GAS,
            "chainId": CHAIN_ID,
            "maxFeePerGas": tip + 10 * GWEI,
            "maxPriorityFeePerGas": tip,
        }
    )
    web3.eth.send_raw_transaction(writer.sign_transaction(anchoring).raw_transaction)
    chain.mine()
    number = hex(chain.height)
    block, receipts = chain.rpc("eth_getBlockByNumber", number, False), chain.rpc("eth_getBlockReceipts", number)
    return {
        "node": web3.client_version,
        "chain": CHAIN_ID,
        "contract": str(address).lower(),
        "hash": block["hash"],
        "header": evm_proof.header(block).hex(),
        "receipts": [evm_proof.receipt(item).hex() for item in receipts],
    }


if __name__ == "__main__":
    main()
