"""Family proof: good bundles, and for each step of SPEC.md §7 every way to fail there."""

from collections.abc import Iterator, Sequence
from typing import Any

from civicroot_wire import base64, note, policy
from civicroot_wire.cbor import encode

from tests.vectors import anchor_cases, city, citylog, sighting_cases
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import Log, cosigned, witness_key
from tests.vectors.note_cases import flip, relined, unused_bit
from tests.vectors.scene import (
    BEACON_TIME,
    DEVICE_STATUS,
    GATEWAY_STATUS,
    HEAD_TIME,
    A,
    B,
    Scene,
    enrolment,
    signed_record,
    status_entry,
    withdrawal,
)

STEPS = (
    *("format", "realm", "checkpoint", "witnesses", "header-log", "gateway-enrolment", "gateway-signature"),
    *("record-batch", "device-enrolment", "device-signature", "revocation", "beacon", "anchors"),
)
_Fault = tuple[str, str, bytes]
_OTHER = city.key("somebody else")


def _document(**changes: Any) -> dict[str, object]:
    return policy.to_document(citylog.signed_policy(citylog.model(**changes)))


def proof_cases() -> Iterator[Case]:
    """What holds, then the faults in the order of the steps."""
    trusted = _document(anchors=anchor_cases.EVERY)
    yield from _good()
    for step, faults in (
        ("format", _format()),
        ("realm", _realm()),
        ("checkpoint", _checkpoint()),
        ("witnesses", _witnesses()),
        ("header-log", _header_log()),
        ("gateway-enrolment", _enrolments("gateway/1", "gateway", 8, GATEWAY_STATUS)),
        ("gateway-signature", _gateway_signature()),
        ("record-batch", _record_batch()),
        ("device-enrolment", _enrolments("bin/12", "device", 7, DEVICE_STATUS)),
        ("device-signature", _device_signature()),
        ("revocation", _revocation()),
        ("beacon", _beacon()),
        ("anchors", _anchors()),
    ):
        for name, reason, data in faults:
            yield {**invalid(f"{step}: {name}", reason, data, policy=trusted), "step": step}
    yield from _other_policies()


def _good() -> Iterator[Case]:
    scene = Scene()
    no_quorum = _document(witnesses=[], quorum=0)
    plain = Scene(with_beacon=False, witnesses=())
    yield _valid("everything there", scene.proof())
    yield _valid(
        "without status list and beacon checkpoint", scene.proof(_9=None, _10=None), missing="revocation beacon"
    )
    yield _valid("a record without beacon", Scene(with_beacon=False).proof(), missing="beacon")
    yield _valid("no witness asked for", plain.proof(), no_quorum, missing="witnesses beacon")
    lone = Scene(beacon_witnesses=(), witnesses=())
    yield _valid("no witness asked for, beacon by the log alone", lone.proof(), no_quorum, missing="witnesses beacon")
    asks_none = _document(quorum=0)
    seen = scene.proof()
    yield _valid("no witness asked for, two known there", seen, asks_none, missing="witnesses beacon")
    yield _valid("alone in its batch", Scene(alone=True).proof())
    # Two of three suffice, so the second time is late enough whatever the third says.
    yield _valid("three witnesses", Scene(witnesses=(A, B, "witness-c.example")).proof())
    later = (withdrawal("bin/12"),)
    yield _valid("device withdrawn after the batch", _proof_with_revocation(_withdrawn(revoked=later)))
    drained = (withdrawal("bin/12", 1, 70),)
    yield _valid(
        "rotated before the batch, last seq is the record's", _proof_with_revocation(_withdrawn(revoked_first=drained))
    )
    gateways = Scene(status=status_entry(GATEWAY_OUT), revoked=(withdrawal("gateway/1", 0),))
    yield _valid("gateway withdrawn after the batch", _proof_with_revocation(gateways, 14))
    yield from _good_anchors()


