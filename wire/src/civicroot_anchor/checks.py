"""The checks of all kinds of anchors, for `civicroot_wire.verifier` and for whoever holds one piece of evidence."""

from functools import partial
from typing import TYPE_CHECKING

from civicroot_wire import policy_anchor

from civicroot_anchor import evm, opentimestamps, rfc3161
from civicroot_anchor.evm_blocks import BlockSource

if TYPE_CHECKING:
    from civicroot_wire.anchors import AnchorCheck


def anchor_checks(blocks: BlockSource | None = None) -> "dict[str, AnchorCheck]":
    """By kind, what verifies its evidence. `blocks` says whether an EVM block is on its chain; None: nobody does.

    Each raises MalformedError for evidence that does not decode, AnchorError for evidence that does not hold.
    """
    return {
        policy_anchor.EVM: partial(evm.check, blocks=blocks),
        policy_anchor.OPENTIMESTAMPS: opentimestamps.check,
        policy_anchor.RFC3161: rfc3161.check,
    }
