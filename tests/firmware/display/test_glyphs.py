"""The committed letters are what the generator draws from the font."""

import hashlib
import importlib.util
from types import ModuleType

import pytest
from civicroot_device.display import glyphs_ko, glyphs_latin, glyphs_zh, texts

from tests.support.micropython import ROOT

COMMITTED = {"latin": glyphs_latin, "ko": glyphs_ko, "zh": glyphs_zh}
LIKE = 0.9  # share of pixels that agree where the font is of another release than the one that was drawn from


def load_generator() -> ModuleType:
    file = ROOT / "firmware" / "tools" / "make_display_glyphs.py"
    spec = importlib.util.spec_from_file_location("make_display_glyphs", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_display_glyphs = load_generator()


@pytest.mark.parametrize("language", COMMITTED)
def test_committed_letters_are_the_generated_ones(language: str) -> None:
    """Byte for byte where the font is the same file; another release of it may draw a pixel differently."""
    committed = COMMITTED[language]
    assert make_display_glyphs.target(language).name == f"glyphs_{language}.py"
    if hashlib.sha256(make_display_glyphs.FONT.read_bytes()).hexdigest() == committed.SOURCE:
        written = make_display_glyphs.target(language).read_text(encoding="utf-8")
        assert written == make_display_glyphs.make_module(language)
    for size, (em, height, baseline) in make_display_glyphs.SIZES.items():
        letters = make_display_glyphs.needed(language, size)
        face = make_display_glyphs.FACES[language]
        drawn = make_display_glyphs.make_font(letters, face, em, height, baseline)
        kept = getattr(committed, size)
        assert kept[:2] == drawn[:2]
        pairs = [(a ^ b).bit_count() for a, b in zip(kept[4], drawn[4], strict=False)]
        assert sum(pairs) <= (1 - LIKE) * 8 * len(kept[4])


@pytest.mark.parametrize("language", COMMITTED)
def test_every_letter_has_ink_within_its_width_and_no_two_are_alike(language: str) -> None:
    for font in (COMMITTED[language].SMALL, COMMITTED[language].LARGE):
        height, letters, widths, offsets, bitmaps = font
        assert list(letters) == sorted(set(letters))
        seen = set()
        for at, letter in enumerate(letters):
            begin = int.from_bytes(offsets[2 * at : 2 * at + 2], "big")
            stride = (widths[at] + 7) // 8
            bitmap = bitmaps[begin : begin + stride * height]
            assert len(bitmap) == stride * height
            assert any(bitmap) == (letter != " ")
            margin = (1 << 8 * stride - widths[at]) - 1
            rows = [int.from_bytes(bitmap[y * stride : (y + 1) * stride], "big") for y in range(height)]
            assert not any(row & margin for row in rows), letter
            seen.add((widths[at], bitmap))
        assert len(seen) == len(letters)


def test_every_language_has_every_text() -> None:
    assert tuple(texts.TEXTS) == texts.LANGUAGES
    lines = [{name: text.count("\n") for name, text in texts.TEXTS[language].items()} for language in texts.LANGUAGES]
    assert lines[0] == lines[1] == lines[2]
    assert all(text["scan"].count("{}") == 1 for text in texts.TEXTS.values())
    assert set(texts.LARGE) < set(texts.TEXTS["en"])
