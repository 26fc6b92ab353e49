"""States of the lamp, and how each looks. docs/devices.md has them as a table.

Each differs from the others in shape, not by its colour alone. Three layers lie over each other: what the bin does now
(lid, weighing), below it an open offer, and at the bottom a trouble, which is seen when nothing else is.
"""

from civicroot_device.lamp.colours import BLUE, DARK, GREEN, WHITE, YELLOW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.lamp.colours import Colour, Frame

IDLE = "idle"  # dark: nothing is going on
LID_OPEN = "lid-open"  # all white: light to see by
WEIGHING = "weighing"  # one white light runs round
CLAIM_OPEN = "claim-open"  # all blue, slowly brighter and darker; or the code (code.py)
CARD_READ = "card-read"  # every second one green, for a second; the offer stays open
CLAIMED = "claimed"  # all green, for three seconds
OVER = "over"  # white, going out one after the other
FAULT = "fault"  # one yellow, for a second in every four

STATES = (IDLE, LID_OPEN, WEIGHING, CLAIM_OPEN, CARD_READ, CLAIMED, OVER)

LENGTH_MS = {CARD_READ: 1_000, CLAIMED: 3_000, OVER: 2_000}  # of what ends by itself
TURN_MS = 1_200  # of the running light
BREATH_MS = 3_000
DIMMEST = 40  # of 256, between two breaths: it must not look like off
TROUBLE_MS, TROUBLE_LIT_MS = 4_000, 1_000  # long enough for a frame a second


def frame(state: str, pixels: int, ms: int) -> "Frame":
    """The colours of all pixels, so many milliseconds after the state began."""
    if state == LID_OPEN:
        return [WHITE] * pixels
    if state == WEIGHING:
        return _some(pixels, ms % TURN_MS * pixels // TURN_MS, pixels, WHITE)
    if state == CLAIM_OPEN:
        return [_breath(ms)] * pixels
    if state == CARD_READ:
        return _some(pixels, 0, 2, GREEN)
    if state == CLAIMED:
        return [GREEN] * pixels
    if state == OVER:
        left = pixels - min(pixels, ms * pixels // LENGTH_MS[OVER])
        return [WHITE] * left + [DARK] * (pixels - left)
    if state == FAULT and ms % TROUBLE_MS < TROUBLE_LIT_MS:
        return _some(pixels, 0, pixels, YELLOW)
    return [DARK] * pixels


def _some(pixels: int, first: int, step: int, colour: "Colour") -> "Frame":
    """Every `step`-th pixel from the first on."""
    return [colour if at >= first and (at - first) % step == 0 else DARK for at in range(pixels)]


def _breath(ms: int) -> "Colour":
    """Blue, brighter and darker along a straight line."""
    half = BREATH_MS // 2
    level = DIMMEST + (256 - DIMMEST) * (half - abs(ms % BREATH_MS - half)) // half
    return BLUE[0] * level >> 8, BLUE[1] * level >> 8, BLUE[2] * level >> 8
