"""How keys and changes of a policy are written on a command line."""

import argparse
import re
from collections.abc import Callable, Sequence

from civicroot_wire.note import COSIGNATURE, ED25519
from civicroot_wire.policy import Policy
from civicroot_wire.trusted import MAX_INDEX

from .. import public_key
from ..main import CommandError
from . import anchor_argument
from .model import ANCHORS, LOGS, REGISTRARS, WITNESSES, Added, Changes, Retired, Span, note_key, registrar

MakePolicy = Callable[[], Policy]
KEYS = (
    "A KEY is a public key in base64 or hex, or a .pub file. Logs and witnesses are verifier keys (name+id+key) or "
    "NAME=KEY. A range of log indices may follow any of them, and any ANCHOR: @FIRST or @FIRST..LAST. "
    + anchor_argument.FORMS
)
_SPAN = re.compile(r"^(?P<key>.*)@(?P<first>\d{1,16})(?:\.\.(?P<last>\d{1,16}))?$", re.DOTALL)


def add_first(parser: argparse.ArgumentParser) -> None:
    """Arguments of `policy make`."""
    parser.add_argument("--realm", required=True, help="the city's permanent name, like example.city")
    parser.add_argument("--root", action="append", required=True, metavar="KEY", help="a root's key; one per root")
    parser.add_argument("--threshold", type=int, required=True, metavar="M", help="how many roots must sign")
    parser.add_argument("--log", action="append", default=[], metavar="VKEY", help="the log's key")
    parser.add_argument("--registrar", action="append", default=[], metavar="NAME=KEY", help="who enrols")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="who cosigns checkpoints")
    parser.add_argument("--quorum", type=int, metavar="N", help="how many witnesses must cosign (default: 0)")
    parser.add_argument("--anchor", action="append", default=[], metavar="ANCHOR", help="an anchor to accept")
    parser.set_defaults(from_index=0, retire_log=[], retire_registrar=[], retire_witness=[])
    parser.set_defaults(retire_anchor=[], drop_anchor=[])
    parser.set_defaults(add_root=[], drop_root=[])


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Arguments of `policy propose`."""
    parser.add_argument("--from-index", type=int, metavar="N", help="the log index from which the changes count")
    for name, metavar, what in (
        ("log", "VKEY", "the log's next key; the one before is retired with --retire-log"),
        ("registrar", "NAME=KEY", "another registrar"),
        ("witness", "VKEY", "another witness"),
    ):
        parser.add_argument(
            f"--add-{name}", dest=name, action="append", default=[], metavar=metavar, help=f"trust {what}"
        )
        parser.add_argument(
            f"--retire-{name}",
            action="append",
            default=[],
            metavar="WHO",
            help="trust no longer: its name, kid or key; WHO@LAST names the last index (default: N-1)",
        )
    parser.add_argument("--quorum", type=int, metavar="N", help="how many witnesses must cosign from now on")
    parser.add_argument("--add-root", action="append", default=[], metavar="KEY", help="another root")
    parser.add_argument("--drop-root", action="append", default=[], metavar="KID", help="a root that is one no longer")
    parser.add_argument("--threshold", type=int, metavar="M", help="how many roots must sign")
    parser.add_argument("--add-anchor", dest="anchor", action="append", default=[], metavar="ANCHOR", help="accept it")
    parser.add_argument(
        "--retire-anchor",
        action="append",
        default=[],
        metavar="NAME",
        help="accept it for larger trees no longer; NAME@LAST names the last index (default: N-1)",
    )
    parser.add_argument(
        "--drop-anchor",
        action="append",
        default=[],
        metavar="NAME",
        help="accept nothing of it, not even the past",
    )


def changes(arguments: argparse.Namespace) -> Changes:
    """What the arguments ask for. CommandError."""
    if arguments.from_index is not None and not 0 <= arguments.from_index <= MAX_INDEX:
        raise CommandError(f"--from-index is 0 to {MAX_INDEX}")
    return Changes(
        start=arguments.from_index,
        add={
            LOGS: [_note_key(text, ED25519) for text in arguments.log],
            REGISTRARS: [_registrar(text) for text in arguments.registrar],
            WITNESSES: [_note_key(text, COSIGNATURE) for text in arguments.witness],
            ANCHORS: [_anchor(text) for text in arguments.anchor],
        },
        retire={
            LOGS: [_retired(text) for text in arguments.retire_log],
            REGISTRARS: [_retired(text) for text in arguments.retire_registrar],
            WITNESSES: [_retired(text) for text in arguments.retire_witness],
            ANCHORS: [_retired(text) for text in arguments.retire_anchor],
        },
        add_roots=roots(arguments.add_root),
        drop_roots=arguments.drop_root,
        threshold=arguments.threshold,
        quorum=arguments.quorum,
        drop_anchors=arguments.drop_anchor,
    )


def roots(texts: Sequence[str]) -> list[bytes]:
    """Root keys. CommandError."""
    return [public_key.parse(text) for text in texts]


def _note_key(text: str, algorithm: int) -> Added:
    key, span = _split(text)
    return Added(note_key(public_key.parse_named(key, algorithm)), span)


def _registrar(text: str) -> Added:
    whole, span = _split(text)
    name, equals, key = whole.partition("=")
    if not equals or not name:
        raise CommandError(f"a registrar is NAME=KEY: {text}")
    return Added(registrar(name, public_key.parse(key)), span)


def _anchor(text: str) -> Added:
    what, span = _split(text)
    item = anchor_argument.parse(what)
    if span is None and "first" in item:
        span = Span(item["first"], item.get("last"))
    return Added({name: value for name, value in item.items() if name not in ("first", "last")}, span)


def _retired(text: str) -> Retired:
    who, span = _split(text)
    if span is not None and span.last is not None:
        raise CommandError(f"a key is retired at one index, WHO@LAST: {text}")
    return Retired(who, None if span is None else span.first)


def _split(text: str) -> tuple[str, Span | None]:
    found = _SPAN.match(text)
    if found is None:
        return text, None
    last = found["last"]
    return found["key"], Span(int(found["first"]), None if last is None else int(last))
