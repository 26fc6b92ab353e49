"""The checkpoint behind a record's beacon, which bounds the reading from below (SPEC.md §5.4, §7.2 step 12).

The city keeps each beacon's signed note for ever at `log/beacon/<2 hex>/<16 hex>`. It is believed as much as any other
answer: the note must hash to what the device signed, and a quorum must have cosigned it.
"""

from civicroot_audit.errors import Missing
from civicroot_wire import beacon, head, note, record, sodium
from civicroot_wire.errors import MerkleError, WireError
from civicroot_wire.policy import Policy
from civicroot_wire.proof import Proof

from ..public_log import PublicLog, trusted_lines
from .fork import LogForked

BEACONS = "log/beacon/"


def path_of(told: bytes) -> str:
    """Where the note of a beacon lies among the public files."""
    return f"{BEACONS}{told.hex()[:2]}/{told.hex()}"


def renew(bundle: Proof, policy: Policy, log: PublicLog) -> list[str]:
    """Put the beacon's checkpoint into the bundle; what could not be had, a sentence each. Raises LogForked.

    One that does not hold is left out: it would give no bound, and the bundle would fail for it.
    """
    told = record.decode(bundle.record).sequence.beacon
    carried, bundle.beacon = bundle.beacon, None
    if told is None:
        return []  # the verdict says that the record names none
    if not policy.quorum:
        return ["no lower bound: the policy asks for no witnesses, who alone make a beacon worth something"]
    why = "the city has not kept it"
    for text in (carried, _kept(told, log)):
        if text is None:
            continue
        try:
            bundle.beacon = _verified(text, told, bundle.header.index, policy, log)
            return []
        except WireError as error:
            why = f"its checkpoint does not hold: {error}"
    return [f"no lower bound: of beacon {told.hex()} {why}"]


def _kept(told: bytes, log: PublicLog) -> str | None:
    try:
        return log.source.get(path_of(told), note.MAX_NOTE_BYTES).decode()
    except (Missing, UnicodeDecodeError):
        return None


def _verified(text: str, told: bytes, before: int, policy: Policy, log: PublicLog) -> str:
    """The note with the lines that the policy knows. WireError if it gives no bound; LogForked."""
    # 1. The log signed it, and the lines of its witnesses verify.
    found = head.verify(text, policy, sodium.verify)
    # 2. A quorum made it: before they did, nobody knew the beacon.
    if len(found.cosigned) < policy.quorum:
        raise WireError("quorum-missed", f"{len(found.cosigned)} of {policy.quorum} cosignatures")
    # 3. It is what the device repeated.
    if beacon.of(found.note, head.keys_at(policy.witnesses, max(found.checkpoint.size - 1, 0))) != told:
        raise WireError("wrong-beacon", "it is another checkpoint")
    # 4. The batch came after it.
    if found.checkpoint.size > before:
        raise WireError("wrong-order", "it is younger than the batch")
    # 5. Of the history that is shown now.
    try:
        log.reader.consistency(found.checkpoint)
    except MerkleError as error:
        size = found.checkpoint.size
        detail = f"its {log.size} entries do not begin with the {size} that the beacon's checkpoint was signed for"
        raise LogForked(detail, f"{text}\n{log.note}") from error
    return trusted_lines(found, policy)
