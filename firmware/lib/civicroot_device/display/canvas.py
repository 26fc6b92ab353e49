"""A page of 200 × 200 pixels, as the panel's memory has it: rows of 25 bytes, bit 7 leftmost, 1 = white."""

from framebuf import MONO_HLSB, FrameBuffer

from civicroot_device.display.canvas_size import BYTES, SIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.display.glyphs import Font
    from civicroot_device.display.qr_matrix import Matrix

BLACK, WHITE = 0, 1


class Canvas:
    """Draws into `page`; text on black is white."""

    def __init__(self) -> None:
        """All white."""
        self.page = bytearray(BYTES)
        self.frame = FrameBuffer(self.page, SIDE, SIDE, MONO_HLSB)
        self.frame.fill(WHITE)

    def text(self, x: int, y: int, text: str, font: "Font", colour: int = BLACK) -> None:
        """A line, its upper left corner at x, y."""
        _write(self.frame, x, y, text, font, colour)

    def centred(self, y: int, text: str, font: "Font") -> None:
        """A black line in the middle of the page."""
        self.text((SIDE - font.width(text)) // 2, y, text, font)

    def upwards(self, x: int, bottom: int, text: str, font: "Font") -> None:
        """A black line that reads from below to above: the tops of its letters at x, its beginning at bottom."""
        width = font.width(text)
        line = FrameBuffer(bytearray((width + 7) // 8 * font.height), width, font.height, MONO_HLSB)
        _write(line, 0, 0, text, font, 1)
        for along in range(width):
            for down in range(font.height):
                if line.pixel(along, down):
                    self.frame.pixel(x + down, bottom - along, BLACK)

    def symbol(self, x: int, y: int, matrix: "Matrix", scale: int) -> None:
        """A QR code, without its quiet zone; `scale` pixels a module."""
        for row in range(matrix.size):
            for column in range(matrix.size):
                if matrix.dark(column, row):
                    self.frame.fill_rect(x + column * scale, y + row * scale, scale, scale, BLACK)


def _write(frame: FrameBuffer, x: int, y: int, text: str, font: "Font", colour: int) -> None:
    """Letters beside each other; what is not ink stays as it was."""
    palette = FrameBuffer(bytearray(1), 2, 1, MONO_HLSB)
    palette.pixel(0, 0, 1 - colour)
    palette.pixel(1, 0, colour)
    for letter in text:
        width, bitmap = font.glyph(letter)
        frame.blit(FrameBuffer(bitmap, width, font.height, MONO_HLSB), x, y, 1 - colour, palette)
        x += width
