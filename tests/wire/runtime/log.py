"""Families of the log: tiles, notes, checkpoints, policy, proof, and the messages of SPEC.md §8."""

import hashlib
import json

from civicroot_wire import (
    acknowledgement,
    beacon,
    cbor,
    checkpoint,
    claim_notice,
    cosignature,
    entry,
    entry_proof,
    entry_verifier,
    head,
    link_key,
    logged,
    note,
    opening,
    piece,
    policy,
    proof,
    radio,
    radio_fetch,
    receipt,
    registration,
    state,
    tile,
    tlog_proof,
    topic,
    verifier,
    withdrawal,
)
from civicroot_wire.anchors import AnchorFinding
from civicroot_wire.errors import AnchorError, MalformedError
from civicroot_wire.finding import CHECKED
from civicroot_wire.policy_anchor import RFC3161

from .inflating import inflate
from .jsonform import hexed, raw, typed


def given(case):
    """The input: exact bytes, or a text's."""
    return raw(case["bytes"]) if "bytes" in case else case["text"].encode()


def trusted(case, verify):
    """The policy of a case, verified."""
    return policy.verify(policy.from_document(case["policy"]), verify)


def _tile_path(case, verify):
    level, number, width = tile.parse_path(case["text"])
    return {"level": level, "number": number, "width": width}


def _entry_bundle(case, verify):
    entries = tile.decode_bundle(raw(case["bytes"]))
    assert tile.encode_bundle(entries) == raw(case["bytes"]), "another bundle"
    return {"entries": [hexed(entry) for entry in entries]}


def _logged(case, verify):
    found = logged.from_item(cbor.decode(raw(case["bytes"]), 1 << 17), "entry")
    logged.verify(found, checkpoint.Checkpoint("log", case["size"], raw(case["root"])))
    return {"entry": hexed(found.entry), "index": found.index, "path": [hexed(item) for item in found.path]}


def _verifier_key(case, verify):
    key = note.parse_key(case["text"])
    assert str(key) == case["text"], "another key"
    return {"name": key.name, "key_id": hexed(key.key_id), "algorithm": key.algorithm, "public": hexed(key.public)}


def _note(case, verify):
    found = note.parse(given(case))
    assert note.render(found).encode() == given(case), "another note"
    lines = [
        {"name": line.name, "key_id": hexed(line.key_id), "signature": hexed(line.signature)} for line in found.lines
    ]
    return {"body": found.body, "lines": lines}


def _checkpoint(case, verify):
    found = note.verify(note.parse(given(case)), note.parse_key(case["vkey"]), verify)
    return _tree_head(checkpoint.parse_body(found.body))


def _tree_head(found):
    return {"origin": found.origin, "size": typed(found.size), "root": hexed(found.root)}


def _cosignature(case, verify):
    key = note.parse_key(case["vkey"])
    found = note.parse(given(case))
    return {"time": typed(cosignature.verify(found.body, found.lines[-1], key, verify))}


def _beacon(case, verify):
    return {"beacon": hexed(beacon.of(note.parse(given(case)), [note.parse_key(vkey) for vkey in case["vkeys"]]))}


def _head(case, verify):
    found = head.verify(given(case), trusted(case, verify), verify, case["strict"])
    fields = _tree_head(found.checkpoint)
    fields["cosigned"] = [[name, typed(time)] for name, time in found.cosigned]
    return fields


def _policy(case, verify):
    found = policy.from_entry(raw(case["bytes"]))
    before = [raw(key) for key in case["previous_roots"]] if "previous_roots" in case else None
    policy.verify(found, verify, before, case.get("previous_threshold", 0))
    document = policy.to_document(found)
    again = policy.to_entry(policy.from_document(json.loads(json.dumps(document))))
    assert again == raw(case["bytes"]), "the file form converts to other bytes"
    return {"document": document}


def _policy_file(case, verify):
    try:
        document = json.loads(case["text"])
    except ValueError as broken:
        raise MalformedError("malformed", "not JSON") from broken
    found = policy.verify(policy.from_document(document), verify)
    return {"bytes": hexed(policy.to_entry(found))}


