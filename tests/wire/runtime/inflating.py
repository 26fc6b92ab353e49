"""zlib on both runtimes."""

import io

from civicroot_wire.errors import MalformedError

try:
    import deflate  # MicroPython
except ImportError:
    deflate = None
    import zlib


CHUNK = 4096  # a device's heap has no room for a buffer as large as the limit


def inflate(compressed, limit):
    """Decompress zlib to at most `limit` bytes; MalformedError (a ValueError) for anything else."""
    if deflate is None:
        stream = zlib.decompressobj()
        try:
            found = stream.decompress(compressed, limit)
        except zlib.error as broken:
            raise MalformedError("malformed", "not zlib") from broken
        if not stream.eof or stream.unused_data:
            raise MalformedError("malformed", "zlib stream cut, too long or followed by more")
        return found
    source = io.BytesIO(compressed)
    stream = deflate.DeflateIO(source, deflate.ZLIB)
    found = bytearray()
    while len(found) <= limit:
        try:
            part = stream.read(CHUNK)
        except (OSError, EOFError) as broken:
            raise MalformedError("malformed", "not zlib") from broken
        if not part and source.read(1):
            raise MalformedError("malformed", "zlib stream followed by more")
        if not part:
            return bytes(found)
        found.extend(part)
    raise MalformedError("malformed", "inflates to more than the limit")
