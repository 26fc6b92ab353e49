"""What is signed or encoded is read back as it was, by both runtimes; every kind with drawn contents."""

import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from civicroot_wire import (
    acknowledgement,
    batch,
    checkpoint,
    claim_token,
    claims,
    configuration,
    cosignature,
    enrolment,
    note,
    possession,
    record,
    release,
    revocation,
    sodium,
    state,
    statement,
    status_list,
    tile,
    transaction,
    verdict,
)
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.cbor import encode
from civicroot_wire.claims import Claims
from civicroot_wire.configuration import Configuration
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.release import Release
from civicroot_wire.revocation import Revocation
from civicroot_wire.senml import Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.state import State
from civicroot_wire.status_list import StatusList
from civicroot_wire.verdict import Verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython
from tests.vectors import city
from tests.vectors.citylog import log_key, witness_key
from tests.wire import strategies as some
from tests.wire.runtime.cases import ACCEPTED, outcome
from tests.wire.runtime.jsonform import hexed, typed

KEY = city.key("round trip")
Made = tuple[str, dict[str, Any], Any]  # family, case, what it must be read as


def signed(family: str, data: bytes, realm: str, decoded: Any) -> Made:
    """A message by KEY."""
    return family, {"bytes": data.hex(), "realm": realm, "public_key": KEY.public.hex()}, decoded


@st.composite
def a_record(draw: st.DrawFn) -> Made:
    sequence, pack, realm = draw(some.sequences(4)), draw(some.packs), draw(some.realms)
    data = record.sign(KEY.kid, sequence, pack, realm, KEY)
    decoded = {
        **_sequence(sequence),
        "beacon": hexed(sequence.beacon),
        "thinned": [list(pair) for pair in sequence.thinned],
        **_pack(pack),
        "content_digest": hexed(record.content_digest(record.decode(data), realm)),
    }
    return signed("record", data, realm, decoded)


def _sequence(sequence: Sequence) -> dict[str, Any]:
    return {"kid": KEY.kid.hex(), "seq": sequence.seq, "skip": sequence.skip}


def _pack(pack: Pack) -> dict[str, Any]:
    rows = [
        {"name": m.name, "unit": m.unit, "value": typed(m.value), "time": m.time, "update_time": m.update_time}
        for m in pack.measurements
    ]
    return {"base_time": pack.base_time, "measurements": rows}


@st.composite
def a_batch(draw: st.DrawFn) -> Made:
    sequence, realm = draw(some.sequences(0, beacons=False)), draw(some.realms)
    items = draw(st.lists(st.binary(max_size=40), min_size=1, max_size=20))
    opened, closed = sorted(draw(st.tuples(some.SECONDS, some.SECONDS)))
    header = batch.sign_header(KEY.kid, sequence, items, opened, closed, realm, KEY)
    if draw(st.booleans()):
        data = batch.encode_message(header, items)
        decoded = {"header": header.hex(), "records": [item.hex() for item in items]}
        return signed("batch_message", data, realm, {**decoded, "digest": verdict.digest_of(data).hex()})
    fields = {"size": len(items), "root": batch.root_of(items).hex(), "opened": opened, "closed": closed}
    return signed("batch_header", header, realm, {**_sequence(sequence), **fields})


@st.composite
def a_verdict(draw: st.DrawFn) -> Made:
    rejected = sorted(draw(st.dictionaries(st.integers(0, 1023), some.reasons, max_size=5)).items())
    committed = Verdict(draw(some.hashes), draw(some.SECONDS), rejected)
    said = draw(st.sampled_from([committed, Verdict(committed.digest, reason=draw(some.reasons))]))
    realm = draw(some.realms)
    decoded = {
        "kid": KEY.kid.hex(),
        "digest": said.digest.hex(),
        "committed": said.reason is None,
        "index": said.index,
        "rejected": [list(pair) for pair in said.rejected],
        "reason": said.reason,
    }
    return signed("verdict", verdict.sign(said, KEY.kid, realm, KEY), realm, decoded)


