"""Runs MicroPython viper functions on CPython with machine words of a given width, to test 32-bit targets.

The Unix interpreter has 64-bit words and the devices have 32-bit ones; this model executes the same source with the
rules of viper (docs "Maximising MicroPython speed", py/emitnative.c): `int` and `uint` are machine words that
wrap, the left operand's type is the result's, `>>` is arithmetic for int and logical for uint, a shift by the word's
width or more is undefined (an error here), ptr8 and ptr32 loads are not sign-extended beyond 32 bits, pointers are
plain addresses, and a misaligned or out-of-bounds access is an error.
"""

import ast
import inspect
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_BASE_STEP = 1 << 20  # buffers lie this far apart, so that no pointer runs from one into another
_FIRST_BASE = 1 << 20


class Memory:
    """The address space of one call: every buffer passed in, at its own base address."""

    def __init__(self) -> None:
        self._buffers: list[memoryview] = []

    def place(self, buffer: Any) -> int:
        """The address of a buffer."""
        self._buffers.append(memoryview(buffer).cast("B"))
        return _FIRST_BASE + _BASE_STEP * (len(self._buffers) - 1)

    def at(self, address: int, size: int) -> memoryview:
        """The bytes at an aligned address within one buffer."""
        number, offset = divmod(address - _FIRST_BASE, _BASE_STEP)
        assert address % size == 0, f"misaligned access of {size} bytes"
        found = self._buffers[number][offset : offset + size]
        assert len(found) == size, "access out of bounds"
        return found


class Word:
    """A machine word: a viper int (signed) or uint."""

    __slots__ = ("signed", "value", "width")

    def __init__(self, value: int, width: int, signed: bool = True) -> None:
        value &= (1 << width) - 1
        if signed and value >> (width - 1):
            value -= 1 << width
        self.value, self.width, self.signed = value, width, signed

    def _like(self, value: int) -> "Word":
        return Word(value, self.width, self.signed)

    def _shift(self, count: "Word") -> int:
        assert 0 <= count.value < self.width, f"shift by {count.value}"
        return count.value

    def __add__(self, other: "Word") -> "Word":
        return self._like(self.value + other.value)

    def __sub__(self, other: "Word") -> "Word":
        return self._like(self.value - other.value)

    def __mul__(self, other: "Word") -> "Word":
        return self._like(self.value * other.value)

    def __and__(self, other: "Word") -> "Word":
        return self._like(self.value & other.value)

    def __or__(self, other: "Word") -> "Word":
        return self._like(self.value | other.value)

    def __xor__(self, other: "Word") -> "Word":
        return self._like(self.value ^ other.value)

    def __lshift__(self, other: "Word") -> "Word":
        return self._like(self.value << self._shift(other))

    def __rshift__(self, other: "Word") -> "Word":
        return self._like(self.value >> self._shift(other))

    def __lt__(self, other: "Word") -> bool:
        return self.value < self._like(other.value).value

    def __ge__(self, other: "Word") -> bool:
        return self.value >= self._like(other.value).value

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Word)
        return self.value == self._like(other.value).value

    __hash__ = None  # type: ignore[assignment]


class Pointer:
    """A ptr8 or ptr32: an address that loads and stores elements of `size` bytes."""

    __slots__ = ("address", "memory", "size", "width")

    def __init__(self, memory: Memory, address: int, size: int, width: int) -> None:
        self.memory, self.address, self.size, self.width = memory, address, size, width

    def _element(self, index: Word) -> memoryview:
        return self.memory.at(self.address + self.size * index.value, self.size)

    def __getitem__(self, index: Word) -> Word:
        return Word(int.from_bytes(self._element(index), "little"), self.width)

    def __setitem__(self, index: Word, word: Word) -> None:
        mask = (1 << 8 * self.size) - 1
        self._element(index)[:] = (word.value & mask).to_bytes(self.size, "little")


class _WrapLiterals(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is not int:
            return node
        return ast.Call(ast.Name("int", ast.Load()), [node], [])


def viper(width: int) -> Callable[[types.FunctionType], Callable[..., Any]]:
    """The decorator `micropython.viper` for words of `width` bits."""

    def decorate(function: types.FunctionType) -> Callable[..., Any]:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        kinds = [ast.unparse(argument.annotation) for argument in definition.args.args if argument.annotation]
        assert len(kinds) == len(definition.args.args), "every argument of a viper function has a type"
        definition.decorator_list, definition.returns = [], None
        for argument in definition.args.args:
            argument.annotation = None
        code = compile(ast.fix_missing_locations(_WrapLiterals().visit(tree)), function.__name__, "exec")

        def call(*arguments: Any) -> Any:
            memory = Memory()
            names = {**_constants(function, width), **_casts(memory, width)}
            exec(code, names)
            values = [names[kind](argument) for kind, argument in zip(kinds, arguments, strict=True)]
            result = names[function.__name__](*values)
            return result.value if isinstance(result, Word) else result

        return call

    return decorate


def _constants(function: types.FunctionType, width: int) -> dict[str, Any]:
    """The module's integers, which `const` folds into the function."""
    return {name: Word(value, width) for name, value in function.__globals__.items() if type(value) is int}


def _casts(memory: Memory, width: int) -> dict[str, Any]:
    def word(value: Any, signed: bool) -> Word:
        if isinstance(value, Pointer):
            value = value.address
        return Word(value.value if isinstance(value, Word) else value, width, signed)

    def pointer(value: Any, size: int) -> Pointer:
        if isinstance(value, Pointer):
            value = value.address
        address = value.value if isinstance(value, Word) else value
        return Pointer(memory, address if isinstance(address, int) else memory.place(address), size, width)

    return {
        "int": lambda value: word(value, True),
        "uint": lambda value: word(value, False),
        "ptr8": lambda value: pointer(value, 1),
        "ptr32": lambda value: pointer(value, 4),
    }


@contextmanager
def viper_words(width: int, *modules: str) -> Iterator[None]:
    """Within it, importing the modules runs their viper functions in this model; afterwards they are forgotten."""
    fake = types.ModuleType("micropython")
    fake.viper = viper(width)  # type: ignore[attr-defined]
    fake.const = lambda value: value  # type: ignore[attr-defined]
    # Annotations such as ptr32 are evaluated by CPython; MicroPython never looks at them.
    names = {"ptr8": None, "ptr32": None, "uint": None}
    hidden = {name: sys.modules.pop(name) for name in modules if name in sys.modules}
    sys.modules["micropython"] = fake
    builtins = sys.modules["builtins"].__dict__
    builtins.update(names)
    try:
        yield
    finally:
        for name in names:
            del builtins[name]
        for name in (*modules, "micropython"):
            sys.modules.pop(name, None)
        sys.modules.update(hidden)