def _good_anchors() -> Iterator[Case]:
    scene = Scene()
    accepting = _document(anchors=anchor_cases.EVERY)
    for name, part, shown in anchor_cases.good_anchors(scene.log, scene.header_index):
        yield _valid(name, scene.proof(_11=part), accepting, anchored=shown)
    for name, part, latest in sighting_cases.good_sightings(scene.log, scene.header_index, HEAD_TIME + 1):
        yield _valid(name, scene.proof(_15=part), latest=latest)
    no_quorum = _document(quorum=0)
    _, part, _ = next(sighting_cases.good_sightings(scene.log, scene.header_index, HEAD_TIME + 1))
    yield _valid("seen earlier, no witness asked for", scene.proof(_15=part), no_quorum, missing="witnesses beacon")


def _valid(
    name: str,
    data: bytes,
    trusted: Any = None,
    missing: str = "",
    latest: int = HEAD_TIME + 1,
    anchored: Sequence[list[Any]] = (),
) -> Case:
    unchecked = missing.split() + ([] if any(status == "checked" for _, _, status, _ in anchored) else ["anchors"])
    decoded = {
        "steps": [[step, "not-checked" if step in unchecked else "checked"] for step in STEPS],
        "device": "bin/12",
        "gateway": "gateway/1",
        "kid": city.key("bin/12").kid.hex(),
        "seq": 70,
        "not_before": None if "beacon" in unchecked else BEACON_TIME,
        "not_after": None if "witnesses" in unchecked else latest,
        "anchored": list(anchored),
    }
    return valid(name, data, decoded, policy=trusted or _document())


def _format() -> Iterator[_Fault]:
    scene = Scene()
    good = scene.proof()
    yield "empty", "truncated", b""
    yield "cut", "truncated", good[:-1]
    yield "one byte more", "trailing-bytes", good + b"\x00"
    yield "an array", "wrong-type", encode(list(scene.parts().values()))
    yield "another version", "wrong-kind", scene.proof(_1="civicroot/proof/v2")
    yield "format as bytes", "wrong-kind", scene.proof(_1=b"civicroot/proof/v1")
    yield "unknown part", "unknown-key", scene.proof(_16=0)
    yield "text key", "unknown-key", encode({**scene.log.bundled(scene.parts()), "comment": "x"})
    for name, reason, part in anchor_cases.malformed_anchors(scene.log, scene.header_index):
        yield name, reason, scene.proof(_11=part)
    for name, reason, part in sighting_cases.malformed_sightings(scene.log, scene.header_index):
        yield name, reason, scene.proof(_15=part)
    for label in (*range(1, 9), 12):
        yield f"without part {label}", "missing-key", scene.bundle(**{f"_{label}": None})
    yield "parts out of order", "not-deterministic", b"\xab" + _swapped(scene.log.bundled(scene.parts()))
    yield "indefinite map", "not-deterministic", b"\xbf" + good[1:] + b"\xff"
    yield "realm with a space", "bad-text", scene.proof(_2="a city")
    yield "record as text", "wrong-type", scene.proof(_3="record")
    yield "record over 512 bytes", "out-of-range", scene.proof(_3=bytes(513))
    yield "place without path", "out-of-range", scene.proof(_4=[2])
    yield "index negative", "out-of-range", scene.proof(_4=[-1, []])
    yield "hash of 31 bytes", "bad-length", scene.proof(_4=[2, [bytes(31)]])
    yield "path of 64 hashes", "out-of-range", scene.proof(_4=[2, [bytes(32)] * 64])
    yield from _hashes(scene)
    yield "header not logged", "wrong-type", scene.bundle(_5=scene.log.entries[scene.header_index])
    yield "header with a path of its own", "out-of-range", scene.bundle(_5=scene.log.logged(scene.header_index))
    yield "log index negative", "out-of-range", scene.bundle(_7=[b"x", -1])
    yield "checkpoint as bytes", "wrong-type", scene.proof(_6=scene.note.encode())
    yield "beacon null", "wrong-type", encode({**scene.log.bundled(scene.parts()), 10: None})
    yield "status list null", "wrong-type", encode({**scene.log.bundled(scene.parts()), 9: None})