def _fixed(evidence, tree, anchor):
    """The vectors' own rule for the kind rfc3161 (tests/vectors/anchor_cases.py)."""
    if len(evidence) != 40:
        raise MalformedError("bad-length", "evidence is a hash and a time")
    if evidence[:32] != hashlib.sha256(tree.body().encode() + evidence[32:]).digest():
        raise AnchorError("bad-anchor", "evidence of another tree")
    time = int.from_bytes(evidence[32:], "big")
    return AnchorFinding(anchor.name, anchor.kind, tree.size, CHECKED, time, anchor.name)


def _anchored(report):
    return [[found.name, found.size, found.status, found.time] for found in report.anchored]


def _proof(case, verify):
    report = verifier.verify(raw(case["bytes"]), trusted(case, verify), verify, inflate, {RFC3161: _fixed})
    assert proof.encode(report.bundle) == raw(case["bytes"]), "another bundle"
    return {
        "steps": [[finding.step, finding.status] for finding in report.findings],
        "device": report.device.subject,
        "gateway": report.gateway.subject,
        "kid": hexed(report.record.kid),
        "seq": report.record.seq,
        "not_before": report.not_before,
        "not_after": report.not_after,
        "anchored": _anchored(report),
    }


def _entry_proof(case, verify):
    report = entry_verifier.verify(raw(case["bytes"]), trusted(case, verify), verify, inflate, {RFC3161: _fixed})
    assert entry_proof.encode(report.bundle) == raw(case["bytes"]), "another bundle"
    assert entry.kind_of(report.bundle.entry.entry) == report.kind, "another kind"
    return {
        "steps": [[finding.step, finding.status] for finding in report.findings],
        "kind": report.kind,
        "issuer": report.issuer,
        "subject": report.subject,
        "not_after": report.not_after,
        "anchored": _anchored(report),
    }


def _receipt(case, verify):
    found = receipt.verify(receipt.decode(raw(case["bytes"])), raw(case["entry"]), raw(case["public_key"]), verify)
    return {
        "kid": hexed(found.kid),
        "issuer": found.issuer,
        "subject": found.subject,
        "size": found.size,
        "index": found.index,
        "path": [hexed(item) for item in found.path],
    }


def _transparent(case, verify):
    statement, receipts = receipt.detach(raw(case["bytes"]))
    assert receipt.attach(statement, receipts) == raw(case["bytes"]), "another transparent statement"
    return {"statement": hexed(statement), "receipts": [hexed(item) for item in receipts]}


def _tlog_proof(case, verify):
    found = tlog_proof.parse(given(case))
    assert tlog_proof.render(found).encode() == given(case), "another text"
    return {
        "index": found.index,
        "path": [hexed(item) for item in found.path],
        "checkpoint": found.checkpoint,
        "extra": hexed(found.extra),
    }


def _radio_answer(case, verify):
    found = radio.decode(raw(case["bytes"]))
    ack = radio.verify(found, case["realm"], raw(case["kid"]), raw(case["key"]), case["last"])
    assert acknowledgement.encode(ack) == found.payload, "another acknowledgement"
    again = radio.protect(found.kid, found.counter, found.payload, case["realm"], raw(case["key"]))
    assert again == raw(case["bytes"]), "another frame"
    return {"kid": hexed(found.kid), "counter": found.counter, "payload": hexed(found.payload)}


def _radio_up(case, verify):
    found = radio_fetch.decode_up(raw(case["bytes"]))
    said = radio_fetch.verify_up(found, case["realm"], raw(case["key"]))
    about = (found.kid, found.numbers[0], found.numbers[1], said, case["realm"], raw(case["key"]))
    told = {"kid": hexed(found.kid), "numbers": found.numbers}
    if isinstance(said, radio_fetch.Want):
        assert radio_fetch.encode_want(*about) == raw(case["bytes"]), "another frame"
        told.update({"head": hexed(said.head), "offset": said.offset, "length": said.length})
        return told
    assert radio_fetch.encode_standing(*about) == raw(case["bytes"]), "another frame"
    told.update({"state": hexed(state.encode(said.state)), "settled": [hexed(head) for head in said.settled]})
    return told


def _radio_part(case, verify):
    kid, key, most = raw(case["kid"]), raw(case["key"]), case["most"]
    found = radio_fetch.decode_part(raw(case["bytes"]), most)
    part = radio_fetch.verify_part(found, case["realm"], kid, key, case["counter"], case["number"])
    again = radio_fetch.encode_part(kid, case["counter"], case["number"], part, case["realm"], key, most)
    assert again == raw(case["bytes"]), "another frame"
    return {"offset": part.offset, "octets": hexed(part.octets), "reason": part.reason}