@st.composite
def a_claim(draw: st.DrawFn) -> Made:
    expires, seq = draw(st.integers(0, 1 << 40)), draw(st.integers(0, some.UINT32))
    cti, realm = draw(st.binary(min_size=8, max_size=8)), draw(some.realms)
    data = claim_token.sign(KEY.kid, expires, cti, seq, realm, KEY)
    digits = claim_token.to_digits(data)
    assert claim_token.from_digits(digits) == data
    decoded = {"kid": KEY.kid.hex(), "expires": expires, "cti": cti.hex(), "seq": seq, "digits": digits}
    return signed("claim", data, realm, decoded)


@st.composite
def a_transaction(draw: st.DrawFn) -> Made:
    seq, payee = draw(st.integers(0, some.UINT32)), draw(some.hashes)
    amount, expires, realm = draw(st.integers(1, some.UINT64)), draw(some.SECONDS), draw(some.realms)
    data = transaction.sign(KEY.kid, seq, payee, amount, expires, realm, KEY)
    decoded = {"kid": KEY.kid.hex(), "seq": seq, "payee": payee.hex(), "amount": typed(amount), "expires": expires}
    return signed("transaction", data, realm, decoded)


def _said(typ: str, subject: str, realm: str) -> dict[str, Any]:
    return {"kid": KEY.kid.hex(), "typ": typ, "issuer": city.ISSUER, "subject": subject, "realm": realm}


@st.composite
def an_enrolment(draw: st.DrawFn) -> Made:
    subject, role, realm = draw(some.subjects), draw(st.sampled_from(enrolment.ROLES)), draw(some.realms)
    owner = city.key(draw(st.sampled_from(["bin/12", "gateway/1"])))
    asked = possession.sign(owner.kid, subject, role, draw(st.binary(min_size=8, max_size=32)), realm, owner)
    made = Enrolment(subject, owner.public, role, asked)
    made.issued_at = draw(st.none() | some.SECONDS)
    made.model = draw(st.none() | st.binary(min_size=1, max_size=32))
    made.location = draw(st.none() | st.tuples(some.numbers, some.numbers))
    made.status = draw(st.none() | st.tuples(st.integers(0, some.UINT32), st.just(city.STATUS_URI)))
    made.label = draw(st.none() | some.label_text)
    made.simulated = draw(st.booleans())
    decoded = {
        **_said(claims.ENROLMENT_TYP, subject, realm),
        "public": owner.public.hex(),
        "enrolled_kid": owner.kid.hex(),
        "role": role,
        "possession": asked.hex(),
        "issued_at": made.issued_at,
        "model": hexed(made.model),
        "location": [typed(part) for part in made.location] if made.location else None,
        "status": list(made.status) if made.status else None,
        "label": made.label,
        "simulated": made.simulated,
    }
    return signed("enrolment", enrolment.sign(made, KEY.kid, city.ISSUER, realm, KEY), realm, decoded)


@st.composite
def a_revocation(draw: st.DrawFn) -> Made:
    subject, realm, reason = draw(some.subjects), draw(some.realms), draw(st.integers(0, 3))
    optional = (lambda value: value) if reason == revocation.ROTATED else (lambda value: st.none() | value)
    last, successor = draw(optional(st.integers(0, some.UINT32))), draw(optional(some.hashes))
    made = Revocation(subject, draw(some.hashes), reason, last, successor, draw(st.none() | some.SECONDS))
    decoded = {
        **_said(claims.REVOCATION_TYP, subject, realm),
        "thumbprint": made.thumbprint.hex(),
        "reason": reason,
        "last_seq": last,
        "successor": hexed(successor),
        "issued_at": made.issued_at,
    }
    return signed("revocation", revocation.sign(made, KEY.kid, city.ISSUER, realm, KEY), realm, decoded)