def _hashes(scene: Scene) -> Iterator[_Fault]:
    """The hashes that prove all entries at once, and their places."""
    whole = scene.log.bundled(scene.parts())
    table: bytes = whole[12]
    entry = whole[5][0]
    size = len(scene.log.entries)
    yield "hashes one byte short", "bad-length", scene.bundle(_12=table[:-1])
    yield "hashes as an array", "wrong-type", scene.bundle(_12=[table])
    yield "more than 504 hashes", "out-of-range", scene.bundle(_12=bytes(32 * 505))
    yield "a hash too many", "bad-path", scene.bundle(_12=table + bytes(32))
    yield "a hash too few", "bad-path", scene.bundle(_12=table[:-32])
    yield "no hashes", "bad-path", scene.bundle(_12=b"")
    yield "index beyond the log", "out-of-range", scene.bundle(_5=[entry, size])
    yield "two entries at one place", "not-deterministic", scene.bundle(_5=[entry, whole[7][1]])
    yield "an entry twice", "not-deterministic", scene.bundle(_13=whole[7])
    yield "an entry more than the hashes are for", "bad-path", scene.bundle(_13=[scene.log.entries[0], 0])
    # The note has to be one, for its size says how the hashes are to be read.
    text = scene.note
    head = scene.log.head()
    extended = note.sign(note.parse(text).body + "extension\n", citylog.log_key(), citylog.LOG)
    yield "checkpoint is not a note", "malformed", scene.bundle(_6="checkpoint")
    yield (
        "checkpoint's size with a leading zero",
        "malformed",
        scene.bundle(_6=text.replace(f"\n{size}\n", f"\n0{size}\n")),
    )
    yield "checkpoint with an extension line", "malformed", scene.bundle(_6=extended)
    yield (
        "checkpoint in base64 that is not canonical",
        "malformed",
        scene.bundle(_6=head[:-3] + unused_bit(head[-3]) + "=\n"),
    )
    yield "checkpoint without its final newline", "malformed", scene.bundle(_6=text[:-1])
    yield "checkpoint of a smaller tree", "out-of-range", scene.bundle(_6=scene.log.head(3))
    yield (
        "checkpoint of a far greater tree",
        "bad-path",
        scene.bundle(_6=text.replace(f"\n{size}\n", f"\n{size + 900}\n")),
    )


def _swapped(parts: dict[int, Any]) -> bytes:
    pairs = [encode(label) + encode(value) for label, value in sorted(parts.items())]
    return b"".join([pairs[1], pairs[0], *pairs[2:]])


def _realm() -> Iterator[_Fault]:
    yield "another city's", "wrong-realm", Scene().proof(_2=city.OTHER_REALM)


def _checkpoint() -> Iterator[_Fault]:
    scene = Scene()
    text = scene.note
    size = len(scene.log.entries)
    elsewhere = cosigned(Log(scene.log.entries, "elsewhere.example").head(), A, B)
    yield "another log", "untrusted", scene.proof(_6=elsewhere)
    yield "another key under the log's name", "untrusted", scene.proof(_6=scene.log.head(key=_OTHER))
    yield "without the log's signature", "untrusted", scene.proof(_6=_without_log_line(text))
    yield "size edited", "bad-signature", scene.proof(_6=text.replace(f"\n{size}\n", f"\n{size + 1}\n"))
    yield "line of an unknown witness", "untrusted", scene.proof(_6=cosigned(text, "unknown.example"))
    yield "cosignature broken", "bad-signature", scene.proof(_6=relined(text, flip))
    yield "cosignature of an edited time", "bad-signature", scene.proof(_6=relined(text, _later))
    yield "a witness twice", "not-deterministic", scene.proof(_6=cosigned(text, B, time=HEAD_TIME + 9))


