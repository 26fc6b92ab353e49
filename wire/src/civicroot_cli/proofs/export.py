"""A bundle in the forms that other people's tools read."""

from collections.abc import Callable

from civicroot_wire import entry_proof, proof, receipt, sodium, tlog_proof
from civicroot_wire.entry_proof import EntryProof
from civicroot_wire.errors import WireError
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy
from civicroot_wire.proof import Proof
from civicroot_wire.tlog_proof import TlogProof

from .. import verify
from ..inclusion_check import TRANSPARENT_FORMAT
from ..main import CommandError, Refused

TLOG_PROOF, RECEIPT, TRANSPARENT = "tlog-proof", "receipt", "transparent-statement"
FORMS = (TLOG_PROOF, RECEIPT, TRANSPARENT)

FetchReceipt = Callable[[int], bytes]  # the log's receipt of an entry


def export(data: bytes, form: str, policy: Policy | None, fetch: FetchReceipt | None) -> bytes:
    """The bundle's entry (of a reading: its batch header) in `form`. CommandError; Refused for a receipt that is wrong.

    Only the log can sign a receipt, so `fetch` gets it, and `policy` says whose it must be.
    """
    if verify.form_of(data) == TRANSPARENT_FORMAT:
        return _of_transparent(data, form)
    entry, checkpoint = _decode(data)
    if form == TLOG_PROOF:
        return tlog_proof.render(TlogProof(entry.index, entry.path, checkpoint, entry.entry)).encode()
    if fetch is None or policy is None:
        raise CommandError(f"only the log signs receipts: {form} needs --url and --policy")
    found = fetch(entry.index)
    check_receipt(found, entry.entry, policy)
    return found if form == RECEIPT else receipt.attach(entry.entry, [found])


def check_receipt(data: bytes, entry: bytes, policy: Policy) -> receipt.Receipt:
    """The receipt, verified. Refused unless a log key of the policy signed it for this entry."""
    try:
        found = receipt.decode(data)
        for key in policy.logs:
            if key.kid == found.kid and key.name == found.issuer and key.covers(found.size - 1):
                return receipt.verify(found, entry, key.public, sodium.verify)
    except WireError as error:
        raise Refused(f"the receipt does not hold: {error}") from error
    raise Refused(f"the receipt is by {found.issuer}, key {found.kid.hex()}, which the policy does not trust")


def _decode(data: bytes) -> tuple[Logged, str]:
    found: Proof | EntryProof
    try:
        if verify.form_of(data) == entry_proof.FORMAT:
            found = entry_proof.decode(data)
            return found.entry, found.checkpoint
        found = proof.decode(data)
        return found.header, found.checkpoint
    except WireError as error:
        raise CommandError(f"no proof that can be exported: {error}") from error


def _of_transparent(data: bytes, form: str) -> bytes:
    try:
        _, receipts = receipt.detach(data)
    except WireError as error:
        raise CommandError(f"no transparent statement: {error}") from error
    if form == TRANSPARENT:
        return data
    if form == RECEIPT:
        return receipts[0]
    raise CommandError("a transparent statement carries no checkpoint, which a tlog-proof needs")
