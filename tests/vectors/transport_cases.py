"""Families acknowledgement, state, registration, withdrawal, want, piece and topic (SPEC.md §8)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import keys, policy
from civicroot_wire.cbor import encode

from tests.vectors import city, citylog
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import Log, cosigned
from tests.vectors.scene import A, enrolment, withdrawal

BEACON = city.bytes_of("beacon", 8)
_LAST = (1 << 32) - 1


def acknowledgement_cases() -> Iterator[Case]:
    """What a gateway tells a device."""
    many = [[3 * i, 3 * i + 1] for i in range(32)]
    for name, fields in (
        ("nothing", {}),
        ("everything so far", {1: [0, 41]}),
        ("holes, beacon, time and refusals", _full()),
        ("only beacon and time", {3: BEACON, 4: city.NOW}),
        ("one number", {1: [_LAST, _LAST]}),
        ("32 holes, the whole range", {1: [0, 96], 2: many}),
        ("32 refusals", {5: [[i, "bad-signature"] for i in range(32)]}),
        ("a hole that is the range", {1: [5, 9], 2: [[5, 9]]}),
        ("a release that waits", {1: [0, 41], 6: {2: [BEACON, 12_345]}}),
        ("two commands that wait", _full() | {6: {1: [BEACON, 1], 2: [BEACON[::-1], 49_152]}}),
    ):
        yield valid(name, encode(fields), _decoded(fields))
    for name, reason, fields in _bad_acknowledgements():
        yield invalid(name, reason, encode(fields))
    good = encode(_full())
    yield invalid("cut", "truncated", good[:-1])
    yield invalid("one byte more", "trailing-bytes", good + b"\x00")
    yield invalid("keys out of order", "not-deterministic", b"\xa2\x04\x00\x01\x82\x00\x00")
    yield invalid("over 2,048 bytes", "too-large", encode({5: [[i, "r" * 80] for i in range(32)]}))


def _full() -> dict[int, Any]:
    holes = [[12, 12], [20, 29]]
    return {1: [10, 41], 2: holes, 3: BEACON, 4: city.NOW, 5: [[12, "bad-signature"], [25, "equivocation"]]}


def _decoded(fields: dict[int, Any]) -> dict[str, Any]:
    return {
        "durable": fields.get(1),
        "holes": fields.get(2, []),
        "beacon": fields[3].hex() if 3 in fields else None,
        "time": fields.get(4),
        "refused": fields.get(5, []),
        "commands": [[kind, head.hex(), size] for kind, (head, size) in fields.get(6, {}).items()],
    }


def _bad_acknowledgements() -> Iterator[tuple[str, str, Any]]:
    yield "an array", "wrong-type", [1]
    yield "unknown field", "unknown-key", {7: 0}
    yield "range of one", "out-of-range", {1: [0]}
    yield "range backwards", "out-of-range", {1: [5, 4]}
    yield "range to 2^32", "out-of-range", {1: [0, 1 << 32]}
    yield "range of text", "wrong-type", {1: ["0", "1"]}
    yield "holes without range", "missing-key", {2: [[1, 2]]}
    yield "holes empty", "out-of-range", {1: [0, 9], 2: []}
    yield "33 holes", "out-of-range", {1: [0, 99], 2: [[3 * i, 3 * i] for i in range(33)]}
    yield "hole outside the range", "out-of-range", {1: [0, 9], 2: [[8, 10]]}
    yield "hole before the range", "out-of-range", {1: [5, 9], 2: [[4, 5]]}
    yield "holes overlap", "out-of-range", {1: [0, 9], 2: [[1, 3], [3, 4]]}
    yield "holes adjacent", "out-of-range", {1: [0, 9], 2: [[1, 3], [4, 5]]}
    yield "holes descend", "out-of-range", {1: [0, 9], 2: [[5, 6], [1, 2]]}
    yield "beacon of 7 bytes", "bad-length", {3: BEACON[:7]}
    yield "time negative", "out-of-range", {4: -1}
    yield "time as text", "wrong-type", {4: "now"}
    yield "refused empty", "out-of-range", {5: []}
    yield "33 refusals", "out-of-range", {5: [[i, "x"] for i in range(33)]}
    yield "refused descending", "not-deterministic", {5: [[2, "x"], [1, "x"]]}
    yield "refused twice", "not-deterministic", {5: [[2, "x"], [2, "x"]]}
    yield "refused without reason", "out-of-range", {5: [[2]]}
    yield "reason empty", "out-of-range", {5: [[2, ""]]}
    yield "reason of 33 bytes", "out-of-range", {5: [[2, "r" * 33]]}
    yield "no command", "out-of-range", {6: {}}
    yield "a third kind of command", "unknown-key", {6: {3: [BEACON, 1]}}
    yield "a command's head of 7 bytes", "bad-length", {6: {1: [BEACON[1:], 1]}}
    yield "a command of no size", "out-of-range", {6: {2: [BEACON, 0]}}
    yield "a command over 48 KiB", "out-of-range", {6: {2: [BEACON, 49_153]}}
    yield "a command without its size", "out-of-range", {6: {2: [BEACON]}}
    yield "commands as an array", "wrong-type", {6: [1]}


def state_cases() -> Iterator[Case]:
    """Online, offline, and what belongs to it."""
    for name, fields in (
        ("offline: the will", {1: False}),
        ("online", {1: True}),
        ("online with version and backlog", {1: True, 2: "1.2.3", 3: 4096}),
        ("a gateway's alarms and room", {1: True, 2: "1.2.3", 3: 4096, 4: ["clock-unset", "disk-full"], 5: 0}),
        ("eight alarms at their longest", {1: True, 2: "v" * 64, 4: [f"{i}" + "a" * 31 for i in range(8)]}),
        ("a device's configuration", {1: True, 2: "1.2.3", 3: 0, 6: 0}),
        ("a configuration, and one refused", {1: True, 6: _LAST, 7: "alarm.full.begin"}),
        ("the first configuration refused", {1: True, 7: "r" * 32}),
    ):
        decoded = {"online": fields[1], "version": fields.get(2), "waiting": fields.get(3)}
        decoded |= {"alarms": fields.get(4, []), "room": fields.get(5)}
        yield valid(name, encode(fields), {**decoded, "configuration": fields.get(6), "refused": fields.get(7)})
    for name, reason, fields in (
        ("empty map", "missing-key", {}),
        ("online is 1", "wrong-type", {1: 1}),
        ("version empty", "out-of-range", {1: True, 2: ""}),
        ("version of 65 bytes", "out-of-range", {1: True, 2: "v" * 65}),
        ("version is a number", "wrong-type", {1: True, 2: 1}),
        ("waiting negative", "out-of-range", {1: True, 3: -1}),
        ("waiting 2^32", "out-of-range", {1: True, 3: 1 << 32}),
        ("no alarm", "out-of-range", {1: True, 4: []}),
        ("nine alarms", "out-of-range", {1: True, 4: [f"a{i}" for i in range(9)]}),
        ("alarm of 33 bytes", "out-of-range", {1: True, 4: ["a" * 33]}),
        ("alarm is a number", "wrong-type", {1: True, 4: [1]}),
        ("alarms descending", "not-deterministic", {1: True, 4: ["b", "a"]}),
        ("an alarm twice", "not-deterministic", {1: True, 4: ["a", "a"]}),
        ("room negative", "out-of-range", {1: True, 5: -1}),
        ("configuration negative", "out-of-range", {1: True, 6: -1}),
        ("configuration 2^32", "out-of-range", {1: True, 6: 1 << 32}),
        ("configuration as text", "wrong-type", {1: True, 6: "1"}),
        ("refused empty", "out-of-range", {1: True, 7: ""}),
        ("refused of 33 bytes", "out-of-range", {1: True, 7: "r" * 33}),
        ("refused is a number", "wrong-type", {1: True, 7: 1}),
        ("unknown field", "unknown-key", {1: True, 8: 0}),
        ("over 512 bytes", "too-large", {1: True, 2: "v" * 520}),
    ):
        yield invalid(name, reason, encode(fields))
    yield invalid("empty payload", "truncated", b"")


def registration_cases() -> Iterator[Case]:
    """A logged enrolment with the checkpoint that its path leads to, judged by the policy."""
    trusted = {"policy": policy.to_document(citylog.signed_policy(citylog.model()))}
    entry = enrolment("bin/12", "device", 9)
    log = Log([b"first", entry, b"third"])
    head = log.head()
    decoded = {"subject": "bin/12", "role": "device", "kid": city.key("bin/12").kid.hex(), "index": 1}
    for name, text in (("a device", head), ("with a cosignature", cosigned(head, A))):
        yield valid(name, encode([log.logged(1), text]), decoded, **trusted)
    logged = log.logged(1)
    unknown = Log([b"first", enrolment("bin/12", "device", 9, signer="registrar/2"), b"third"])
    elsewhere = Log([b"first", enrolment("bin/12", "device", 9, realm=city.OTHER_REALM), b"third"])
    for name, reason, item in (
        ("a map", "wrong-type", {0: logged}),
        ("without checkpoint", "out-of-range", [logged]),
        ("checkpoint as bytes", "wrong-type", [logged, head.encode()]),
        ("checkpoint not a note", "malformed", [logged, "checkpoint"]),
        ("checkpoint of another log", "untrusted", [logged, Log(log.entries, "elsewhere.example").head()]),
        ("checkpoint edited", "bad-signature", [logged, head.replace("\n3\n", "\n4\n")]),
        ("path to another root", "bad-path", [logged, log.head(2)]),
        ("another index", "bad-path", [[logged[0], 0, logged[2]], head]),
        ("no enrolment", "truncated", [log.logged(0), head]),
        ("by an unknown registrar", "untrusted", [unknown.logged(1), unknown.head()]),
        ("in another realm", "wrong-realm", [elsewhere.logged(1), elsewhere.head()]),
    ):
        yield invalid(name, reason, encode(item), **trusted)


def withdrawal_cases() -> Iterator[Case]:
    """A logged revocation with the checkpoint that its path leads to, judged by the policy."""
    trusted = {"policy": policy.to_document(citylog.signed_policy(citylog.model()))}
    log = Log([b"first", withdrawal("bin/12"), withdrawal("bin/12", 1, 41)])
    head = log.head()
    device = city.key("bin/12").public
    for index, reason, last in ((1, 2, None), (2, 1, 41)):
        decoded = {"thumbprint": keys.thumbprint(device).hex(), "reason": reason, "last_seq": last, "index": index}
        yield valid(f"reason {reason}", encode([log.logged(index), head]), decoded, **trusted)
    logged = log.logged(1)
    unknown = Log([b"first", withdrawal("bin/12", signer="registrar/2")])
    enrolled = Log([b"first", enrolment("bin/12", "device", 9)])
    for name, reason, item in (
        ("a map", "wrong-type", {0: logged}),
        ("without checkpoint", "out-of-range", [logged]),
        ("checkpoint not a note", "malformed", [logged, "checkpoint"]),
        ("checkpoint of another log", "untrusted", [logged, Log(log.entries, "elsewhere.example").head()]),
        ("checkpoint edited", "bad-signature", [logged, head.replace("\n3\n", "\n4\n")]),
        ("path to another root", "bad-path", [logged, log.head(2)]),
        ("an enrolment", "wrong-kind", [enrolled.logged(1), enrolled.head()]),
        ("by an unknown registrar", "untrusted", [unknown.logged(1), unknown.head()]),
    ):
        yield invalid(name, reason, encode(item), **trusted)


DIGEST = city.bytes_of("content", 32)


def want_cases() -> Iterator[Case]:
    """A question for a piece of content."""
    for name, offset, length in (("the first", 0, 1024), ("the last", (1 << 20) - 1, 1), ("the longest", 0, 16384)):
        decoded = {"digest": DIGEST.hex(), "offset": offset, "length": length}
        yield valid(name, encode({1: DIGEST, 2: offset, 3: length}), decoded)
    good = {1: DIGEST, 2: 0, 3: 1024}
    for name, reason, fields in (
        ("digest of 31 bytes", "bad-length", good | {1: DIGEST[:31]}),
        ("offset beyond any content", "out-of-range", good | {2: 1 << 20}),
        ("nothing wanted", "out-of-range", good | {3: 0}),
        ("more than a piece", "out-of-range", good | {3: 16385}),
        ("without length", "missing-key", {1: DIGEST, 2: 0}),
        ("unknown field", "unknown-key", good | {4: 0}),
        ("over 64 bytes", "too-large", good | {4: bytes(64)}),
    ):
        yield invalid(name, reason, encode(fields))


def piece_cases() -> Iterator[Case]:
    """A piece of content, or why there is none."""
    for name, offset, octets, size in (
        ("all of it", 0, b"content", 7),
        ("the end", 1024, b"end", 1027),
        ("the longest", 0, bytes(16384), 1 << 20),
    ):
        decoded = {"digest": DIGEST.hex(), "offset": offset, "octets": octets.hex(), "size": size, "reason": None}
        yield valid(name, encode({1: DIGEST, 2: offset, 3: octets, 4: size}), decoded)
    for reason in ("unknown-content", "not-yet"):
        decoded = {"digest": DIGEST.hex(), "offset": 0, "octets": "", "size": 0, "reason": reason}
        yield valid(reason, encode({1: DIGEST, 5: reason}), decoded)
    good = {1: DIGEST, 2: 0, 3: b"content", 4: 7}
    for name, reason, fields in (
        ("digest of 33 bytes", "bad-length", good | {1: DIGEST + b"0"}),
        ("empty", "out-of-range", good | {3: b""}),
        ("more than a piece", "out-of-range", good | {3: bytes(16385), 4: 20000}),
        ("ends after the content", "out-of-range", good | {2: 1}),
        ("content over a megabyte", "out-of-range", good | {4: (1 << 20) + 1}),
        ("a reason and a piece", "unknown-key", good | {5: "not-yet"}),
        ("reason empty", "out-of-range", {1: DIGEST, 5: ""}),
        ("reason of 33 bytes", "out-of-range", {1: DIGEST, 5: "r" * 33}),
        ("neither", "missing-key", {1: DIGEST}),
        ("over the limit", "too-large", good | {3: bytes(16500)}),
    ):
        yield invalid(name, reason, encode(fields))


def topic_cases() -> Iterator[Case]:
    """MQTT topics."""
    gateway, device = city.key("gateway/1").kid.hex(), city.key("bin/12").kid.hex()
    for leaf in ("up", "ack", "state", "enrolment"):
        text = f"civicroot/v1/{gateway}/{device}/{leaf}"
        yield valid(f"device {leaf}", text=text, decoded={"gateway": gateway, "device": device, "leaf": leaf})
    for leaf in ("batch", "ack", "state", "checkpoint"):
        text = f"civicroot/v1/{gateway}/{leaf}"
        yield valid(f"gateway {leaf}", text=text, decoded={"gateway": gateway, "device": None, "leaf": leaf})
    for name, text in (
        ("empty", ""),
        ("only the prefix", "civicroot/v1/"),
        ("no leaf", f"civicroot/v1/{gateway}"),
        ("another version", f"civicroot/v2/{gateway}/batch"),
        ("leading slash", f"/civicroot/v1/{gateway}/batch"),
        ("kid in capitals", f"civicroot/v1/{gateway.upper()}/batch"),
        ("kid of 15 digits", f"civicroot/v1/{gateway[1:]}/batch"),
        ("kid of 17 digits", f"civicroot/v1/0{gateway}/batch"),
        ("wildcard", "civicroot/v1/+/batch"),
        ("a level too many", f"civicroot/v1/{gateway}/{device}/up/more"),
        ("empty level", f"civicroot/v1/{gateway}//up"),
    ):
        yield invalid(name, "malformed", text=text)
