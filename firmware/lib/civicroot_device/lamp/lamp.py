"""The state machine of the lamp: what the ring shows at a moment. Pure: it is told the time, and ring.py drives."""

from civicroot_device.lamp import code as codes
from civicroot_device.lamp import colours, states

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.lamp.colours import Frame

FRAME_MS = 50  # from frame to frame while something moves

_OFFER = (states.CLAIM_OPEN, states.CARD_READ)


class Lamp:
    """A ring of `pixels`, dimmed so far that it never takes more than colours.LIMIT_MA.

    trouble   states.FAULT or None: shown whenever nothing else is
    """

    def __init__(self, pixels: int) -> None:
        self.trouble: "str | None" = None
        self._pixels = pixels
        self._level = colours.level(pixels)
        self._state = states.IDLE
        self._began: "int | None" = None  # of the state; the next frame's time if None
        self._open = False  # an offer
        self._code: "bytes | None" = None  # its code, if the bin blinks one

    def set(self, state: str, code: "bytes | None" = None) -> None:
        """Something happened. `code` belongs to CLAIM_OPEN alone.

        An offer stays open until CLAIMED or OVER: lid and weighing hide it, and IDLE after them shows it again.
        CARD_READ is shown for a moment, and only while an offer is open. ValueError for what is none of states.STATES.
        """
        if state not in states.STATES:
            raise ValueError("no state of the lamp: " + state)
        if state == states.CLAIM_OPEN:
            if code is not None:
                codes.check(code)
            self._open, self._code = True, code
        elif state == states.CARD_READ and not self._open:
            return
        elif state in (states.CLAIMED, states.OVER):
            self._open = False
        elif state == states.IDLE:
            if self._state in states.LENGTH_MS or self._state in _OFFER:
                return  # it ends by itself, or is no business of the lid's
            state = self._rest()
        self._begin(state)

    @property
    def state(self) -> str:
        """What is shown, a trouble left aside."""
        return self._state

    @property
    def moving(self) -> bool:
        """Whether the frame changes by itself; else a frame a second is enough."""
        return self._state not in (states.IDLE, states.LID_OPEN)

    def frame(self, ms: int) -> "Frame":
        """Red, green and blue of each pixel at a time of a steadily growing clock."""
        if self._began is None:
            self._began = ms
        if self._state in states.LENGTH_MS and ms - self._began >= states.LENGTH_MS[self._state]:
            self._begin(self._rest())
            self._began = ms
        passed = ms - self._began
        if self._state == states.CLAIM_OPEN and self._code is not None:
            drawn = codes.frame(self._code, self._pixels, passed)
        elif self._state == states.IDLE and self.trouble is not None:
            drawn = states.frame(self.trouble, self._pixels, passed)
        else:
            drawn = states.frame(self._state, self._pixels, passed)
        return colours.dim(drawn, self._level)

    def _rest(self) -> str:
        """What is below whatever ends."""
        return states.CLAIM_OPEN if self._open else states.IDLE

    def _begin(self, state: str) -> None:
        if state == self._state == states.IDLE:
            return  # a trouble goes on blinking in its time
        self._state = state
        self._began = None
