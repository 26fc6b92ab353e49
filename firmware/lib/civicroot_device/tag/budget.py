"""What a tag may spend in one wake on what it fetches by radio: commands, and the files of an update (SPEC.md §8.1).

A release of 210 KB that shares no file with what runs takes a minute over ESP-NOW, 1.5 mAh of the 3,000 of two AA
lithium cells; over LoRa it takes days, for the bridge gives parts at most half of the airtime that the region allows.
"""

from civicroot_radio.driver import ESPNOW_BYTES
from civicroot_wire import lora
from civicroot_wire.radio_fetch import PART_OVERHEAD

from civicroot_device.tag.timing import ANSWER_BYTES
from civicroot_device.update.fetch import PIECE_BYTES

# % of the battery's life, below which no release is fetched or gone on with: the cells drop steeply from 15 on, and a
# tag that dies with a half-written slot has gained nothing. A configuration may be what saves them: it always comes.
LEAST_BATTERY = 30
ESPNOW_AWAKE_MS = 60_000  # 84 mA: 1.4 mAh, the whole of a release; one that takes longer goes on in the next wake
ESPNOW_FIRST_MS = 700  # until the first part: a gateway's commit on a slow card, the serial line both ways, its frames
ESPNOW_NEXT_MS = 150  # between two parts: others' frames on the serial line
LORA_AWAKE_MS = 120_000  # at 5 mA while it listens: 0.2 mAh
LORA_ASKED_MS = 4_000  # on the air for one question: an answer for another tag finds its place between two parts
LORA_LINE_MS = 700  # as with ESP-NOW
GAP_MS = 200  # that the gateway leaves between two parts, with room
MISSES = 3  # questions in a row that nothing answers: the rest of the wake is for sleep


class Budget:
    """`most` bytes of a frame, `asked` octets of a question; `first_ms`, `next_ms` until a part must have come.

    `awake_ms`: no question is asked after so long; `misses` in vain in a row.
    """

    def __init__(self, most: int, asked: int, first_ms: int, next_ms: int, awake_ms: int) -> None:
        self.most = most
        self.asked = asked
        self.first_ms = first_ms
        self.next_ms = next_ms
        self.awake_ms = awake_ms
        self.misses = MISSES


def espnow() -> Budget:
    """A question brings eleven frames."""
    return Budget(ESPNOW_BYTES, PIECE_BYTES, ESPNOW_FIRST_MS, ESPNOW_NEXT_MS, ESPNOW_AWAKE_MS)


def of_lora(factor: int) -> Budget:
    """A question brings eleven frames at factor 7, three at 9, one from 10 on."""
    frame_ms = lora.airtime_us(lora.MAX_LORA_BYTES, factor) // 1000 + 1
    frames = max(1, LORA_ASKED_MS // frame_ms)
    asked = min(PIECE_BYTES, frames * (lora.MAX_LORA_BYTES - PART_OVERHEAD))
    other_ms = lora.airtime_us(ANSWER_BYTES, factor) // 1000 + 1  # another tag's answer that is being sent
    first_ms, next_ms = LORA_LINE_MS + frame_ms + other_ms, frame_ms + other_ms + GAP_MS
    return Budget(lora.MAX_LORA_BYTES, asked, first_ms, next_ms, LORA_AWAKE_MS)


def healthy(level: "int | bool | None", failed: bool) -> bool:
    """Whether the battery lets a release be fetched. `level` in %; None: no gauge, or it `failed`."""
    return not failed if level is None else level is not True and level is not False and level >= LEAST_BATTERY