def _later(blob: bytes) -> bytes:
    return blob[:11] + bytes([blob[11] ^ 1]) + blob[12:]


def _without_log_line(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:4] + lines[5:])


def _witnesses() -> Iterator[_Fault]:
    yield "none", "quorum-missed", Scene(witnesses=()).proof()
    yield "one of two", "quorum-missed", Scene(witnesses=(B,)).proof()
    scene = Scene()
    for name, reason, part in sighting_cases.failing_sightings(scene.log, scene.header_index):
        yield name, reason, scene.proof(_15=part)


def _header_log() -> Iterator[_Fault]:
    scene = Scene()
    whole = scene.log.bundled(scene.parts())
    for label, name in ((5, "header"), (7, "device enrolment"), (8, "gateway enrolment"), (9, "status list")):
        entry, index = whole[label]
        yield f"{name} never logged", "bad-path", scene.bundle(**{f"_{label}": [entry + b"\x00", index]})
    table: bytes = whole[12]
    yield "a hash changed", "bad-path", scene.bundle(_12=bytes([table[0] ^ 1]) + table[1:])
    yield "two hashes swapped", "bad-path", scene.bundle(_12=table[32:64] + table[:32] + table[64:])
    swapped = scene.bundle(_7=[whole[7][0], whole[8][1]], _8=[whole[8][0], whole[7][1]])
    yield "two entries swapped", "bad-path", swapped
    yield "entry is no batch header", "wrong-type", Scene(header=b"\x00").proof()
    edited = Scene(status=status_entry(b"\x00\x00", uri="https://elsewhere.example/9"))
    yield "checkpoint of another tree of this size", "bad-path", scene.proof(_6=edited.note)


def _enrolments(subject: str, role: str, label: int, status: int) -> Iterator[_Fault]:
    part = "gateway_entry" if role == "gateway" else "device_entry"

    def with_entry(entry: bytes) -> bytes:
        return Scene(**{part: entry}).proof()

    other_role = "backend"
    yield "wrong role", "wrong-role", with_entry(enrolment(subject, other_role, status))
    yield "of another key", "key-mismatch", with_entry(enrolment(subject, role, status, key="another key"))
    unknown = enrolment(subject, role, status, signer="registrar/2")
    yield "by an unknown registrar", "untrusted", with_entry(unknown)
    elsewhere = enrolment(subject, role, status, realm=city.OTHER_REALM)
    yield "in another realm", "wrong-realm", with_entry(elsewhere)
    good = enrolment(subject, role, status)
    yield "registrar's signature broken", "bad-signature", with_entry(flip(good))
    yield "not an enrolment", "wrong-kind", with_entry(status_entry())
    if role == "gateway":
        yield "enrolled after the batch", "wrong-order", Scene(late_enrolments=True).proof()
    else:
        yield "enrolled after the batch", "wrong-order", _late_device()


def _late_device() -> bytes:
    """The gateway was enrolled in time, the device again after the batch."""
    scene = Scene()
    index = scene.log.append(scene.device_entry)
    scene.note = cosigned(scene.log.head(), A, B, time=HEAD_TIME)
    return scene.proof(_7=scene.log.logged(index))


def _gateway_signature() -> Iterator[_Fault]:
    yield "by another key", "bad-signature", Scene(header_signer=_OTHER).proof()
    yield "for another realm", "bad-signature", Scene(header_realm=city.OTHER_REALM).proof()


def _record_batch() -> Iterator[_Fault]:
    scene = Scene()
    index, path = scene.parts()[4]
    yield "a record slipped in", "bad-path", scene.proof(_3=signed_record(None))
    yield "path too short", "bad-path", scene.proof(_4=[index, path[:-1]])
    yield "path too long", "bad-path", scene.proof(_4=[index, [*path, bytes(32)]])
    yield "neighbour's index", "bad-path", scene.proof(_4=[index + 1, path])
    yield "index beyond the batch", "out-of-range", scene.proof(_4=[5, path])
    yield "no record in the batch", "truncated", Scene(record=b"\x9b").proof()


