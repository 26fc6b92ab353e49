"""Colours of the lamp, as red, green and blue from 0 to 255, in what a WS2812 switches: parts of full current.

The four that carry a code are those which are farthest apart for people with full colour vision and with each of the
three kinds of colour-blindness at once, of all on a coarse grid at equal current: at least 50 apart in CIELAB
(tests/firmware/lamp/test_code.py). Red is none of them: beside yellow it is told apart by brightness alone.
The three parts of each add up to 255, so that none takes more current than one LED of a pixel at full power.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Colour = tuple[int, int, int]
    Frame = list[Colour]

DARK = (0, 0, 0)
WHITE = (85, 85, 85)
BLUE = (0, 0, 255)
GREEN = (26, 153, 76)
YELLOW = (128, 127, 0)
PINK = (123, 10, 122)

LED_MA = 20  # one of a pixel's three LEDs at 255; WS2812 data sheets say 12 to 20
LIMIT_MA = 240  # of the whole ring: what its supply and cable are made for (hardware/)


def milliampere(frame: "Frame") -> int:
    """What a frame takes, rounded up, without the 1 mA that each pixel takes when dark."""
    total = 0
    for red, green, blue in frame:
        total += red + green + blue
    return (total * LED_MA + 254) // 255


def level(pixels: int) -> int:
    """By how much (of 256) every frame is dimmed so that no ring of so many pixels takes more than LIMIT_MA."""
    brightest = [max(WHITE, BLUE, GREEN, YELLOW, PINK, key=sum)] * pixels
    return min(256, 256 * LIMIT_MA // max(1, milliampere(brightest)))


def dim(frame: "Frame", level: int) -> "Frame":
    """The frame at a level of 256."""
    if level >= 256:
        return frame
    return [(red * level >> 8, green * level >> 8, blue * level >> 8) for red, green, blue in frame]
