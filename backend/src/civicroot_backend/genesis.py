"""Who outside vouches for a realm's log from its first entry on: witnesses and anchors, as `realm init` is told.

They are in version 1 of the policy, because what was published before anybody outside looked has no witness.

An anchor's file holds its item of the policy (SPEC.md §6.1; `first` may be left out) and the backend's settings for it:

    {"policy": {"name": "sepolia", "kind": "evm", "chain": 11155111, "contract": "0x…"},
     "settings": {"rpc_url": "https://…", "chain_id": 11155111, "contract": "0x…", "key_file": "evm.key"}}
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from civicroot_wire.errors import WireError
from civicroot_wire.note import COSIGNATURE, parse_key
from civicroot_wire.policy_anchor import Anchor

from civicroot_backend.errors import ConfigurationError

MAX_FILE_BYTES = 64 * 1024  # a policy with everything in it has no more
FIRST = 0  # log index from which on they count: all of a new log
_ITEM, _SETTINGS = "policy", "settings"


@dataclass(frozen=True)
class Witness:
    """A witness: `vkey` as it shows it, `name` in the vkey, `url` that /add-checkpoint is below."""

    vkey: str
    name: str
    url: str


@dataclass(frozen=True)
class Anchoring:
    """An anchor: `item` of the policy's model, and the backend's `settings` for it."""

    name: str
    kind: str
    item: Mapping[str, object]
    settings: Mapping[str, object]


@dataclass(frozen=True)
class Outside:
    """All of them; `quorum` witnesses must have cosigned a checkpoint."""

    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0
    anchors: tuple[Anchoring, ...] = ()

    def __post_init__(self) -> None:
        """Raise ConfigurationError for a quorum that cannot be, and for witnesses that would count for nothing."""
        for what, names in (
            ("witness", [witness.name for witness in self.witnesses]),
            ("anchor", [anchor.name for anchor in self.anchors]),
        ):
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise ConfigurationError(f"{what} named more than once: {', '.join(twice)}")
        if not min(len(self.witnesses), 1) <= self.quorum <= len(self.witnesses):
            raise ConfigurationError(f"a quorum of {self.quorum} of {len(self.witnesses)} witnesses cannot be")

    def policy_witnesses(self) -> list[dict[str, object]]:
        """`witnesses` of the policy's model."""
        return [{"vkey": witness.vkey, "first": FIRST} for witness in self.witnesses]

    def policy_anchors(self) -> list[dict[str, object]]:
        """`anchors` of the policy's model."""
        return [dict(anchor.item) for anchor in self.anchors]


def majority(count: int) -> int:
    """The least quorum of `count` witnesses of which two always have one in common; 0 if there are none."""
    return count // 2 + 1 if count else 0


def witness(vkey: str, url: str) -> Witness:
    """A witness from what its operator hands out. Raises ConfigurationError."""
    try:
        key = parse_key(vkey)
    except WireError as error:
        raise ConfigurationError(f"no verifier key: {vkey}: {error}") from error
    if key.algorithm != COSIGNATURE:
        raise ConfigurationError(f"{key.name} has no key for cosignatures: {vkey}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(f"witness {key.name} needs an http(s) URL: {url}")
    return Witness(vkey, key.name, url.rstrip("/"))


def anchor(path: Path) -> Anchoring:
    """An anchor from its file. Raises ConfigurationError."""
    document = _object(path)
    if set(document) != {_ITEM, _SETTINGS} or not all(isinstance(value, dict) for value in document.values()):
        raise ConfigurationError(f"{path} needs the objects {_ITEM} and {_SETTINGS}, and nothing else")
    item = {"first": FIRST, **document[_ITEM]}
    try:
        found = Anchor(item)
    except WireError as error:
        raise ConfigurationError(f"{path} has no anchor that a policy can have: {error}") from error
    settings = {"kind": found.kind, **document[_SETTINGS]}
    wrong = sorted(key for key, value in settings.items() if not _is_setting(value))
    if wrong or settings["kind"] != found.kind:
        raise ConfigurationError(f"{path} has settings that cannot be: {', '.join(wrong) or 'kind'}")
    return Anchoring(found.name, found.kind, item, settings)


def _object(path: Path) -> dict[str, dict[str, object]]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        document = json.loads(content) if len(content) <= MAX_FILE_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} holds no JSON object of at most {MAX_FILE_BYTES} bytes")
    return document


def _is_setting(value: object) -> bool:
    """Whether TOML writes it as JSON does: a text, an integer or a list of texts."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str | int)
