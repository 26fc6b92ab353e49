"""The model of viper itself: it tells 32-bit words from 64-bit ones and refuses what is undefined."""

from collections.abc import Callable
from types import FunctionType
from typing import Any, cast

import pytest

from tests.support.viper_model import viper

ptr8 = ptr32 = uint = None  # names that only viper looks at


def sign_of_bit_31(one: int) -> int:
    return (one << 31) >> 31


def logical_shift(one: int) -> int:
    return int(uint(one << 31) >> 31)  # type: ignore[misc]


def sum_of_words(words: ptr32) -> int:  # type: ignore[valid-type]
    return words[0] + words[1]  # type: ignore[index]


def shift_by_32(one: int) -> int:
    return one << 32


def second_byte_as_word(data: ptr8) -> int:  # type: ignore[valid-type]
    return ptr32(int(data) + 1)[0]  # type: ignore[misc, call-overload]


def modelled(function: Callable[..., Any], width: int) -> Callable[..., Any]:
    return viper(width)(cast(FunctionType, function))


@pytest.mark.parametrize(("width", "signed", "total"), [(32, -1, 0), (64, 1, 1 << 32)])
def test_words_have_their_width(width: int, signed: int, total: int) -> None:
    assert modelled(sign_of_bit_31, width)(1) == signed
    assert modelled(logical_shift, width)(1) == 1
    assert modelled(sum_of_words, width)(b"\xff\xff\xff\xff\x01\0\0\0") == total


def test_undefined_shift_is_an_error() -> None:
    assert modelled(shift_by_32, 64)(1) == 1 << 32
    with pytest.raises(AssertionError, match="shift"):
        modelled(shift_by_32, 32)(1)


def test_misaligned_access_is_an_error() -> None:
    with pytest.raises(AssertionError, match="misaligned"):
        modelled(second_byte_as_word, 32)(bytes(16))


def test_access_out_of_bounds_is_an_error() -> None:
    with pytest.raises(AssertionError, match="bounds"):
        modelled(sum_of_words, 32)(bytes(7))
