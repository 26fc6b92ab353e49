"""What the contract's transactions cost on a real node, in gas; the same everywhere, whatever the machine.

python -m tests.bench.bench_gas
"""

import json
import tempfile
from pathlib import Path

from civicroot_backend.anchor.evm_contract import anchor, open_epoch, set_writer

from tests.anchor.evm_world import HASH, World, world

# Sizes of a log of a city, and the dearest: eight bytes that are not zero.
SIZES = (1_000_000, 1_000_256)
DEAREST = 0x7F7F7F7F7F7F7F01
ROOTS = bytes(range(1, 33)), bytes(range(65, 97))  # no byte is zero, which would be cheaper
REASON = "a tree of the staging log was anchored"


def main() -> dict[str, int]:
    """Gas of each call."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here:
        deployment = here.chain.rpc("eth_getBlockByNumber", "0x1", False)["gasUsed"]
        return {
            "deployment": int(deployment, 16),
            "first_anchor": _gas(here, anchor(HASH, SIZES[0], ROOTS[0])),
            "anchor": _gas(here, anchor(HASH, SIZES[1], ROOTS[1])),
            "dearest_anchor": _gas(here, anchor(HASH, DEAREST, ROOTS[0])),
            "new_epoch": _gas(here, open_epoch(HASH, REASON), by_owner=True),
            "set_writer": _gas(here, set_writer(HASH, here.stranger.address), by_owner=True),
        }


def _gas(here: World, data: bytes, by_owner: bool = False) -> int:
    receipt = here.write(here.owner if by_owner else here.writer, data)
    if receipt["status"] != "0x1":
        raise AssertionError("a call was reverted")
    return int(receipt["gasUsed"], 16)


if __name__ == "__main__":
    print(json.dumps(main()))
