"""Inflating a status list within a limit, as the verifiers ask for it (SPEC.md §3.5)."""

import zlib


def inflate(compressed: bytes, limit: int) -> bytes:
    """Decompress zlib to at most `limit` bytes; ValueError for anything else."""
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(compressed, limit)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("compressed data is cut, too long or has a tail")
    return data
