"""Families policy (the signed form) and policy_file (policy.json) (SPEC.md §6)."""

import json
from collections.abc import Iterator
from typing import Any

from civicroot_wire import base64, cose, note, policy
from civicroot_wire.cbor import Tag, encode

from tests.vectors import anchor_cases, city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import LOG, ROOTS, model, witness_key

_AAD = cose.aad("policy", city.REALM)
_BODY = encode({16: "application/civicroot-policy+cbor"})


def row(name: str, payload: bytes, *, aad: bytes = _AAD, body: bytes = _BODY, alg: int = -19) -> list[Any]:
    """A COSE_Signature by a root, made without civicroot_wire.policy."""
    key = city.key(name)
    protected = encode({1: alg, 4: key.kid})
    return [protected, {}, key(encode(["Signature", body, protected, aad, payload]))]


def entry(content: Any, *names: str, **how: Any) -> bytes:
    """The signed form over any content, signed by the named roots in the order of their kids."""
    payload = content if isinstance(content, bytes) else encode(content)
    rows = sorted((row(name, payload, **how) for name in names or ROOTS[:2]), key=lambda item: item[0])
    return encode(Tag(98, [how.get("body", _BODY), {}, payload, rows]))


def _last_change() -> dict[str, Any]:
    new = {"threshold": 1, "keys": [base64.encode(city.key("root/9").public)]}
    return model(version=2, roots=new)


def policy_cases() -> Iterator[Case]:
    """Signed policies, verified with their own roots and with the roots before them."""
    for name, content, names, inputs in (
        ("two of three roots", model(), ROOTS[:2], {}),
        ("three of three roots", model(), ROOTS, {}),
        ("without witnesses", model(witnesses=[], quorum=0), ROOTS[1:], {}),
        ("without registrars", model(registrars=[]), ROOTS[1:], {}),
        ("keys with an end", _ranged(), ROOTS[:2], {}),
        ("a log key after another under one origin", _rotated(), ROOTS[:2], {}),
        ("an anchor of each kind", model(anchors=anchor_cases.EVERY), ROOTS[:2], {}),
        ("an anchor after another of its name", model(anchors=_moved()), ROOTS[:2], {}),
        ("an unknown root signs too", model(), ("root/1", "root/2", "somebody else"), {}),
        ("new roots, handed over by the old", _last_change(), ("root/1", "root/3", "root/9"), _before()),
        ("new roots, for somebody who never saw the old", _last_change(), ("root/1", "root/3", "root/9"), {}),
    ):
        yield valid(name, entry(content, *names), _decoded(content, names), **inputs)
    for name, reason, data in (*_bad_forms(), *_bad_signatures()):
        yield invalid(name, reason, data)
    for name, reason, content in _bad_models():
        yield invalid(name, reason, entry(content))
    for name, reason, names in (
        ("new roots, handed over by one", "quorum-missed", ("root/1", "root/9")),
        ("new roots, not signed by themselves", "quorum-missed", ("root/1", "root/3")),
    ):
        yield invalid(name, reason, entry(_last_change(), *names), **_before())


def _before() -> dict[str, Any]:
    return {"previous_roots": [city.key(name).public for name in ROOTS], "previous_threshold": 2}


def _ranged() -> dict[str, Any]:
    key = base64.encode(city.key("registrar/1").public)
    new = base64.encode(city.key("registrar/2").public)
    ranges = [{"name": "one", "key": key, "first": 0, "last": 9}, {"name": "two", "key": new, "first": 10}]
    return model(registrars=ranges)


def _moved() -> list[dict[str, Any]]:
    """The contract moved to another chain with the tree of eleven entries."""
    chain = anchor_cases.CHAIN
    return [{**chain, "last": 9}, {**chain, "first": 10, "chain": 31338}]


def _rotated() -> dict[str, Any]:
    log = model()["logs"][0]
    successor = note.VerifierKey(note.parse_key(log["vkey"]).name, city.key("log/2").public)
    return model(logs=[{**log, "last": 9}, {"vkey": str(successor), "first": 10}])


