"""Changes CBOR by its structure, without the wire format's own code: so that what comes out is nearly right.

An item is parsed leniently into nodes, one or a few nodes are changed, and the tree is written again with the shortest
heads (or once in a while a long one). Byte strings that hold CBOR themselves (headers, payloads, entries) are opened.
"""

from dataclasses import dataclass, field
from random import Random

UNSIGNED, NEGATIVE, OCTETS, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
MAX_DEPTH = 20  # deeper than any decoder allows; bounds recursion here
EDGES = (0, 1, 23, 24, 255, 256, 65535, 65536, (1 << 32) - 1, 1 << 32, (1 << 53), (1 << 63) - 1, (1 << 64) - 1)
LABELS = (*range(17), 18, 98, 258, 259, 260, 394, 395, 396, 65533, 65536, 65538)  # keys and tags of the formats
LETTERS = (b"0", b"1", b"9", b" ", b"+", b"=", b"/", b"A", b"\t", b"\r", b"\x00", b"\xc2\xa0", b"\xe2\x80\x94")


@dataclass
class Node:
    """One item: `major` type, `number` (its argument), `data` of strings, `inner` items; keys and values alternate."""

    major: int
    number: int = 0
    data: bytes = b""
    inner: list["Node"] = field(default_factory=list)
    long: bool = False  # written with a longer head than needed
    embedded: bool = False  # a byte string whose content is `inner[0]`
    raw: bytes | None = None  # as it was read; None once it, or something in it, has changed


class NotCborError(ValueError):
    """The bytes are not one CBOR item."""


def parse(data: bytes) -> Node:
    """The item in `data`, leniently; NotCborError."""
    node, end = _parse(data, 0, 0)
    if end != len(data):
        raise NotCborError("trailing bytes")
    return node


def _parse(data: bytes, at: int, depth: int) -> tuple[Node, int]:
    node, end = _parse_item(data, at, depth)
    node.raw = data[at:end]
    return node, end


def _parse_item(data: bytes, at: int, depth: int) -> tuple[Node, int]:
    if at >= len(data) or depth > MAX_DEPTH:
        raise NotCborError("cut or too deep")
    major, info = data[at] >> 5, data[at] & 31
    if info > 27:
        raise NotCborError("indefinite or reserved")
    width = 0 if info < 24 else 1 << (info - 24)
    number = info if info < 24 else int.from_bytes(data[at + 1 : at + 1 + width], "big")
    at += 1 + width
    if at > len(data):
        raise NotCborError("cut")
    node = Node(major, number)
    if major in (OCTETS, TEXT):
        node.data = data[at : at + number]
        if len(node.data) != number:
            raise NotCborError("cut")
        if major == OCTETS:
            _open(node, depth)
        return node, at + number
    count = {ARRAY: number, MAP: 2 * number, TAG: 1}.get(major, 0)
    if count > len(data):
        raise NotCborError("cut")
    for _ in range(count):
        child, at = _parse(data, at, depth + 1)
        node.inner.append(child)
    return node, at


def _open(node: Node, depth: int) -> None:
    """Look into a byte string that holds an array, a map or a tag."""
    if node.data[:1] >= b"\x80":
        try:
            child, end = _parse(node.data, 0, depth + 1)
        except NotCborError:
            return
        if end == len(node.data) and child.major in (ARRAY, MAP, TAG):
            node.embedded, node.inner = True, [child]


def write(node: Node) -> bytes:
    """The bytes of a tree."""
    if node.raw is not None:
        return node.raw
    if node.major in (OCTETS, TEXT):
        data = write(node.inner[0]) if node.embedded else node.data
        return _head(node.major, len(data), node.long) + data
    inner = b"".join(map(write, node.inner))
    if node.major == ARRAY:
        return _head(ARRAY, len(node.inner), node.long) + inner
    if node.major == MAP:
        pairs = [(write(key), write(value)) for key, value in zip(node.inner[::2], node.inner[1::2], strict=True)]
        if not node.long:
            pairs.sort()
        return _head(MAP, len(pairs), False) + b"".join(key + value for key, value in pairs)
    return _head(node.major, node.number, node.long) + inner


