"""A JPEG's segments (ITU-T T.81 annex B.1) without those that say something beside the pixels; its EXIF is handed out.

So no library reads what a phone wrote there, and none fails because it is damaged.
"""

EXIF = b"Exif\0\0"
_START, _SCAN, _EXIF_SEGMENT, _COMMENT = b"\xff\xd8", 0xDA, 0xE1, 0xFE
_NEEDED = (0xE0, 0xEE)  # JFIF; Adobe's, which says how colours are coded
_APPLICATION = range(0xE0, 0xF0)
_ALONE = (*range(0xC0), *range(0xD0, 0xDA))  # markers without a length: none belongs here


def split(data: bytes) -> tuple[bytes, bytes]:
    """(the JPEG without metadata, its EXIF or nothing); anything else comes back as it is."""
    if not data.startswith(_START):
        return data, b""
    kept, exif, at = bytearray(_START), b"", len(_START)
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (_SCAN, *_ALONE):
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xFF:  # a fill byte
            end = at + 1
        elif marker == _COMMENT or (marker in _APPLICATION and marker not in _NEEDED):
            if marker == _EXIF_SEGMENT and data.startswith(EXIF, at + 4):
                exif = exif or data[at + 4 : end]
        else:
            kept += data[at:end]
        at = end
    return bytes(kept) + data[at:], exif
