"""The QR encoder against the standard's own symbols and against segno, bit for bit, on CPython and MicroPython."""

import random
from typing import Any

import pytest
import segno.encoder
from civicroot_device.display import qr, qr_codewords, qr_mask, qr_segments, reed_solomon
from civicroot_device.display.qr_matrix import Matrix
from civicroot_wire import claim_token

from tests.firmware.display.qr_cases import (
    LEVELS,
    LONGEST,
    SHORTEST,
    URL,
    VERSIONS,
    Segment,
    claim,
    modules,
    put_segno_right,
    segments_filling,
    segno_modules,
)
from tests.support.fuzz import FACTOR, fuzz_examples
from tests.support.micropython import MicroPython

VECTOR_FAMILIES = ("qr",)
SEED = 18004

ENCODE = """
from civicroot_device.display import qr
matrix = qr.encode(segments, level, version, mask)
result = matrix.version, bytes(matrix.modules)
"""


def on_device(micropython: MicroPython, segments: list[Segment], level: str, version: int, mask: int) -> Any:
    return micropython.run(ENCODE, segments=segments, level=level, version=version, mask=mask)


@pytest.fixture
def segno_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    put_segno_right(monkeypatch)


def test_the_standards_own_symbols(micropython: MicroPython, vectors: Any) -> None:
    for case in vectors.json("qr", "iso18004-symbols.json"):
        if case["version"].startswith("M"):
            continue  # Micro QR is another symbology, which the firmware does not draw and most phones do not read
        segments = [qr_segments.segment(case["text"])]
        version, level, mask = int(case["version"]), case["error"], case["mask"]
        matrix = qr.encode(segments, level, version, mask)
        assert ["".join("01"[dark] for dark in row) for row in modules(matrix)] == case["modules"], case["id"]
        assert on_device(micropython, segments, level, version, mask) == (version, bytes(matrix.modules))
        assert qr.encode(segments, level).version == version
        vectors.ran("qr")


@pytest.mark.usefixtures("segno_put_right")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_level_and_mask_is_segnos_bit_for_bit(version: int, level: str) -> None:
    noise = random.Random(f"{SEED} {version} {level}")
    for mask in qr_mask.MASKS:
        for slack in (mask, mask + 8, *(noise.randrange(100) for _ in range(FACTOR - 1))):
            segments = segments_filling(version, level, noise, slack)
            ours = qr.encode(segments, level, version, mask)
            assert modules(ours) == segno_modules(segments, level, version, mask)[0], (segments, mask)