def _device_signature() -> Iterator[_Fault]:
    yield "by another key", "bad-signature", Scene(record=signed_record(None, _OTHER)).proof()
    yield "for another realm", "bad-signature", Scene(record=signed_record(None, realm=city.OTHER_REALM)).proof()


def _revocation() -> Iterator[_Fault]:
    yield from _withdrawals()
    yield "device revoked", "revoked", Scene(status=status_entry(b"\x00\x02")).proof()
    yield "gateway revoked", "revoked", Scene(status=status_entry(b"\x02\x00")).proof()
    yield "list older than the batch", "wrong-order", Scene(status_first=True).proof()
    yield "list by an unknown registrar", "untrusted", Scene(status=status_entry(signer="registrar/2")).proof()
    yield "list at another place", "untrusted", Scene(status=status_entry(uri="https://elsewhere.example/1")).proof()
    yield "list too short", "out-of-range", Scene(status=status_entry(b"\x00")).proof()
    yield "list does not inflate", "malformed", Scene(status=status_entry(lst=b"zlib")).proof()
    yield "list signature broken", "bad-signature", Scene(status=flip(status_entry())).proof()
    yield "not a status list", "wrong-kind", Scene(status=enrolment("bin/13", "device", 3)).proof()
    unlisted = Scene(device_entry=enrolment("bin/12", "device", None))
    yield "device without status", "untrusted", unlisted.proof()


DEVICE_OUT, GATEWAY_OUT = b"\x00\x02", b"\x02\x00"  # status lists with one bit set


def _withdrawn(**how: Any) -> Scene:
    return Scene(status=status_entry(DEVICE_OUT), **how)


def _proof_with_revocation(scene: Scene, label: int = 13) -> bytes:
    return scene.proof(**{f"_{label}": scene.log.logged(scene.revocation_index)})


def _withdrawals() -> Iterator[_Fault]:
    """Keys with their bit set, and the revocation that says when."""
    out = (withdrawal("bin/12"),)
    yield "device withdrawn before the batch", "revoked", _proof_with_revocation(_withdrawn(revoked_first=out))
    rotated = (withdrawal("bin/12", 1, 69),)
    yield "record beyond a rotation's last seq", "revoked", _proof_with_revocation(_withdrawn(revoked_first=rotated))
    gateway = Scene(status=status_entry(GATEWAY_OUT), revoked_first=(withdrawal("gateway/1"),))
    yield "gateway withdrawn before the batch", "revoked", _proof_with_revocation(gateway, 14)
    yield "revocation younger than the list", "wrong-order", _proof_with_revocation(_withdrawn(revoked_last=out))
    clear = Scene(revoked=out)
    yield "revocation that the list does not know of", "wrong-order", _proof_with_revocation(clear)
    other = (withdrawal("bin/12", key="another key"),)
    yield "revocation of another key", "key-mismatch", _proof_with_revocation(_withdrawn(revoked=other))
    stranger = (withdrawal("bin/12", signer="registrar/2"),)
    yield "revocation by an unknown registrar", "untrusted", _proof_with_revocation(_withdrawn(revoked=stranger))
    broken = (flip(withdrawal("bin/12")),)
    yield "revocation's signature broken", "bad-signature", _proof_with_revocation(_withdrawn(revoked=broken))
    wrong = _withdrawn(revoked=(enrolment("bin/13", "device", 3),))
    yield "not a revocation", "wrong-kind", _proof_with_revocation(wrong)
    scene = _withdrawn(revoked=out)
    told = scene.log.logged(scene.revocation_index)
    yield "revocation without a status list", "missing-key", scene.proof(_9=None, _13=told)
    both = Scene(status=status_entry(DEVICE_OUT), revoked=out)
    yield "gateway's revocation under the device's label", "revoked", _proof_with_revocation(both, 14)


