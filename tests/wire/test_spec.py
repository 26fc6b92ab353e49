"""SPEC.md and the code agree: every reason in both, every limit the same, sizes as promised."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from civicroot_gateway.admission import admission
from civicroot_wire import (
    acknowledgement,
    anchors,
    announcement,
    batch,
    bridge_frame,
    bridge_link,
    bridge_message,
    cbor,
    checkpoint,
    claim_notice,
    claim_token,
    claims,
    configuration,
    entry_proof,
    errors,
    merkle,
    multiproof,
    note,
    opening,
    piece,
    policy,
    possession,
    proof,
    pruning,
    radio,
    radio_fetch,
    receipt,
    record,
    release,
    sodium,
    state,
    status_list,
    tile,
    transaction,
    verdict,
)
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence

from tests.vectors import city
from tests.vectors.generate import FAMILIES, path_of
from tests.wire.runtime.cases import ACCEPTED, outcome

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "wire" / "SPEC.md").read_text(encoding="utf-8")
WIRE = ROOT / "wire" / "src"
# What decides by state (who is enrolled, what came before, whose clock) is refused outside wire.
SOURCES = (WIRE, ROOT / "gateway" / "src", ROOT / "backend" / "src", ROOT / "firmware")
ERRORS = {name for name in vars(errors) if name.endswith("Error")} - {"ProofError"}  # its first argument is a step


def section(number: int) -> str:
    """The text of a section."""
    found = re.split(r"^## ", SPEC, flags=re.MULTILINE)[number]
    assert found.startswith(f"{number} "), "sections are not numbered in order"
    return found


def rows(number: int) -> list[list[str]]:
    """The cells of the last table of a section, without its head."""
    lines = [line for line in section(number).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def reasons() -> set[str]:
    """The reasons that the text lists."""
    return {reason for first, *_ in rows(9) for reason in re.findall(r"`([a-z0-9-]+)`", first)}


def raised(folder: Path) -> Iterator[str]:
    """The reasons that are the first argument of an error, or of what passes its argument on as one."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if called in ERRORS and node.args:
                    yield from constants(node.args[0])
                elif called == "check_point":
                    yield from constants(node.args[1])
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
                yield from constants(node.value)


def constants(node: ast.expr) -> Iterator[str]:
    """The text constants of an expression, both sides of a conditional one."""
    if isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_reason_that_wire_raises_is_listed() -> None:
    found = set(raised(WIRE))
    assert len(found) > 20, "the search for reasons finds none"
    assert found - reasons() == set()


def test_every_listed_reason_is_in_the_code() -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for folder in SOURCES
        for path in sorted(folder.rglob("*.py"))
        if ".venv" not in path.parts
    )
    assert len(reasons()) > 30, "the table is not read"
    assert {reason for reason in reasons() if f'"{reason}"' not in text} == set()


def test_every_reason_of_the_vectors_is_listed() -> None:
    found = {
        case["reason"]
        for family in FAMILIES
        for case in json.loads(path_of(family).read_text(encoding="utf-8"))
        if not case["valid"]
    }
    assert found - reasons() == set()
    # Whoever judges by state (the auditor does) has reasons that no single message shows.
    assert set(raised(WIRE / "civicroot_wire")) - found == set(), "a reason that no vector shows"


