"""Photos: written anew from their pixels alone, so that neither place nor owner of a phone comes along."""

import io
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

from civicroot_backend.errors import PhotoRefused

MAX_BYTES = 5 * 1024 * 1024  # what phones make, mostly
MAX_PIXELS = 50_000_000  # what phones make; PNG of so many are 150 MB of memory, and one is read at a time
EDGE = 1600  # pixels of the longer one: enough to see what is broken, some 300 kB
QUALITY = 80
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_turn = Lock()


def rewritten(content: bytes, media_type: str) -> bytes:
    """A JPEG of what is to be seen, upright, at most EDGE wide and high. Raises PhotoRefused."""
    with _turn:
        try:
            with Image.open(io.BytesIO(content), formats=(FORMATS[media_type],)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PhotoRefused(f"a photo has at most {MAX_PIXELS // 1_000_000} million pixels")
                return _drawn(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PhotoRefused(f"a photo has at most {MAX_PIXELS // 1_000_000} million pixels") from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as error:
            raise PhotoRefused(f"that is no whole {FORMATS[media_type]}") from error


def _drawn(image: Image.Image) -> bytes:
    if image.format == "JPEG":
        image.draft("RGB", (EDGE, EDGE))  # decodes no more than is needed
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((EDGE, EDGE))
    canvas = Image.new("RGB", upright.size, "white")
    solid = upright.convert("RGBA")
    canvas.paste(solid, mask=solid.getchannel("A"))
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