def _beacon() -> Iterator[_Fault]:
    scene = Scene()
    yield "not a note", "malformed", scene.proof(_10="beacon")
    yield "the record names none", "wrong-beacon", Scene(with_beacon=False).proof(_10=scene.beacon_note)
    yield "another checkpoint", "wrong-beacon", scene.proof(_10=scene.note)
    earlier = cosigned(scene.log.head(1), A, B, time=BEACON_TIME)
    yield "an earlier checkpoint", "wrong-beacon", scene.proof(_10=earlier)
    retimed = cosigned(scene.log.head(4), A, B, time=BEACON_TIME - 1)
    yield "the checkpoint at another time", "wrong-beacon", scene.proof(_10=retimed)
    yield "a cosignature left out", "wrong-beacon", scene.proof(_10=cosigned(scene.log.head(4), A, time=BEACON_TIME))
    yield "cosignature broken", "bad-signature", scene.proof(_10=relined(scene.beacon_note, flip))
    unknown = cosigned(scene.beacon_note, "unknown.example")
    yield "line of an unknown witness", "untrusted", scene.proof(_10=unknown)
    yield "quorum missed", "quorum-missed", Scene(beacon_witnesses=(A,)).proof()
    yield "younger than the batch", "wrong-order", _young_beacon()


def _anchors() -> Iterator[_Fault]:
    scene = Scene()
    for name, reason, part in anchor_cases.failing_anchors(scene.log, scene.header_index):
        yield name, reason, scene.proof(_11=part)


def _young_beacon() -> bytes:
    """The record names a checkpoint that already holds its own batch's place in the log."""
    log = Scene().log
    young = cosigned(log.head(), A, B, time=BEACON_TIME)
    scene = Scene(record=signed_record(citylog.beacon_of(young, A, B)))
    return scene.proof(_10=young)


def _other_policies() -> Iterator[Case]:
    scene = Scene()
    lone = Scene(beacon_witnesses=(), witnesses=())
    earlier = lone.proof(_10=lone.log.head(1))
    nobody = _document(witnesses=[], quorum=0)
    fault = invalid("beacon: another checkpoint, no witness asked for", "wrong-beacon", earlier, policy=nobody)
    yield {**fault, "step": "beacon"}
    size = len(scene.log.entries)
    evidence = [anchor_cases.CLOCK["name"], anchor_cases.fixed(scene.log, size)]
    fixed = scene.proof(_11=[anchor_cases.tree(scene.log, scene.header_index, size, evidence)])
    for name, reason, accepted in anchor_cases.failing_policies(size):
        yield {**invalid(f"anchors: {name}", reason, fixed, policy=_document(anchors=accepted)), "step": "anchors"}
    data = scene.proof()
    registrar = {"name": "registrar", "key": base64.encode(city.key("registrar/1").public), "first": 0}
    log = {"vkey": str(citylog.log_key())}
    later = [{"vkey": str(witness_key(name)), "first": 100} for name in (A, B)]
    for step, name, reason, changes in (
        ("realm", "policy of another realm", "wrong-realm", {"realm": city.OTHER_REALM}),
        ("checkpoint", "log key's range ended", "untrusted", {"logs": [{**log, "first": 0, "last": 5}]}),
        ("checkpoint", "witnesses' ranges not begun", "untrusted", {"witnesses": later}),
        ("witnesses", "quorum of three", "quorum-missed", {"quorum": 3}),
        ("gateway-enrolment", "registrar's range not begun", "untrusted", {"registrars": [{**registrar, "first": 2}]}),
        (
            "device-enrolment",
            "registrar's range ended",
            "untrusted",
            {"registrars": [{**registrar, "first": 0, "last": 1}]},
        ),
        (
            "revocation",
            "registrar's range ended before the list",
            "untrusted",
            {"registrars": [{**registrar, "first": 0, "last": 4}]},
        ),
    ):
        yield {**invalid(f"{step}: {name}", reason, data, policy=_document(**changes)), "step": step}
