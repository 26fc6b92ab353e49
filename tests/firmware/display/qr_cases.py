"""Claims as bins make them, and the independent encoder (segno) that the firmware's QR codes are compared with."""

import random
from collections.abc import Sequence

import pytest
import segno
import segno.encoder
from civicroot_device.display import qr_codewords, qr_segments
from civicroot_device.display.qr_matrix import Matrix
from civicroot_wire import claim_token

URL = "HTTPS://CITY.EXAMPLE/B/"
REALM = "city.example"
VERSIONS = range(1, 9)
LEVELS = "LMQH"

Segment = tuple[int, str]
Modules = list[list[bool]]


def claim(seq: int, expires: int, seed: int = 1) -> str:
    """The digits of a token with a random signature: as long as a real one, and as hard to draw."""
    noise = random.Random(seed)
    return claim_token.to_digits(
        claim_token.sign(noise.randbytes(8), expires, noise.randbytes(8), seq, REALM, lambda _: noise.randbytes(64))
    )


SHORTEST = claim(seq=0, expires=1_790_000_000)
LONGEST = claim(seq=2**32 - 1, expires=2**32 - 1)


def segments_filling(version: int, level: str, noise: random.Random, slack: int) -> list[Segment]:
    """An alphanumeric and a numeric segment of random letters that leave about `slack` bits of a symbol unused."""
    bits = 8 * qr_codewords.capacity(version, level) - slack
    letters = noise.randint(1, max(1, min(20, (bits - 40) // 12)))
    text = "".join(noise.choices(qr_segments.ALPHABET[10:], k=letters))
    segments = [(qr_segments.ALPHANUMERIC, text), (qr_segments.NUMERIC, "1")]
    digits = 1 + max(0, bits - qr_segments.length(segments)) * 3 // 10
    segments[1] = (qr_segments.NUMERIC, "".join(noise.choices("0123456789", k=digits)))
    while qr_segments.length(segments) > 8 * qr_codewords.capacity(version, level):
        segments[1] = (qr_segments.NUMERIC, segments[1][1][:-1])
    return segments


def modules(matrix: Matrix) -> Modules:
    """Ours as rows of booleans."""
    return [[matrix.dark(x, y) for x in range(matrix.size)] for y in range(matrix.size)]


def segno_modules(segments: Sequence[Segment], level: str, version: int, mask: int | None) -> tuple[Modules, int]:
    """Segno's symbol and its mask."""
    content = [(text, mode) for mode, text in segments]
    code = segno.make_qr(content, error=level, version=version, mask=mask, boost_error=False)
    assert code.error == level and code.version == version
    return [[bool(module) for module in row] for row in code.matrix], code.mask


def put_segno_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segno 1.6 adds eight zeros to a stream that ends with a codeword (heuer/segno issue 148); the standard adds none.

    Its symbols are read all the same, but their padding differs from that of other encoders.
    """

    def write_padding_bits(buffer: "segno.encoder.Buffer", version: int, length: int) -> None:
        buffer.extend([0] * (-length % 8))

    monkeypatch.setattr(segno.encoder, "write_padding_bits", write_padding_bits)
