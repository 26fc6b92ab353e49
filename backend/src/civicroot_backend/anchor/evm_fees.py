"""Fees of EIP-1559: what a transaction offers first, and how much more when it is stuck. In wei."""

from dataclasses import dataclass

GWEI = 10**9
# What replaces a transaction must offer an eighth more: 10 % for most nodes, 12.5 % for the strictest.
_BUMP, _OF = 9, 8


@dataclass(frozen=True, slots=True)
class Fees:
    """`most`: for each gas all in all (maxFeePerGas). `tip`: of it, to who makes the block (maxPriorityFeePerGas)."""

    most: int
    tip: int


def offer(base: int, tip: int, cap: int) -> Fees | None:
    """Fees that hold while the base fee doubles, but never above `cap`; None if even now `cap` is too little."""
    if base > cap:
        return None
    most = min(2 * base + tip, cap)
    return Fees(most, min(tip, most))


def bumped(before: Fees, now: Fees, cap: int) -> Fees | None:
    """Fees that replace `before`: both an eighth more, or what is offered now if that is more; None if over `cap`."""
    most, tip = _eighth_more(before.most), _eighth_more(before.tip)
    if most > cap:
        return None
    most = min(max(most, now.most), cap)
    return Fees(most, min(max(tip, now.tip), most))


def _eighth_more(fee: int) -> int:
    return -(-fee * _BUMP // _OF) + 1
