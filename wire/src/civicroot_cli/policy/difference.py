"""What a policy trusts, and what a next version changes, in lines that its root holders read before they sign."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import base64, keys
from civicroot_wire.note import parse_key
from civicroot_wire.policy import Policy

from . import anchor_words, coverage
from .model import ANCHORS, LOGS, REGISTRARS, WITNESSES

_KINDS = {LOGS: "log", REGISTRARS: "registrar", WITNESSES: "witness"}


def summary(policy: Policy) -> Iterator[str]:
    """All that it says."""
    yield f"policy of {policy.realm}, version {policy.version}"
    kids = ", ".join(keys.kid(public).hex() for public in policy.roots)
    yield f"  roots      {policy.threshold} of {len(policy.roots)} must sign: {kids}"
    for kind, title in _KINDS.items():
        for item in _items(policy, kind):
            yield f"  {title:<10} {_called(item)}, {_span(item)}"
    yield f"  quorum     {policy.quorum} of the witnesses"
    for item in _items(policy, ANCHORS):
        yield f"  anchor     {anchor_words.describe(item)}, {_span(item)}"
    if not policy.anchors:
        yield "  anchors    none"
    yield from _short(policy)


def changes(before: Policy, after: Policy) -> Iterator[str]:
    """Each thing that `after` says otherwise than `before`."""
    yield f"version {before.version} → {after.version} of {after.realm}"
    for kind, title in _KINDS.items():
        yield from _key_changes(title, _by_key(before, kind), _by_key(after, kind))
    yield from _root_changes(before, after)
    if before.quorum != after.quorum:
        yield f"  quorum {before.quorum} → {after.quorum}"
    yield from _anchor_changes(_by_place(before), _by_place(after))
    yield from _short(after)


def _short(policy: Policy) -> Iterator[str]:
    """Of which trees nobody can have a quorum: proofs as of them hold no more, and are brought up to date."""
    for first, last in coverage.short_sizes(policy):
        yield f"  trees of {first} to {last} entries have too few witnesses for a quorum of {policy.quorum}"
    start, count = coverage.open_end(policy)
    if count < policy.quorum:
        yield f"  trees of more than {start} entries have {count} witnesses, fewer than the quorum of {policy.quorum}"


def _anchor_changes(before: dict[tuple[str, int], Any], after: dict[tuple[str, int], Any]) -> Iterator[str]:
    for place, item in before.items():
        if place not in after:
            yield f"  anchor {anchor_words.describe(item)} is accepted NO MORE, what it anchored neither"
        elif anchor_words.describe(item) != anchor_words.describe(after[place]):
            yield f"  anchor {anchor_words.describe(item)} → {anchor_words.describe(after[place])}"
        elif _span(item) != _span(after[place]):
            yield f"  anchor {item['name']}: {_span(item)} → {_span(after[place])}"
    for place, item in after.items():
        if place not in before:
            yield f"  anchor {anchor_words.describe(item)} is accepted, {_span(item)}"


def _by_place(policy: Policy) -> dict[tuple[str, int], Any]:
    return {(item["name"], item["first"]): item for item in _items(policy, ANCHORS)}


def _key_changes(title: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key, item in before.items():
        if key not in after:
            yield f"  {title} {_called(item)} is GONE, for what was logged too"
        elif _called(item) != _called(after[key]):
            yield f"  {title} {_called(item)} is called {_called(after[key])}"
        elif _span(item) != _span(after[key]):
            yield f"  {title} {_called(item)}: {_span(item)} → {_span(after[key])}"
    for key, item in after.items():
        if key not in before:
            yield f"  {title} {_called(item)} is new, {_span(item)}"


def _root_changes(before: Policy, after: Policy) -> Iterator[str]:
    for roots, others, says in (
        (before.roots, after.roots, "is no root any more"),
        (after.roots, before.roots, "is new"),
    ):
        yield from (f"  root {keys.kid(public).hex()} {says}" for public in roots if public not in others)
    if (before.threshold, len(before.roots)) != (after.threshold, len(after.roots)):
        yield f"  threshold {before.threshold} of {len(before.roots)} → {after.threshold} of {len(after.roots)}"


def _items(policy: Policy, kind: str) -> list[dict[str, Any]]:
    listed: Any = policy.model[kind]
    return list(listed)


def _by_key(policy: Policy, kind: str) -> dict[str, Any]:
    return {item.get("vkey") or item["key"]: item for item in _items(policy, kind)}


def _called(item: dict[str, Any]) -> str:
    if "vkey" in item:
        key = parse_key(item["vkey"])
        return f"{key.name} ({key.key_id.hex()})"
    return f"{item['name']} ({keys.kid(base64.decode(item['key'])).hex()})"


def _span(item: dict[str, Any]) -> str:
    return f"indices {item['first']}–{item['last']}" if "last" in item else f"from index {item['first']} on"