def _decoded(content: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    rows = sorted((city.key(name).kid.hex(), base64.encode(row(name, encode(content))[2])) for name in names)
    signatures = [{"kid": kid, "signature": signature} for kid, signature in rows]
    return {"document": {"policy": content, "signatures": signatures}}


def _bad_forms() -> Iterator[tuple[str, str, bytes]]:
    good = entry(model())
    payload = encode(model())
    rows = sorted((row(name, payload) for name in ROOTS[:2]), key=lambda item: item[0])
    yield "cut", "truncated", good[:-1]
    yield "one byte more", "trailing-bytes", good + b"\x00"
    yield "tag 18", "wrong-type", b"\xd2" + good[2:]
    yield "no tag", "wrong-type", good[2:]
    yield "typ of another kind", "wrong-kind", entry(model(), body=encode({16: "application/cbor"}))
    yield "body header with alg", "wrong-kind", entry(model(), body=encode({1: -19, 16: policy.TYP}))
    yield "unprotected body header", "unknown-key", encode(Tag(98, [_BODY, {1: -19}, payload, rows]))
    yield "payload detached", "wrong-type", encode(Tag(98, [_BODY, {}, None, rows]))
    yield "payload is an array", "wrong-type", entry([])
    yield "three elements", "out-of-range", encode(Tag(98, [_BODY, {}, payload]))
    yield "no signature", "out-of-range", encode(Tag(98, [_BODY, {}, payload, []]))
    yield "signatures descending", "not-deterministic", encode(Tag(98, [_BODY, {}, payload, rows[::-1]]))
    yield "signature twice", "not-deterministic", encode(Tag(98, [_BODY, {}, payload, [rows[0], rows[0], rows[1]]]))
    unprotected = [[rows[0][0], {4: b"x"}, rows[0][2]], rows[1]]
    yield "unprotected signature header", "unknown-key", encode(Tag(98, [_BODY, {}, payload, unprotected]))
    yield "alg -8", "wrong-algorithm", entry(model(), alg=-8)
    short = [[rows[0][0], {}, rows[0][2][:63]], rows[1]]
    yield "signature of 63 bytes", "bad-length", encode(Tag(98, [_BODY, {}, payload, short]))


def _bad_signatures() -> Iterator[tuple[str, str, bytes]]:
    other = cose.aad("policy", city.OTHER_REALM)
    yield "one root of two", "quorum-missed", entry(model(), "root/1")
    yield "signed for another realm", "bad-signature", entry(model(), aad=other)
    yield "signed without external aad", "bad-signature", entry(model(), aad=b"")
    payload = encode(model())
    rows = sorted((row(name, payload) for name in ROOTS), key=lambda item: item[0])
    rows[2][2] = rows[2][2][:40] + bytes([rows[2][2][40] ^ 1]) + rows[2][2][41:]
    yield "a third signature is broken", "bad-signature", encode(Tag(98, [_BODY, {}, payload, rows]))
    edited = encode(
        Tag(
            98,
            [
                _BODY,
                {},
                encode(model(quorum=1)),
                sorted((row(name, payload) for name in ROOTS[:2]), key=lambda item: item[0]),
            ],
        )
    )
    yield "quorum edited", "bad-signature", edited


def _bad_models() -> Iterator[tuple[str, str, Any]]:
    good = model()
    root = good["roots"]["keys"]
    yield "another format", "wrong-kind", model(format="civicroot/policy/v2")
    yield "unknown field", "unknown-key", model(extra=1)
    yield "integer field", "unknown-key", {**good, 1: 1}
    yield "no quorum", "missing-key", {key: value for key, value in good.items() if key != "quorum"}
    yield "version 0", "out-of-range", model(version=0)
    yield "version is text", "wrong-type", model(version="1")
    yield "quorum over the witnesses", "out-of-range", model(quorum=4)
    yield "threshold 0", "out-of-range", model(roots={"threshold": 0, "keys": root})
    yield "threshold over the roots", "out-of-range", model(roots={"threshold": 4, "keys": root})
    yield "root key twice", "not-deterministic", model(roots={"threshold": 2, "keys": [*root, root[0]]})
    yield "no log", "out-of-range", model(logs=[])
    yield (
        "root key of 31 bytes",
        "bad-length",
        model(roots={"threshold": 2, "keys": [*root[:2], base64.encode(bytes(31))]}),
    )
    yield (
        "root key is not canonical base64",
        "malformed",
        model(roots={"threshold": 2, "keys": [*root[:2], root[2] + "\n"]}),
    )
    witness, log = good["witnesses"][0], good["logs"][0]
    yield "witness key among the logs", "wrong-algorithm", model(logs=[log, witness])
    yield "log key among the witnesses", "wrong-algorithm", model(witnesses=[log], quorum=0)
    yield "last before first", "out-of-range", model(logs=[{**log, "first": 5, "last": 4}])
    yield "last null", "wrong-type", model(logs=[{**log, "last": None}])
    yield "no first", "missing-key", model(logs=[{"vkey": log["vkey"]}])
    yield "first negative", "out-of-range", model(logs=[{**log, "first": -1}])
    yield "unknown field of a log", "unknown-key", model(logs=[{**log, "name": "x"}])
    yield "verifier key with a wrong key id", "malformed", model(logs=[{**log, "vkey": _wrong_id(log["vkey"])}])
    yield "witness twice", "not-deterministic", model(witnesses=[witness, witness], quorum=1)
    renamed = note.VerifierKey("elsewhere.example", witness_key("witness-a.example").public, note.COSIGNATURE)
    yield (
        "one witness key under two names",
        "not-deterministic",
        model(witnesses=[witness, {"vkey": str(renamed), "first": 0}]),
    )
    same_name = note.VerifierKey("witness-a.example", city.key("other").public, note.COSIGNATURE)
    yield (
        "two witness keys of one name at once",
        "out-of-range",
        model(witnesses=[witness, {"vkey": str(same_name), "first": 0}]),
    )
    registrar = good["registrars"][0]
    other = {**registrar, "key": base64.encode(LOG.public)}
    yield "two registrars of one name at once", "out-of-range", model(registrars=[registrar, other])
    ending = [{**registrar, "last": 9}, {**other, "first": 9}]
    yield "two registrars of one name at one index", "out-of-range", model(registrars=ending)
    yield "registrar's key twice", "not-deterministic", model(registrars=[registrar, {**registrar, "name": "other"}])
    yield "realm with a capital", "bad-text", model(realm="City")
    for name, reason, anchors in _anchors():
        yield name, reason, model(anchors=anchors)
    yield "registrar without a name", "out-of-range", model(registrars=[{**registrar, "name": ""}])
    yield "registrar's name of 129 bytes", "out-of-range", model(registrars=[{**registrar, "name": "a" * 129}])
    yield "verifier key of 257 bytes", "out-of-range", model(logs=[{**log, "vkey": str(_named_to_fill(257))}])
    yield "last of 2^53", "out-of-range", model(logs=[{**log, "last": 1 << 53}])
    yield "first of 2^53", "out-of-range", model(logs=[log, {**log, "first": 1 << 53}])


def _anchors() -> Iterator[tuple[str, str, list[Any]]]:
    """Name, reason and the list of anchors: what no policy may hold."""
    clock, chain, blocks = anchor_cases.CLOCK, anchor_cases.CHAIN, anchor_cases.BLOCKS
    yield "anchor is a number", "wrong-type", [1]
    yield "anchor is its name", "wrong-type", ["clock.example"]
    yield "anchor of no kind", "missing-key", [_without(clock, "kind")]
    yield "anchor's kind is a number", "wrong-type", [{**clock, "kind": 1}]
    yield "anchor of an unknown kind", "wrong-kind", [{**clock, "kind": "sundial"}]
    yield "anchor without a name", "missing-key", [_without(clock, "name")]
    yield "anchor's name empty", "out-of-range", [{**clock, "name": ""}]
    yield "anchor's name of 65 bytes", "bad-text", [{**clock, "name": "a" * 65}]
    yield "anchor's name with a slash", "bad-text", [{**clock, "name": "a/b"}]
    yield "anchor's name with dots at its ends", "bad-text", [{**clock, "name": ".."}]
    yield "anchor without first", "missing-key", [_without(clock, "first")]
    yield "anchor's last before first", "out-of-range", [{**clock, "first": 5, "last": 4}]
    yield "anchor with an unknown key", "unknown-key", [{**clock, "url": "x"}]
    yield "two anchors of one name at one index", "out-of-range", [clock, {**chain, "name": clock["name"]}]
    yield "time-stamping anchor with a chain", "unknown-key", [{**clock, "chain": 1}]
    yield "certificate missing", "missing-key", [_without(clock, "certificate")]
    yield "certificate of 4,097 bytes", "out-of-range", [{**clock, "certificate": base64.encode(bytes(4097))}]
    yield "certificate is not base64", "malformed", [{**clock, "certificate": "x"}]
    yield "chain 0", "out-of-range", [{**chain, "chain": 0}]
    yield "chain is text", "wrong-type", [{**chain, "chain": "1"}]
    yield "contract without 0x", "malformed", [{**chain, "contract": "5f" * 20}]
    yield "contract with a capital digit", "malformed", [{**chain, "contract": "0x" + "5F" * 20}]
    yield "contract of 19 bytes", "malformed", [{**chain, "contract": "0x" + "5f" * 19}]
    yield "work of 256", "out-of-range", [{**blocks, "work": 256}]
    yield "work missing", "missing-key", [_without(blocks, "work")]
    yield "pinned blocks are text", "wrong-type", [{**blocks, "blocks": "0b" * 32}]
    yield "pinned block of 31 bytes", "malformed", [{**blocks, "blocks": ["0b" * 31]}]
    yield "65 pinned blocks", "out-of-range", [{**blocks, "blocks": ["0b" * 32] * 65}]
    yield "65 anchors", "out-of-range", [{**clock, "name": f"a{number}"} for number in range(65)]


def _without(fields: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != key}


def _named_to_fill(size: int) -> note.VerifierKey:
    """A key whose text has `size` bytes."""
    rest = len(str(note.VerifierKey("a", LOG.public))) - 1
    return note.VerifierKey("a" * (size - rest), LOG.public)


def _wrong_id(vkey: str) -> str:
    name, key_id, material = vkey.split("+", 2)
    return f"{name}+{int(key_id, 16) ^ 1:08x}+{material}"


def policy_file_cases() -> Iterator[Case]:
    """policy.json and the log entry it converts to."""
    document = _decoded(model(), ROOTS[:2])["document"]
    yield valid("two of three roots", text=json.dumps(document), decoded={"bytes": entry(model()).hex()})
    pretty = json.dumps(document, indent=2, sort_keys=True)
    yield valid("indented and sorted", text=pretty, decoded={"bytes": entry(model()).hex()})
    first, second = document["signatures"]
    content = document["policy"]
    for name, reason, changed in (
        ("an array", "wrong-type", []),
        ("no signatures", "missing-key", {"policy": content}),
        ("signatures empty", "out-of-range", {"policy": content, "signatures": []}),
        ("unknown field", "unknown-key", {**document, "comment": "x"}),
        ("policy is text", "wrong-type", {**document, "policy": "x"}),
        ("kid of 15 digits", "malformed", {**document, "signatures": [{**first, "kid": first["kid"][1:]}]}),
        ("kid in capitals", "malformed", {**document, "signatures": [{**first, "kid": "ABCDEF0123456789"}]}),
        ("signature is not base64", "malformed", {**document, "signatures": [{**first, "signature": "*"}]}),
        (
            "signature of 63 bytes",
            "bad-length",
            {**document, "signatures": [{**first, "signature": base64.encode(bytes(63))}]},
        ),
        ("signature twice", "not-deterministic", {**document, "signatures": [first, first, second]}),
        ("a float", "wrong-type", {**document, "policy": {**content, "version": 1.5}}),
        ("a boolean as number", "wrong-type", {**document, "policy": {**content, "quorum": True}}),
        ("null", "wrong-type", {**document, "policy": {**content, "quorum": None}}),
        ("a negative number", "out-of-range", {**document, "policy": {**content, "quorum": -1}}),
        ("a number of 2^53", "out-of-range", {**document, "policy": {**content, "version": 1 << 53}}),
        ("one root of two", "quorum-missed", {**document, "signatures": [first]}),
        ("quorum edited", "bad-signature", {**document, "policy": {**content, "quorum": 1}}),
    ):
        yield invalid(name, reason, text=json.dumps(changed))
