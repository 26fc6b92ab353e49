"""What each external anchor shows and adds, in a plain sentence, and how to check what was not (SPEC.md §7.5)."""

from civicroot_wire.anchors import AnchorFinding
from civicroot_wire.finding import CHECKED
from civicroot_wire.policy import Policy
from civicroot_wire.policy_anchor import EVM, OPENTIMESTAMPS, RFC3161

_ADDS = {
    EVM: "to have made this up later, somebody would have to rewrite that chain from that block on",
    OPENTIMESTAMPS: "to have made this up later, somebody would have to do the work of that Bitcoin block again",
    RFC3161: "to have made this up later, that authority would have had to sign a false time",
}
NONE_ACCEPTED = (
    "that the log existed by some time on a clock outside the city and its witnesses: the policy accepts no anchors"
)
NONE_CARRIED = (
    "that the log existed by some time on a clock outside the city and its witnesses: the file carries no external "
    "anchor (`civicroot proof upgrade` adds those that there are by now)"
)


def proved(anchored: list[AnchorFinding]) -> list[str]:
    """A sentence for each that was checked: what it shows, and what that adds."""
    return [f"{found.says}; {_ADDS[found.kind]}" for found in anchored if found.status == CHECKED]


def not_proved(anchored: list[AnchorFinding], policy: Policy) -> list[str]:
    """A sentence for each that was not checked, with how to; or that there are none."""
    if not anchored:
        return [NONE_CARRIED if policy.anchors else NONE_ACCEPTED]
    return [f"{found.says}: {how_to_check(found)}" for found in anchored if found.status != CHECKED]


def how_to_check(found: AnchorFinding) -> str:
    """What somebody does to have it checked."""
    if found.block is None:
        return "no verifier at hand knows this kind; another may"
    chain, number, block = found.block
    return (
        f"look block {number} of chain {chain} up where you trust it, and say `--evm-block 0x{block.hex()}` "
        "if that is its hash; or say `--evm-rpc URL` of a node of that chain"
    )


def fields(anchored: list[AnchorFinding]) -> list[dict[str, object]]:
    """For JSON: `time` is Unix seconds, of one that was not checked only a claim."""
    return [
        {
            "name": found.name,
            "kind": found.kind,
            "size": found.size,
            "status": found.status,
            "time": found.time,
            "says": found.says,
            "adds": _ADDS.get(found.kind) if found.status == CHECKED else None,
            "how_to_check": None if found.status == CHECKED else how_to_check(found),
            "block": _block(found),
        }
        for found in anchored
    ]


def _block(found: AnchorFinding) -> dict[str, object] | None:
    if found.block is None:
        return None
    chain, number, block = found.block
    return {"chain": chain, "number": number, "hash": "0x" + block.hex()}
