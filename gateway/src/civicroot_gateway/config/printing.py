"""The configuration as a TOML file: all defaults with comments, or what is in effect."""

import json
import textwrap
from collections.abc import Callable

from .model import Key, Table, describe
from .reading import DEFAULT, PREFIX, Loaded, variable

WIDTH = 100  # of comments
_HEAD = f"""\
# Configuration of a Civicroot gateway. What is left out has the value that is printed here; a key with an empty value
# and "must be set" has none. Every key can be set by an environment variable too, which goes before this file:
# {PREFIX}BATCH_MAX_AGE for max_age of [batch]. `civicroot gateway config` shows what is in effect.
"""


def default() -> str:
    """A complete commented file that means the defaults."""
    tables = list(describe().walk())
    examples = [_example(key) for table in tables for key in table.keys if key.setting.example]
    return _HEAD + "".join(_table(table, _default_key) for table in tables) + "".join(examples)


def effective(loaded: Loaded) -> str:
    """What is in effect and where it comes from, without secrets."""

    def line(key: Key) -> str:
        found = loaded.effective[key.dotted]
        origin = "" if found.origin == DEFAULT else f"  # {found.origin}"
        return f"{key.name} = {toml(key.setting.kind.shown(found.raw))}{origin}\n"

    return "".join(_table(table, line, comments=False) for table in describe().walk()).lstrip("\n")


def _table(table: Table, line: Callable[[Key], str], *, comments: bool = True) -> str:
    if not table.keys:
        return ""
    comment = f"# {table.comment}.\n" if comments and table.comment else ""
    head = f"\n{comment}[{'.'.join(table.path)}]\n" if table.path else "\n"
    return head + "".join(map(line, table.keys))


def _default_key(key: Key) -> str:
    found = key.setting
    if found.example:
        return ""  # tables of tables end the file: what follows in it would be theirs
    says = [found.comment, found.kind.limits(), "must be set" if found.default is None else ""]
    text = textwrap.wrap("; ".join(part for part in says if part), WIDTH)
    value = "" if found.default is None else found.default
    return "".join(f"# {row}\n" for row in text) + f"{key.name} = {toml(value)}\n"


def _example(key: Key) -> str:
    text = f"{key.setting.comment}; {variable(key)} holds them as JSON"
    return f"\n# {text}.\n{comment_out(key.setting.example)}"


def comment_out(example: str) -> str:
    """An example's lines as comments."""
    return "".join(f"# {line}".rstrip() + "\n" for line in example.splitlines())


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # the two agree on text, numbers, true and false
