"""Policy models: the first one, and the next from the one before (SPEC.md §6). Pure: nothing is signed or read here."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from civicroot_wire import base64, keys
from civicroot_wire.note import VerifierKey, parse_key
from civicroot_wire.policy import FORMAT, Policy

from ..main import CommandError

Model = dict[int | str, Any]
LOGS, REGISTRARS, WITNESSES, ANCHORS = "logs", "registrars", "witnesses", "anchors"


@dataclass(frozen=True)
class Span:
    """Log indices `first` … `last` (None: no end) for which a key is trusted."""

    first: int
    last: int | None = None


@dataclass(frozen=True)
class Added:
    """A key or anchor to add: its item of the model without its range; `span` None: from where the change begins."""

    item: dict[str, Any]
    span: Span | None = None


@dataclass(frozen=True)
class Retired:
    """`who`: name, verifier key, kid or key of one that is trusted, or an anchor's name.

    `last` index for which it is; None: until the change begins.
    """

    who: str
    last: int | None = None


@dataclass(frozen=True)
class Changes:
    """What the next version changes. `start` is the log index from which it counts where no other is given."""

    start: int | None = None
    add: dict[str, Sequence[Added]] = field(default_factory=dict)
    retire: dict[str, Sequence[Retired]] = field(default_factory=dict)
    add_roots: Sequence[bytes] = ()
    drop_roots: Sequence[str] = ()
    threshold: int | None = None
    quorum: int | None = None
    drop_anchors: Sequence[str] = ()


def registrar(name: str, public: bytes) -> dict[str, str]:
    """A registrar's item of the model."""
    return {"name": name, "key": base64.encode(public)}


def note_key(key: VerifierKey) -> dict[str, str]:
    """A log's or witness's item of the model."""
    return {"vkey": str(key)}


def first(realm: str, roots: Sequence[bytes], threshold: int, changes: Changes) -> Policy:
    """Version 1, unsigned; what it trusts are the additions of `changes`, from index 0 on. MalformedError."""
    empty: Model = {
        "format": FORMAT,
        "realm": realm,
        "version": 0,
        "roots": {"threshold": threshold, "keys": [base64.encode(public) for public in roots]},
        LOGS: [],
        REGISTRARS: [],
        WITNESSES: [],
        "quorum": 0,
        ANCHORS: [],
    }
    return following(empty, changes)


def following(before: Model, changes: Changes) -> Policy:
    """The version after `before`, unsigned. MalformedError or CommandError if the changes do not make a policy."""
    model: Model = copy.deepcopy(before)
    model["version"] += 1
    for name in changes.drop_anchors:
        kept = [item for item in model[ANCHORS] if item["name"] != name]
        if len(kept) == len(model[ANCHORS]):
            raise CommandError(f"the policy accepts no anchor {name}")
        model[ANCHORS] = kept
    for kind, retired in changes.retire.items():
        for one in retired:
            _retire(model[kind], kind, one, changes.start)
    for kind, added in changes.add.items():
        model[kind].extend(_item(one, changes.start) for one in added)
    _change_roots(model["roots"], changes)
    if changes.quorum is not None:
        model["quorum"] = changes.quorum
    return Policy(model, {})


def _item(added: Added, start: int | None) -> dict[str, Any]:
    span = added.span or Span(_needed(start, "what is added"))
    item: dict[str, Any] = {**added.item, "first": span.first}
    return item if span.last is None else item | {"last": span.last}


def _retire(listed: list[dict[str, Any]], kind: str, retired: Retired, start: int | None) -> None:
    last = retired.last if retired.last is not None else _needed(start, "what is retired") - 1
    named = [item for item in listed if retired.who in names_of(item)]
    found = [item for item in named if item.get("last") is None or item["last"] > last]
    if not found:
        why = "is trusted no longer than that already" if named else "is not among them"
        raise CommandError(f"{kind}: {retired.who} {why}")
    if len(found) > 1:
        choices = ", ".join(_distinct(item) for item in found)
        raise CommandError(f"{kind}: {retired.who} has {len(found)} keys; say which: {choices}")
    (item,) = found
    if last < item["first"]:
        raise CommandError(f"{kind}: {retired.who} is trusted from index {item['first']} on; it cannot end at {last}")
    item["last"] = last


def names_of(item: dict[str, Any]) -> tuple[str, ...]:
    """What an item of a model may be called on a command line."""
    if "vkey" in item:
        key = parse_key(item["vkey"])
        return key.name, item["vkey"], key.key_id.hex()
    if "kind" in item:
        return (item["name"],)
    public = base64.decode(item["key"])
    return item["name"], item["key"], keys.kid(public).hex()


def _distinct(item: dict[str, Any]) -> str:
    return names_of(item)[-1]


def _change_roots(roots: dict[str, Any], changes: Changes) -> None:
    for who in changes.drop_roots:
        named = [text for text in roots["keys"] if who in (text, keys.kid(base64.decode(text)).hex())]
        if not named:
            raise CommandError(f"no root {who} in the policy")
        roots["keys"].remove(named[0])
    roots["keys"].extend(base64.encode(public) for public in changes.add_roots)
    if changes.threshold is not None:
        roots["threshold"] = changes.threshold
    if roots["threshold"] > len(roots["keys"]):
        raise CommandError(f"{len(roots['keys'])} roots cannot reach a threshold of {roots['threshold']}: --threshold")


def _needed(start: int | None, what: str) -> int:
    if start is None:
        raise CommandError(f"{what} needs a log index: --from-index N, or @FIRST, @FIRST..LAST behind it")
    return start
