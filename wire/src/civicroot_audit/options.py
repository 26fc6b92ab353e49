"""How to audit."""

from dataclasses import dataclass

NONE, SAMPLE, ALL = "none", "sample", "all"  # how much of what the API shows is compared
TOLERANCE = 300  # seconds that a gateway's clock may be wrong: what the backend allows it (SPEC.md §4.1)
RECHECKED = 1  # bundles that every audit reads again


@dataclass(frozen=True)
class Options:
    """`jobs`: worker processes, None for as many as there are processors, 0 for none.

    `tolerance`: seconds that gateways' clocks may be wrong. `stale_after`: seconds after which an old log is an alarm;
    None: a notice after a day; 0: never. `recheck`: bundles to read again. `api`: NONE, SAMPLE or ALL.
    `evm_rpc`: addresses of nodes of EVM chains. `anchor_after`: as `stale_after`, for anchors; a week.
    """

    tolerance: int = TOLERANCE
    stale_after: int | None = None
    jobs: int | None = None
    recheck: int = RECHECKED
    api: str = SAMPLE
    evm_rpc: tuple[str, ...] = ()
    anchor_after: int | None = None