@pytest.mark.usefixtures("segno_put_right")
def test_a_nearly_empty_symbol_is_padded_as_segno_pads_it() -> None:
    for version in VERSIONS:
        for digits in range(1, 9):
            segments = [(qr_segments.NUMERIC, "9" * digits)]
            ours = qr.encode(segments, "M", version, 0)
            assert modules(ours) == segno_modules(segments, "M", version, 0)[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_micropython_draws_what_cpython_draws(micropython: MicroPython, version: int) -> None:
    noise = random.Random(f"{SEED} device {version}")
    for mask in (-1, *qr_mask.MASKS):
        segments = segments_filling(version, "M", noise, mask + 1)
        ours = qr.encode(segments, "M", version, mask)
        assert on_device(micropython, segments, "M", version, mask) == (version, bytes(ours.modules))


def penalties_module_by_module(rows: list[list[bool]]) -> tuple[int, int, int, int]:
    """§7.8.3.1 written out over single modules and text."""
    size = len(rows)
    lines = ["".join("01"[dark] for dark in row) for row in (*rows, *map(list, zip(*rows, strict=True)))]
    runs = 0
    for line in lines:
        for colour in "01":
            runs += sum(len(run) - 2 for run in line.replace("10"[int(colour)], " ").split() if len(run) >= 5)
    blocks = sum(
        3
        for y in range(size - 1)
        for x in range(size - 1)
        if rows[y][x] == rows[y][x + 1] == rows[y + 1][x] == rows[y + 1][x + 1]
    )
    patterns = 0
    for line in lines:
        wide = "0000" + line + "0000"
        for at in range(4, size + 4 - 6):
            if wide[at : at + 7] == "1011101" and "0000" in (wide[at - 4 : at], wide[at + 7 : at + 11]):
                patterns += 40
    dark = sum(map(sum, rows))
    return runs, blocks, patterns, 10 * int(abs(100 * dark / size**2 - 50) / 5)


@pytest.mark.usefixtures("segno_put_right")
@pytest.mark.parametrize("version", VERSIONS)
def test_penalties_are_those_of_the_standard_and_of_segno(version: int) -> None:
    noise = random.Random(f"{SEED} penalties {version}")
    for mask in qr_mask.MASKS:
        matrix = qr.encode(segments_filling(version, "M", noise, 0), "M", version, mask)
        rows = matrix.rows(matrix.modules)
        ours = tuple(rule(rows) for rule in (qr_mask.runs, qr_mask.blocks, qr_mask.patterns, qr_mask.balance))
        assert ours == penalties_module_by_module(modules(matrix))
        segnos = segno.encoder.mask_scores([bytearray(row) for row in modules(matrix)], matrix.size, matrix.size)
        assert (ours[0], ours[1], ours[3]) == (segnos[0], segnos[1], segnos[3])
        # Of two patterns that share a module segno counts one; the standard asks for "existence of the pattern".
        assert ours[2] >= segnos[2]


def test_rows_wider_than_a_small_integer_are_scored_alike(micropython: MicroPython) -> None:
    """On an ESP32 a row of version 8 is no small integer; here only one of more than 62 modules is none."""
    noise = random.Random(f"{SEED} wide")
    for size in (63, 64, 65, 97):
        rows = [noise.getrandbits(size) & noise.getrandbits(size) for _ in range(size)]  # three quarters light: runs
        for rule in ("runs", "blocks", "patterns", "balance"):
            ours = getattr(qr_mask, rule)(rows)
            assert ours > 0
            assert micropython.call(f"civicroot_device.display.qr_mask.{rule}", rows) == ours
        single = [[bool(row >> size - 1 - x & 1) for x in range(size)] for row in rows]
        assert qr_mask.penalty(rows) == sum(penalties_module_by_module(single))


@pytest.mark.usefixtures("segno_put_right")
def test_the_chosen_mask_has_the_lowest_penalty_and_is_nearly_always_segnos() -> None:
    noise, agreed, total = random.Random(SEED), 0, 0
    for version in VERSIONS:
        for _ in range(4):
            segments = segments_filling(version, "M", noise, 0)
            matrix = Matrix(version)
            matrix.place(qr_codewords.codewords(segments, version, "M"))
            symbol = qr.Symbol(matrix, "M")
            scores = [symbol.score(mask) for mask in qr_mask.MASKS]
            assert symbol.mask == scores.index(min(scores))
            agreed += symbol.mask == segno_modules(segments, "M", version, None)[1]
            total += 1
    assert agreed >= 0.9 * total, f"{agreed} of {total}"


def test_check_codewords_are_the_worked_example_of_annex_i() -> None:
    """ISO/IEC 18004:2015 annex I.2: "01234567" as version 1-M."""
    data = bytearray.fromhex("10200c5661 80 ec11ec11ec11ec11ec11")
    checks = reed_solomon.remainder(data, 0, 16, reed_solomon.generator(10))
    assert checks.hex() == "a524d4c1ed36c7872c55"
    assert qr_codewords.codewords([(qr_segments.NUMERIC, "01234567")], 1, "M") == data + checks


def test_every_code_block_is_divisible_by_its_generator() -> None:
    for count in (7, 10, 13, 15, 16, 17, 18, 20, 22, 24, 26, 28):
        divisor = reed_solomon.generator(count)
        data = bytearray(random.Random(count).randbytes(40))
        code = data + reed_solomon.remainder(data, 0, 40, divisor)
        assert reed_solomon.remainder(code, 0, 40 + count, divisor) == bytes(count)


def test_real_claims_fit_version_8_and_the_shortest_of_a_short_host_version_7() -> None:
    assert (len(SHORTEST), len(LONGEST)) == (258, 270)
    for digits, version in ((SHORTEST, 8), (LONGEST, 8)):
        assert qr.encode([qr_segments.segment(URL), qr_segments.segment(digits)]).version == version
    assert qr.encode([qr_segments.segment("HTTPS://A.EXAMPLE/B/"), qr_segments.segment(SHORTEST)]).version == 8
    assert qr.encode([qr_segments.segment("HTTPS://AB.EXAMP/B/"), qr_segments.segment(SHORTEST)]).version == 7
    longest_url = "HTTPS://" + "A" * 20 + "/B/"
    room = [qr_segments.segment(longest_url), qr_segments.segment("9" * claim_token.MAX_DIGITS)]
    assert qr.encode(room, mask=0).version == 8


@pytest.mark.parametrize("version", [0, 3, 8])
def test_what_does_not_fit_is_refused(version: int) -> None:
    text = [(qr_segments.NUMERIC, "1" * 400)]
    with pytest.raises(qr_codewords.QrTooLong, match="holds"):
        qr.encode(text, "M", version)
    assert issubclass(qr_codewords.QrTooLong, ValueError)


def test_a_letter_that_a_mode_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="substring"):
        qr.encode([(qr_segments.ALPHANUMERIC, "https")])
    assert qr_segments.segment("https") == (qr_segments.BYTES, "https")
    assert qr_segments.segment("HTTPS") == (qr_segments.ALPHANUMERIC, "HTTPS")
    assert qr_segments.segment("0123") == (qr_segments.NUMERIC, "0123")


def test_the_function_patterns_are_reserved() -> None:
    for version in VERSIONS:
        matrix = Matrix(version)
        reserved = sum(bin(row).count("1") for row in matrix.rows(matrix.function))
        codewords = (
            qr_codewords.capacity(version, "L") + {1: 7, 2: 10, 3: 15, 4: 20, 5: 26, 6: 36, 7: 40, 8: 48}[version]
        )
        remainder_bits = 7 if 2 <= version <= 6 else 0  # Table 1
        assert matrix.size**2 - reserved == 8 * codewords + remainder_bits


def test_claims_of_many_bins_draw_on_micropython(micropython: MicroPython) -> None:
    noise = random.Random(SEED + 1)
    for seed in range(fuzz_examples(5)):
        segments = [qr_segments.segment(URL), qr_segments.segment(claim(noise.getrandbits(32), 1_790_000_000, seed))]
        ours = qr.encode(segments)
        assert on_device(micropython, segments, "M", 0, -1) == (8, bytes(ours.modules))