@st.composite
def a_status_list(draw: st.DrawFn) -> Made:
    bits, realm = draw(st.binary(min_size=1, max_size=64)), draw(some.realms)
    made = StatusList(city.STATUS_URI, zlib.compress(bits), draw(some.SECONDS))
    made.expires, made.ttl = draw(st.none() | some.SECONDS), draw(st.none() | some.SECONDS)
    decoded = {
        **_said(claims.STATUS_LIST_TYP, city.STATUS_URI, realm),
        "uri": city.STATUS_URI,
        "bits": bits.hex(),
        "revoked": [index for index in range(8 * len(bits)) if bits[index // 8] & 1 << index % 8],
        "issued_at": made.issued_at,
        "expires": made.expires,
        "ttl": made.ttl,
    }
    return signed("status_list", status_list.sign(made, KEY.kid, city.ISSUER, realm, KEY), realm, decoded)


@st.composite
def a_configuration(draw: st.DrawFn) -> Made:
    subject, realm, version = draw(some.subjects), draw(some.realms), draw(st.integers(0, some.UINT32))
    values = some.numbers | st.booleans() | some.label_text
    settings_drawn = draw(st.dictionaries(some.names, values, max_size=5))
    made = Configuration(subject, version, settings_drawn)
    decoded = {
        **_said(claims.CONFIGURATION_TYP, subject, realm),
        "version": version,
        "settings": typed(settings_drawn),
    }
    return signed("configuration", configuration.sign(made, KEY.kid, city.ISSUER, realm, KEY), realm, decoded)


@st.composite
def a_release(draw: st.DrawFn) -> Made:
    subject, realm = draw(some.subjects), draw(some.realms)
    number = st.integers(0, 65535)
    version, minimum = draw(st.tuples(number, number, number)), draw(st.tuples(number, number, number))
    row = st.tuples(some.label_text, st.integers(0, release.MAX_FILE_BYTES), some.hashes)
    files = draw(st.lists(row, min_size=1, max_size=4))
    made = Release(subject, version, draw(st.text(some.LOWER, min_size=1, max_size=16)), minimum, files)
    decoded = {
        **_said(claims.RELEASE_TYP, subject, realm),
        "version": list(version),
        "target": made.target,
        "minimum": list(minimum),
        "files": [[path, size, digest.hex()] for path, size, digest in files],
    }
    return signed("release", release.sign(made, KEY.kid, city.ISSUER, realm, KEY), realm, decoded)


@st.composite
def a_statement(draw: st.DrawFn) -> Made:
    realm, typ = draw(some.realms), "application/example"
    detached = draw(st.booleans())
    payload = draw(some.hashes if detached else st.binary(max_size=64))
    content = draw(st.none() | some.label_text)
    about = Claims(typ, city.ISSUER, "anything", realm)
    data = statement.sign(about, payload, KEY.kid, KEY, content, detached, "https://a" if detached else None)
    decoded = {**_said(typ, "anything", realm), "payload": payload.hex(), "detached": detached}
    return signed("statement", data, realm, decoded)


@st.composite
def an_acknowledgement(draw: st.DrawFn) -> Made:
    first, last = sorted(draw(st.tuples(st.integers(0, some.UINT32), st.integers(0, some.UINT32))))
    marks = sorted(draw(st.sets(st.integers(first, last), max_size=12)))
    holes: list[tuple[int, int]] = []
    for low, high in zip(marks[::2], marks[1::2], strict=False):
        if not holes or low > holes[-1][1] + 1:
            holes.append((low, high))
    refused = sorted(draw(st.dictionaries(st.integers(0, some.UINT32), some.reasons, max_size=4)).items())
    beacon, time = draw(st.none() | st.binary(min_size=8, max_size=8)), draw(st.none() | some.SECONDS)
    made = Acknowledgement((first, last), holes, beacon, time, refused)
    waiting = st.tuples(st.binary(min_size=8, max_size=8), st.integers(1, acknowledgement.MAX_COMMAND_BYTES))
    made.commands = draw(st.dictionaries(st.sampled_from([1, 2]), waiting))
    data = acknowledgement.encode(made)
    decoded = {"durable": [first, last], "holes": [list(hole) for hole in holes], "beacon": hexed(beacon)}
    return (
        "acknowledgement",
        {"bytes": data.hex()},
        {
            **decoded,
            "time": time,
            "refused": [list(pair) for pair in refused],
            "commands": [[kind, head.hex(), size] for kind, (head, size) in sorted(made.commands.items())],
        },
    )


@st.composite
def a_state(draw: st.DrawFn) -> Made:
    version = draw(st.none() | st.text(some.EDGE + ".", min_size=1, max_size=64))
    alarms = sorted(draw(st.sets(st.text(some.EDGE, min_size=1, max_size=32), max_size=8)))
    number = st.none() | st.integers(0, some.UINT32)
    refused = draw(st.none() | st.text(some.EDGE + ".", min_size=1, max_size=32))
    made = State(draw(st.booleans()), version, draw(number), alarms, draw(number), draw(number), refused)
    names = ("online", "version", "waiting", "alarms", "room", "configuration", "refused")
    decoded = {name: getattr(made, name) for name in names}
    return "state", {"bytes": state.encode(made).hex()}, decoded


@st.composite
def a_checkpoint(draw: st.DrawFn) -> Made:
    size, root = draw(st.integers(1, checkpoint.MAX_SIZE)), draw(some.hashes)
    text = checkpoint.sign(checkpoint.Checkpoint(city.ORIGIN, size, root), log_key(key=KEY), KEY)
    decoded = {"origin": city.ORIGIN, "size": typed(size), "root": root.hex()}
    return "checkpoint", {"text": text, "vkey": str(log_key(key=KEY))}, decoded


@st.composite
def a_cosignature(draw: st.DrawFn) -> Made:
    body = draw(st.text(some.EDGE + " äß🌳", max_size=30)) + "\n"
    time, name = draw(st.integers(0, (1 << 63) - 1)), "witness-a.example"
    witness = city.key(name)
    text = note.sign(body, log_key(key=KEY), KEY) + cosignature.sign(body, time, witness_key(name), witness)
    return "cosignature", {"text": text, "vkey": str(witness_key(name))}, {"time": typed(time)}


@st.composite
def a_tile(draw: st.DrawFn) -> Made:
    level = draw(st.integers(0, 7) | st.just(tile.ENTRIES))
    number, width = draw(st.integers(0, (1 << 53) - 1) | st.integers(0, 3000)), draw(st.integers(1, 256))
    path = tile.tile_path(level, number, width)
    return "tile_path", {"text": path}, {"level": level, "number": number, "width": width}


@st.composite
def a_bundle(draw: st.DrawFn) -> Made:
    entries = draw(st.lists(st.binary(max_size=40), min_size=1, max_size=20))
    case = {"bytes": tile.encode_bundle(entries).hex()}
    return "entry_bundle", case, {"entries": [entry.hex() for entry in entries]}


@st.composite
def an_item(draw: st.DrawFn) -> Made:
    value = draw(some.items)
    return "cbor", {"bytes": encode(value).hex(), "limit": 1 << 16}, typed(value)


KINDS: dict[str, Callable[[], st.SearchStrategy[Made]]] = {
    "CBOR item": an_item,
    "record": a_record,
    "batch": a_batch,
    "verdict": a_verdict,
    "claim": a_claim,
    "transaction": a_transaction,
    "enrolment": an_enrolment,
    "revocation": a_revocation,
    "status list": a_status_list,
    "configuration": a_configuration,
    "release": a_release,
    "statement": a_statement,
    "acknowledgement": an_acknowledgement,
    "state": a_state,
    "checkpoint": a_checkpoint,
    "cosignature": a_cosignature,
    "tile path": a_tile,
    "entry bundle": a_bundle,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back_on_both_runtimes(kind: str, device: MicroPython) -> None:
    read_back(KINDS[kind](), device)


def read_back(kind: st.SearchStrategy[Made], device: MicroPython) -> None:
    """What is made is read as it was made, on CPython and on MicroPython."""

    @settings(max_examples=fuzz_examples(40), deadline=None)
    @given(kind)
    def run(made: Made) -> None:
        family, case, decoded = made
        assert outcome(family, case, sodium.verify) == [ACCEPTED, decoded]
        text = json.dumps([case], ensure_ascii=False).encode()
        assert json.loads(device.call("runtime.device.run", family, text)) == [[ACCEPTED, decoded]]

    run()
