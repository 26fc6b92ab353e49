"""Whether this machine's clock can be right: what a witness says about time cannot be taken back."""

from .errors import ClockWrong

BUILD_TIME = 1_795_000_000  # Unix seconds, November 2026, before this was released: a clock that says less is not set
MAX_TIME = (1 << 63) - 1  # of a cosignature (c2sp.org/tlog-cosignature)


def check_time(now: int, last_signed: int) -> int:
    """Return `now`, Unix seconds, if it may be signed after `last_signed`. Raises ClockWrong."""
    # 1. The clock is set.
    if now < BUILD_TIME:
        raise ClockWrong(f"this witness's clock says {now}, before it was built")
    # 2. It has not gone back: nobody could tell which of two times is true.
    if now < last_signed:
        raise ClockWrong(f"this witness's clock says {now}, before the {last_signed} that it signed last")
    # 3. It fits what is signed.
    if now > MAX_TIME:
        raise ClockWrong("this witness's clock is beyond what a cosignature can say")
    return now
