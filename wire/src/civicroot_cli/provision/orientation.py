"""How a picture is to be turned: tag 0x0112 of its EXIF (TIFF 6.0, "Orientation"; EXIF 2.32 §4.6.4), no more of it.

A camera's own EXIF may be damaged, and a whole reader of it fails in many ways. Here a damaged one turns nothing.
"""

import struct

from PIL import Image
from PIL.Image import Transpose

from .jpeg_segments import EXIF

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}  # of bytes
_TAG, _SHORT, _ENTRY_BYTES = 0x0112, 3, 12
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def upright(picture: Image.Image, exif: bytes) -> Image.Image:
    """The picture as its EXIF says that it is looked at."""
    turn = _TURNS.get(of(exif))
    return picture if turn is None else picture.transpose(turn)


def of(exif: bytes) -> int:
    """1 to 8; 1, which turns nothing, if the EXIF says nothing that makes sense."""
    data = exif.removeprefix(EXIF)
    order = _ORDERS.get(data[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        for at in range(start + 2, start + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES):
            tag, kind, values, value = struct.unpack_from(order + "HHIH", data, at)
            if (tag, kind, values) == (_TAG, _SHORT, 1):
                return int(value) if value in _TURNS else 1
    except struct.error:  # it ends too soon
        return 1
    return 1
