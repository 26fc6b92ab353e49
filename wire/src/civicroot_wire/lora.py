"""LoRa: how long a frame is in the air, and what the regions allow (SPEC.md §8.2).

The channel is 125 kHz wide, the code rate 4/5, with a preamble of 8 symbols, explicit header and CRC. Limits are those
of the LoRa Alliance's RP002 regional parameters and the rules that they cite (ETSI EN 300 220, Korea's notice on
devices without licence, China's MIIT announcement 52 of 2019); where two differ, the lower stands here. Who runs a
bridge checks what holds at its place.
"""

from .errors import MalformedError

BANDWIDTH = 125_000  # Hz
PREAMBLE = 8  # symbols
SYNC_WORD = 0x1424  # a private network's: LoRaWAN's gateways (0x3444) do not hear these frames
MAX_LORA_BYTES = 222
_SLOW_SYMBOL_US = 16_000  # from here on low data rate optimisation is on


class Band:
    """`low` to `high` Hz: at most `power` dBm, and `share` thousandths of any hour in the air."""

    __slots__ = ("high", "low", "power", "share")

    def __init__(self, low: int, high: int, power: int, share: int) -> None:
        self.low = low
        self.high = high
        self.power = power
        self.share = share


class Region:
    """Its `bands`; `longest_ms` of one frame; `listen`: the level in dBm below which a channel is free, or None."""

    __slots__ = ("bands", "listen", "longest_ms")

    def __init__(self, bands: "list[Band]", longest_ms: int, listen: "int | None") -> None:
        self.bands = bands
        self.longest_ms = longest_ms
        self.listen = listen


REGIONS = {
    "EU868": Region(
        [
            Band(868_000_000, 868_600_000, 14, 10),
            Band(868_700_000, 869_200_000, 14, 1),
            Band(869_400_000, 869_650_000, 22, 100),  # 27 allowed; the SX1262 has 22
            Band(869_700_000, 870_000_000, 14, 10),
        ],
        4_000,
        None,
    ),
    # Listen before talk takes the place of a share; the share bounds what one bridge takes from its neighbours.
    "KR920": Region(
        [Band(920_800_000, 922_000_000, 10, 100), Band(922_000_000, 923_400_000, 14, 100)],
        4_000,
        -65,
    ),
    "CN470": Region([Band(470_000_000, 510_000_000, 17, 100)], 1_000, None),
}
LISTEN_MS = 5  # of a free channel before a frame, where it is asked for


def airtime_us(size: int, factor: int) -> int:
    """Microseconds that a frame of `size` bytes is in the air (Semtech's SX1261/2 datasheet §6.1.4)."""
    symbol = (1 << factor) * 1_000_000 // BANDWIDTH
    slow = 1 if symbol >= _SLOW_SYMBOL_US else 0
    bits = 8 * size + 16 - 4 * factor + 8 + 20
    per_block = 4 * (factor - 2 * slow)
    blocks = -(-max(bits, 0) // per_block)
    quarters = 4 * PREAMBLE + 17 + 4 * (8 + blocks * 5)  # symbols in quarters: the preamble ends in 4.25
    return quarters * symbol // 4


def band(region: str, frequency: int, power: int) -> Band:
    """The band of a channel around `frequency`; MalformedError if the region does not allow it or the power."""
    if region not in REGIONS:
        raise MalformedError("out-of-range", "region " + region)
    for found in REGIONS[region].bands:
        if found.low + BANDWIDTH // 2 <= frequency <= found.high - BANDWIDTH // 2:
            if power > found.power:
                raise MalformedError("out-of-range", "%d dBm, allowed are %d" % (power, found.power))
            return found
    raise MalformedError("out-of-range", "%d Hz is no channel of %s" % (frequency, region))
