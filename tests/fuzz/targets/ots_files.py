"""`.ots` files: what a calendar answers, with the digest in front."""

from civicroot_anchor.ots import detached

from tests.fuzz.target import Target


def _ots_file(data: bytes) -> bytes:
    found = detached.decode(data)
    for line in found.timestamp.lines(found.digest):
        assert len(line.message) <= 4096
    return found.encode()


TARGETS = (Target("ots-file", ("ots_file",), _ots_file),)
