"""Runs a vector of each family: returns what it decodes to, or lets the refusal (`.reason`) through.

The same file runs on CPython (`verify` is libsodium's) and on MicroPython (`verify` is the device's own).
"""

from civicroot_wire import batch, cbor, claim_token, merkle, possession, record, transaction, verdict
from civicroot_wire.errors import WireError

from . import log, statements
from .jsonform import hexed, raw, typed

REFUSED = "refused"
ACCEPTED = "accepted"


def outcome(family, case, verify):
    """[ACCEPTED, decoded] or [REFUSED, reason, step or None]; anything but a named refusal is raised."""
    try:
        return [ACCEPTED, RUN[family](case, verify)]
    except WireError as refusal:
        return [REFUSED, refusal.reason, getattr(refusal, "step", None)]


def outcomes(family, cases, verify):
    """The outcome of each case in turn."""
    return [outcome(family, case, verify) for case in cases]


def _cbor(case, verify):
    value = cbor.decode(raw(case["bytes"]), case["limit"])
    assert cbor.encode(value) == raw(case["bytes"]), "decoded and encoded again gives other bytes"
    return typed(value)


def _ed25519(case, verify):
    verify(raw(case["public_key"]), raw(case["message"]), raw(case["signature"]))


def _record(case, verify):
    found = record.decode(raw(case["bytes"]))
    record.verify(found, case["realm"], raw(case["public_key"]), verify)
    header = found.sequence
    return {
        "kid": hexed(found.kid),
        "seq": found.seq,
        "skip": header.skip,
        "beacon": hexed(header.beacon),
        "thinned": [list(pair) for pair in header.thinned],
        "base_time": found.pack.base_time,
        "measurements": [_measurement(item) for item in found.pack.measurements],
        "content_digest": hexed(record.content_digest(found, case["realm"])),
    }


def _measurement(item):
    return {
        "name": item.name,
        "unit": item.unit,
        "value": typed(item.value),
        "time": item.time,
        "update_time": item.update_time,
    }


def _batch_header(case, verify):
    found = batch.decode_header(raw(case["bytes"]))
    batch.verify_header(found, case["realm"], raw(case["public_key"]), verify)
    return {
        "kid": hexed(found.kid),
        "seq": found.sequence.seq,
        "skip": found.sequence.skip,
        "size": found.size,
        "root": hexed(found.root),
        "opened": found.opened,
        "closed": found.closed,
    }


def _batch_message(case, verify):
    header, records = batch.decode_message(raw(case["bytes"]))
    found = batch.decode_header(header)
    batch.verify_header(found, case["realm"], raw(case["public_key"]), verify)
    batch.check_records(found, records)
    return {
        "header": hexed(header),
        "records": [hexed(item) for item in records],
        "digest": hexed(verdict.digest_of(raw(case["bytes"]))),
    }


def _verdict(case, verify):
    found = verdict.decode(raw(case["bytes"]))
    verdict.verify(found, case["realm"], raw(case["public_key"]), verify)
    return {
        "kid": hexed(found.kid),
        "digest": hexed(found.digest),
        "committed": found.committed,
        "index": found.index,
        "rejected": [list(pair) for pair in found.rejected],
        "reason": found.reason,
    }


def _claim(case, verify):
    found = claim_token.decode(raw(case["bytes"]))
    claim_token.verify(found, case["realm"], raw(case["public_key"]), verify)
    digits = claim_token.to_digits(raw(case["bytes"]))
    return {
        "kid": hexed(found.kid),
        "expires": found.expires,
        "cti": hexed(found.cti),
        "seq": found.seq,
        "digits": digits,
    }


def _claim_digits(case, verify):
    return {"bytes": hexed(claim_token.from_digits(case["text"]))}


def _possession(case, verify):
    found = possession.decode(raw(case["bytes"]))
    possession.verify(found, case["realm"], raw(case["public_key"]), verify)
    return {"kid": hexed(found.kid), "subject": found.subject, "role": found.role, "nonce": hexed(found.nonce)}


def _transaction(case, verify):
    found = transaction.decode(raw(case["bytes"]))
    transaction.verify(found, case["realm"], raw(case["public_key"]), verify)
    return {
        "kid": hexed(found.kid),
        "seq": found.seq,
        "payee": hexed(found.payee),
        "amount": typed(found.amount),
        "expires": found.expires,
    }


def _merkle_root(case, verify):
    return {"root": hexed(merkle.root([merkle.leaf_hash(raw(leaf)) for leaf in case["leaves"]]))}


def _path(case):
    return [raw(item) for item in case["path"]]


def _merkle_inclusion(case, verify):
    merkle.verify_inclusion(raw(case["leaf_hash"]), case["index"], case["size"], _path(case), raw(case["root"]))


def _merkle_consistency(case, verify):
    roots = (raw(case["first_root"]), raw(case["second_root"]))
    merkle.verify_consistency(case["first"], case["second"], _path(case), roots[0], roots[1])


RUN = {
    "cbor": _cbor,
    "ed25519": _ed25519,
    "record": _record,
    "batch_header": _batch_header,
    "batch_message": _batch_message,
    "verdict": _verdict,
    "claim": _claim,
    "claim_digits": _claim_digits,
    "possession": _possession,
    "transaction": _transaction,
    "merkle_root": _merkle_root,
    "merkle_inclusion": _merkle_inclusion,
    "merkle_consistency": _merkle_consistency,
}
RUN.update(statements.RUN)
RUN.update(log.RUN)
