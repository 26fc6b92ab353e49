"""How long a tag listens and how often it tries: what one wake may cost its battery.

The budgets bound a wake in which nobody answers, or everything at once. A usual one is one frame and one answer.
"""

from civicroot_wire import lora

# From the end of a frame to the beginning of its answer: the gateway's longest group (0.2 s), its commit on a slow SD
# card (0.15 s), and the serial line both ways (0.05 s each at 460,800 baud with others' frames before it).
COMMIT_MS = 450
ANSWER_BYTES = 96  # an answer with beacon, time and three holes; the usual one has 69
LEAST_ANSWER_BYTES = 35  # the shortest COSE_Mac0 that a gateway sends: nothing shorter is looked for
ESPNOW_AIR_MS = 30  # a frame and its repetitions at 1 Mbit/s while others talk
ESPNOW_AWAKE_MS = 6_000  # at 90 mA: 0.15 mAh, the radio of 20 usual wakes
LORA_ANSWERS = 2  # a bridge may be sending another tag's answer when ours is due
ESPNOW_LOOK_MS = 2  # its driver queues frames; the radio takes so much that a wait costs more than a look
LORA_LOOK_MS = 100  # longest light sleep between two looks: what an answer may wait for, at a fifth of what a CPU takes


class Timing:
    """Of one radio.

    window_ms      how long an answer is listened for after each frame
    gap_ms         least pause before a frame is sent again; at random up to twice as long, doubling with each try
    tries          transmissions of one record in a wake;  frames: of all
    awake_ms       after so long no frame is sent any more
    look_ms        between two looks whether a frame has come;  first_ms: after a frame, until the first of them
    """

    def __init__(
        self, window_ms: int, gap_ms: int, tries: int, frames: int, awake_ms: int, look_ms: int, first_ms: int
    ) -> None:
        self.window_ms = window_ms
        self.gap_ms = gap_ms
        self.tries = tries
        self.frames = frames
        self.awake_ms = awake_ms
        self.look_ms = look_ms
        self.first_ms = first_ms


def espnow() -> Timing:
    """Twelve frames: a backlog of a day at hourly reports is gone in two or three wakes."""
    return Timing(COMMIT_MS + ESPNOW_AIR_MS, 30, 3, 12, ESPNOW_AWAKE_MS, ESPNOW_LOOK_MS, 0)


def of_lora(factor: int) -> Timing:
    """Windows are an answer's airtime long at the used spreading factor; six frames, at which most airtime goes.

    The chip receives by itself and keeps the newest frame. Looks come sooner than the shortest frame ends after
    another, so that none is overwritten. What ends before an answer to this frame can have ended is another's.
    """
    answer_ms = lora.airtime_us(ANSWER_BYTES, factor) // 1000 + 1
    frame_ms = lora.airtime_us(lora.MAX_LORA_BYTES, factor) // 1000 + 1
    window_ms = COMMIT_MS + LORA_ANSWERS * answer_ms
    look_ms = min(LORA_LOOK_MS, lora.airtime_us(1, factor) // 1000)
    first_ms = lora.airtime_us(LEAST_ANSWER_BYTES, factor) // 1000
    return Timing(window_ms, frame_ms, 2, 6, 6 * (frame_ms + window_ms), look_ms, first_ms)