def test_limits_are_those_of_the_text() -> None:
    limits = {name: numbers(value) for name, value, _ in rows(10)}
    assert limits == {
        "nesting": [cbor.MAX_DEPTH],
        "record": [record.MAX_RECORD_BYTES],
        "records in an `up` message": [admission.MAX_UP_RECORDS, admission.MAX_UP_BYTES],
        "batch message": [batch.MAX_MESSAGE_BYTES, batch.MAX_BATCH_RECORDS],
        "log entry": [tile.MAX_ENTRY_BYTES],
        "note": [note.MAX_NOTE_BYTES, note.MAX_SIGNATURES],
        "path": [merkle.MAX_PATH],
        "anchors": [anchors.MAX_ANCHORS, anchors.MAX_EVIDENCE_BYTES],
        "proof bundle": [proof.MAX_PROOF_BYTES, multiproof.MAX_HASHES],
        "entry's bundle": [entry_proof.MAX_ENTRY_PROOF_BYTES],
        "receipt": [receipt.MAX_RECEIPT_BYTES],
        "transparent statement": [receipt.MAX_RECEIPTS],
        "pruning": [pruning.MAX_KEYS, pruning.MAX_SPANS],
        "policy": [policy.MAX_POLICY_BYTES, policy.MAX_FILE_BYTES],
        "batch header": [batch.MAX_HEADER_BYTES],
        "claim token": [claim_token.MAX_TOKEN_BYTES],
        "possession": [possession.MAX_POSSESSION_BYTES],
        "transaction": [transaction.MAX_TRANSACTION_BYTES],
        "verdict": [verdict.MAX_VERDICT_BYTES],
        "acknowledgement": [acknowledgement.MAX_ACK_BYTES],
        "state": [state.MAX_STATE_BYTES],
        "registration, withdrawal": [announcement.MAX_ANNOUNCEMENT_BYTES],
        "content": [piece.MAX_CONTENT_BYTES, piece.MAX_PIECE_BYTES],
        "opening, claim notice": [opening.MAX_BYTES, claim_notice.MAX_BYTES],
        "radio answer": [radio.MAX_FRAME_BYTES, radio.MAX_PAYLOAD],
        "radio question, part": [radio_fetch.MAX_UP_BYTES, bridge_message.MAX_PAYLOAD, radio_fetch.MAX_ASKED_BYTES],
        "bridge frame": [bridge_frame.MAX_CONTENT, bridge_link.WINDOW],
        "status list": [status_list.MAX_COMPRESSED, status_list.MAX_KEYS],
        "configuration": [configuration.MAX_SETTINGS],
        "release": [release.MAX_FILES, release.MAX_FILE_BYTES, release.MAX_PATH],
        "policy lists": [policy.MAX_ROOTS, policy.MAX_KEYS],
    }
    assert claims.MAX_STATEMENT_BYTES == tile.MAX_ENTRY_BYTES
    assert (1 << merkle.MAX_PATH) - 1 == checkpoint.MAX_SIZE
    assert f"within {record.MAX_FRAME_BYTES} bytes" in section(3)


def numbers(cell: str) -> list[int]:
    """`256 KiB, 1,024 records` is [262144, 1024]."""
    found = re.findall(r"(\d+(?:,\d{3})*)(?: (KiB))?", cell)
    return [int(digits.replace(",", "")) * (1024 if unit else 1) for digits, unit in found]


def test_longest_messages_are_as_long_as_the_text_says() -> None:
    key, most32, most64 = city.key("bin/12"), (1 << 32) - 1, (1 << 64) - 1
    last = Sequence(most32, 64)
    longest = {
        "batch header": batch.sign_header(key.kid, last, [b""] * 1024, most64, most64, city.REALM, key),
        "claim token": claim_token.sign(key.kid, most64, bytes(8), most32, city.REALM, key),
        "transaction": transaction.sign(key.kid, most32, bytes(32), most64, most64, city.REALM, key),
    }
    said = {name: numbers(why)[0] for name, _, why in rows(10) if name in longest}
    assert said == {name: len(data) for name, data in longest.items()}


def signed(sequence: Sequence, measurements: list[Measurement]) -> bytes:
    """A device's record that also verifies."""
    signer = city.key("bin/12")
    data = record.sign(signer.kid, sequence, Pack(measurements, city.NOW), city.REALM, signer)
    case = {"bytes": data.hex(), "realm": city.REALM, "public_key": signer.public.hex()}
    assert outcome("record", case, sodium.verify)[0] == ACCEPTED
    return data


def three() -> list[Measurement]:
    return [
        Measurement("fill", DecimalFraction(-2, 62), "/", update_time=3600),
        Measurement("temp", DecimalFraction(-1, -215), "Cel"),
        Measurement("battery", 87, "%EL"),
    ]


def test_three_measurements_with_units_promise_and_beacon_fit_176_bytes() -> None:
    for seq in (70_000, (1 << 32) - 1):
        assert len(signed(Sequence(seq, 0, bytes(8)), three())) <= 176


def test_record_of_the_most_thinned_ranges_fits_its_limit() -> None:
    last = (1 << 32) - 1
    ranges = [(last - 100_000 * i - 60_000, last - 100_000 * i - 10) for i in range(16, 0, -1)]
    assert len(signed(Sequence(last, 64, bytes(8), ranges), three())) <= record.MAX_RECORD_BYTES