def _link_key(case, verify):
    key = link_key.derive(raw(case["bytes"]), case["realm"], raw(case["device"]), raw(case["gateway"]))
    return {"key": hexed(key)}


def _acknowledgement(case, verify):
    found = acknowledgement.decode(raw(case["bytes"]))
    assert acknowledgement.encode(found) == raw(case["bytes"]), "another acknowledgement"
    commands = found.commands
    return {
        "durable": list(found.durable) if found.durable else None,
        "holes": [list(pair) for pair in found.holes],
        "beacon": hexed(found.beacon),
        "time": found.time,
        "refused": [list(pair) for pair in found.refused],
        "commands": [[kind, hexed(commands[kind][0]), commands[kind][1]] for kind in sorted(commands)],
    }


def _state(case, verify):
    found = state.decode(raw(case["bytes"]))
    assert state.encode(found) == raw(case["bytes"]), "another state"
    return {
        "online": found.online,
        "version": found.version,
        "waiting": found.waiting,
        "alarms": found.alarms,
        "room": found.room,
        "configuration": found.configuration,
        "refused": found.refused,
    }


def _registration(case, verify):
    message = registration.decode(raw(case["bytes"]))
    found = registration.verify(message, trusted(case, verify), verify)
    return {"subject": found.subject, "role": found.role, "kid": hexed(found.kid), "index": message.entry.index}


def _withdrawal(case, verify):
    message = withdrawal.decode(raw(case["bytes"]))
    assert withdrawal.encode(message) == raw(case["bytes"]), "another withdrawal"
    found = withdrawal.verify(message, trusted(case, verify), verify)
    return {
        "thumbprint": hexed(found.thumbprint),
        "reason": found.reason,
        "last_seq": found.last_seq,
        "index": message.entry.index,
    }


def _want(case, verify):
    found = piece.decode_want(raw(case["bytes"]))
    assert piece.encode_want(found) == raw(case["bytes"]), "another want"
    return {"digest": hexed(found.digest), "offset": found.offset, "length": found.length}


def _piece(case, verify):
    found = piece.decode(raw(case["bytes"]))
    assert piece.encode(found) == raw(case["bytes"]), "another piece"
    return {
        "digest": hexed(found.digest),
        "offset": found.offset,
        "octets": hexed(found.octets),
        "size": found.size,
        "reason": found.reason,
    }


def _opening(case, verify):
    found = opening.decode(raw(case["bytes"]))
    assert opening.encode(found) == raw(case["bytes"]), "another opening"
    kid = raw(case["kid"])
    opening.verify(found, case["realm"], kid, raw(case["commitment"]))
    return {"seq": found.seq, "name": found.name, "salt": hexed(found.salt), "value": hexed(found.value)}


def _claim_notice(case, verify):
    found = claim_notice.decode(raw(case["bytes"]))
    assert claim_notice.encode(found) == raw(case["bytes"]), "another notice"
    return {"seq": found.seq, "status": found.status}


def _topic(case, verify):
    gateway, device, leaf = topic.parse(case["text"])
    return {"gateway": hexed(gateway), "device": hexed(device), "leaf": leaf}


RUN = {
    "tile_path": _tile_path,
    "entry_bundle": _entry_bundle,
    "logged": _logged,
    "verifier_key": _verifier_key,
    "note": _note,
    "checkpoint": _checkpoint,
    "cosignature": _cosignature,
    "beacon": _beacon,
    "head": _head,
    "policy": _policy,
    "policy_file": _policy_file,
    "proof": _proof,
    "entry_proof": _entry_proof,
    "receipt": _receipt,
    "transparent": _transparent,
    "tlog_proof": _tlog_proof,
    "acknowledgement": _acknowledgement,
    "radio_answer": _radio_answer,
    "radio_up": _radio_up,
    "radio_part": _radio_part,
    "link_key": _link_key,
    "state": _state,
    "registration": _registration,
    "withdrawal": _withdrawal,
    "want": _want,
    "opening": _opening,
    "claim_notice": _claim_notice,
    "piece": _piece,
    "topic": _topic,
}
