"""The same board as the same bytes: KiCad gives random identifiers and writes items in their order."""

import re
import uuid

_STAMP = re.compile(r"\(tstamp [0-9a-f-]{36}\)")
_BLANK = "(tstamp 0)"
_REFERENCE = re.compile(r'\(fp_text reference "([^"]*)"')
_NAMES = uuid.UUID("6f0c1de2-9f3d-5a53-9c0b-2d1a6a4e8c55")  # of our boards
_SORTED = ("fp_", "pad", "zone", "group", "gr_", "footprint")  # kinds of items that have an identifier
_NATURAL = re.compile(r"(\d+)")


def stable(text: str, name: str) -> str:
    """A board file with its items in an order of their own, and identifiers that count within `name`."""
    text = _item(_STAMP.sub(_BLANK, text).strip())
    count = iter(range(text.count(_BLANK)))
    return re.sub(re.escape(_BLANK), lambda _: f"(tstamp {uuid.uuid5(_NAMES, f'{name} {next(count)}')})", text) + "\n"


def _item(text: str) -> str:
    """An item with its children sorted where their order means nothing."""
    head, children = _split(text)
    fixed = [child for child in children if not _kind(child).startswith(_SORTED)]
    loose = [_item(child) if _kind(child) == "footprint" else child for child in children if child not in fixed]
    return "\n".join([head, *fixed, *sorted(loose, key=_key)]) + "\n)"


def _kind(child: str) -> str:
    return child[1:].split(None, 1)[0].rstrip(")")


def _key(child: str) -> tuple[str, list[tuple[int, str]], str]:
    """Kind, then reference with its number as a number, then everything."""
    reference = _REFERENCE.search(child) if _kind(child) == "footprint" else None
    parts = _NATURAL.split(reference[1]) if reference else []
    return _kind(child), [(int(part) if part.isdigit() else -1, part) for part in parts], child


def _split(text: str) -> tuple[str, list[str]]:
    """What stands before the first child, and the children."""
    depth, start, quoted, escaped = 0, 0, False, False
    head, children = "", []
    for at, letter in enumerate(text):
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter == "(":
            depth += 1
            if depth == 2:
                head = head or text[:at].strip()
                start = at
        elif letter == ")":
            depth -= 1
            if depth == 1:
                children.append(text[start : at + 1])
    return head, children
