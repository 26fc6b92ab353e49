"""What a calendar's answer is good for: pure judgement of a timestamp that decoded. No claim in it is believed here."""

from collections.abc import Collection

from civicroot_anchor.opentimestamps import MAX_OPERATIONS_BYTES
from civicroot_anchor.ots import BlockHeader, Operation, Pending, Timestamp, timestamp
from civicroot_anchor.ots.attestation import BITCOIN
from civicroot_anchor.ots.timestamp import MAX_OPERATIONS

from civicroot_backend.anchor.opentimestamps_ticket import Attested, Promise

MAX_PROMISES_EACH = 4  # of one answer: a pool asks a few calendars


def promises_in(
    answer: Timestamp, digest: bytes, sent: str, calendars: Collection[str]
) -> tuple[list[Promise], list[str]]:
    """The promises by one of `calendars`, and what people should know of the others.

    A calendar must not choose which addresses are asked from inside the city.
    """
    found: list[Promise] = []
    said: list[str] = []
    for line in answer.lines(digest):
        if isinstance(line.attestation, Pending):
            at = line.attestation.uri.rstrip("/")
            if at in calendars:
                found.append(Promise(sent, at, line.operations))
            else:
                said.append(f"{sent} refers to {at}, which is not configured and not asked")
    if not found:
        said.append(f"{sent} promises nothing")
    return found[:MAX_PROMISES_EACH], said[:MAX_PROMISES_EACH]


def attested_in(answer: Timestamp, commitment: bytes, before: tuple[Operation, ...]) -> Attested | None:
    """The lowest Bitcoin block that is said to commit, if any. `before`: from the digest to the commitment.

    Other chains are somebody else's to believe; what evidence cannot hold is none.
    """
    found = [
        Attested(before + line.operations, line.attestation.height)
        for line in answer.lines(commitment)
        if isinstance(line.attestation, BlockHeader) and line.attestation.tag == BITCOIN
    ]
    return min(filter(_fits, found), key=_height, default=None)


def _fits(attested: Attested) -> bool:
    line = attested.operations
    return 1 <= len(line) <= MAX_OPERATIONS and len(timestamp.encode_line(line)) <= MAX_OPERATIONS_BYTES


def _height(attested: Attested) -> int:
    return attested.height