def _head(major: int, number: int, long: bool) -> bytes:
    if number < 24 and not long:
        return bytes([major << 5 | number])
    width = next(size for size in (0, 1, 2, 4, 8) if number < (24 if size == 0 else 1 << 8 * size))
    if long:
        width = min(8, width * 2 or 1)
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + number.to_bytes(width, "big")


def _ways(root: Node) -> list[tuple[Node, int]]:
    """Every node with the place of the one that holds it, the root first."""
    found = [(root, -1)]
    for at, (node, _) in enumerate(found):
        found += [(child, at) for child in node.inner]
    return found


def changed(data: bytes, random: Random) -> bytes:
    """`data` after one to three changes of its structure; NotCborError if it has none."""
    tree = parse(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        ways = _ways(tree)
        at = random.randrange(len(ways))
        node, other = ways[at][0], random.choice(ways)[0]
        copied = write(other)
        while at >= 0:  # it and all that holds it is written anew
            ways[at][0].raw, at = None, ways[at][1]
        _change(node, copied, random)
    return write(tree)


def _change(node: Node, other: bytes, random: Random) -> None:
    node.raw = None
    if random.random() < 0.04:
        node.long = True
    elif random.random() < 0.06:
        node.__dict__.update(parse(other).__dict__)  # a copy of another part of the message
    elif node.major in (UNSIGNED, NEGATIVE, TAG, SIMPLE):
        _change_number(node, random)
    elif node.major == ARRAY:
        _change_list(node, 1, random)
    elif node.major == MAP:
        _change_list(node, 2, random)
    elif node.embedded and random.random() < 0.9:
        _change(node.inner[0], other, random)
    else:
        _change_string(node, random)


def _change_number(node: Node, random: Random) -> None:
    if node.major in (UNSIGNED, NEGATIVE) and random.random() < 0.2:
        node.major = UNSIGNED + NEGATIVE - node.major
    elif node.major == SIMPLE and random.random() < 0.8:
        node.number = random.choice((20, 21, 22))
    else:
        near = (node.number ^ 1, node.number + 1, max(node.number - 1, 0), random.choice(EDGES), random.choice(LABELS))
        node.number = random.choice(near) & ((1 << 64) - 1)


def _change_list(node: Node, each: int, random: Random) -> None:
    items = [node.inner[at : at + each] for at in range(0, len(node.inner), each)]
    action = random.randrange(5)
    if action == 0 or not items:
        items.insert(random.randint(0, len(items)), [Node(UNSIGNED, random.choice(LABELS)) for _ in range(each)])
    elif action == 1:
        del items[random.randrange(len(items))]
    elif action == 2:
        items.insert(random.randint(0, len(items)), random.choice(items))
    elif action == 3:
        random.shuffle(items)
    else:
        items = items[: random.randint(0, len(items))]
    node.inner = [child for item in items for child in item]


def _change_string(node: Node, random: Random) -> None:
    data, node.embedded, node.inner = bytearray(write(node.inner[0]) if node.embedded else node.data), False, []
    action = random.randrange(5)
    if action == 0 or not data:
        data[len(data) :] = random.randbytes(random.choice((1, 1, 2, 8, 32)))
    elif action == 1:
        del data[-1:]
    elif action == 2:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    elif action == 3:
        data[random.randrange(len(data))] = random.randrange(256)
    else:
        data = bytearray(random.choice((b"", bytes(8), bytes(32), bytes(64), b"a", bytes(data) * 2)))
    node.data = bytes(data)


def changed_lines(data: bytes, random: Random) -> bytes:
    """A text after one to three changes of its lines: left out, repeated, moved, cut, a letter changed."""
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 1, 2, 3))):
        at, action = random.randrange(len(lines)), random.randrange(6)
        if action == 0 and len(lines) > 1:
            del lines[at]
        elif action == 1:
            lines.insert(at, random.choice(lines))
        elif action == 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif action == 3:
            lines[at] = lines[at][: random.randint(0, len(lines[at]))]
        else:
            lines[at] = _changed_letter(lines[at], random)
    return b"\n".join(lines)


def _changed_letter(line: bytes, random: Random) -> bytes:
    at = random.randint(0, len(line))
    letter = random.choice(LETTERS)
    return line[:at] + letter + line[at + random.choice((0, 1)) :]
