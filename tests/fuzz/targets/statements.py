"""Signed single entries: enrolment to pruning, and the receipts that a log answers with."""

from collections.abc import Callable
from typing import Any

from civicroot_wire import (
    batch,
    configuration,
    cose,
    enrolment,
    entry,
    policy,
    pruning,
    receipt,
    release,
    revocation,
    statement,
    status_list,
)
from civicroot_wire.errors import WireError

from tests.fuzz.target import Target
from tests.fuzz.targets.behind import accepts, inflate, signs_again

PUBLIC = bytes(31) + b"\x01"
ENTRY = b"an entry"
SIMPLE = {
    entry.ENROLMENT: enrolment,
    entry.REVOCATION: revocation,
    entry.CONFIGURATION: configuration,
    entry.RELEASE: release,
}


def _claims(data: bytes) -> bytes:
    """Any entry, by the kind that it says it is."""
    return AGAIN[entry.kind_of(data)](data)


def _simple(module: Any) -> Callable[[bytes], bytes]:
    """A kind whose writer takes (value, kid, issuer, realm, signer)."""

    def again(data: bytes) -> bytes:
        found = module.decode(data)
        _verified(module, found)
        message, about = found.message, found.claims
        signed: bytes = module.sign(found, message.kid, about.issuer, about.realm, signs_again(message))
        return signed

    return again


def _verified(module: Any, found: Any) -> None:
    try:
        module.verify(found, found.claims.realm, PUBLIC, accepts)
    except WireError as refused:  # the kid is not PUBLIC's, the realm may be another
        assert refused.reason


def _statement(data: bytes) -> bytes:
    found = statement.decode(data)
    _verified(statement, found)
    headers = found.message.headers
    content: Any = headers.get(statement.PREIMAGE_CONTENT_TYPE if found.detached else cose.CONTENT_TYPE)
    location: Any = headers.get(statement.PAYLOAD_LOCATION)
    signer = signs_again(found.message)
    return statement.sign(found.claims, found.payload, found.message.kid, signer, content, found.detached, location)


def _status_list(data: bytes) -> bytes:
    found = status_list.decode(data)
    _verified(status_list, found)
    try:
        bits = inflate(found.compressed, status_list.MAX_KEYS // 8)
        for index in (0, 8 * len(bits) - 1):
            status_list.is_set(bits, index)
    except ValueError:  # WireError is one too
        pass
    assert found.message is not None and found.claims is not None
    about = found.claims
    return status_list.sign(found, found.message.kid, about.issuer, about.realm, signs_again(found.message))


def _pruning(data: bytes) -> bytes:
    found = pruning.decode(data)
    _verified(pruning, found)
    assert found.message is not None and found.claims is not None
    about = found.claims
    return pruning.sign(found, found.message.kid, about.issuer, about.subject, about.realm, signs_again(found.message))


def _header(data: bytes) -> bytes:
    found = batch.decode_header(data)
    try:
        batch.verify_header(found, "a", PUBLIC, accepts)
    except WireError as refused:
        assert refused.reason
    return data  # its writer takes the records; the batch-message target has them


def _receipt(data: bytes) -> bytes:
    """A receipt alone, or a transparent statement that carries some."""
    try:
        statement_bytes, receipts = receipt.detach(data)
    except WireError:
        found = receipt.decode(data)
        try:
            receipt.verify(found, ENTRY, PUBLIC, accepts)
        except WireError as refused:
            assert refused.reason
        signature = found.signature
        again = receipt.Receipt(found.kid, found.issuer, found.subject, found.size, found.index, found.path)
        return receipt.sign(again, bytes(32), lambda _signed: signature)
    return receipt.attach(statement_bytes, receipts)


AGAIN: dict[str, Callable[[bytes], bytes]] = {
    **{kind: _simple(module) for kind, module in SIMPLE.items()},
    entry.STATEMENT: _statement,
    entry.STATUS_LIST: _status_list,
    entry.PRUNING: _pruning,
    entry.BATCH: _header,
    entry.POLICY: lambda data: policy.to_entry(policy.from_entry(data)),
}
_FAMILIES = ("enrolment", "revocation", "configuration", "release", "statement", "batch_header")

TARGETS = (
    Target("claims", _FAMILIES, _claims),
    Target("status-list", ("status_list",), _status_list),
    Target("pruning", ("pruning",), _pruning),
    Target("receipt", ("receipt", "transparent"), _receipt),
)
