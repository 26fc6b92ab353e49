"""Families claim (SPEC.md §3.2), possession (§3.3) and transaction (§3.8)."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import claim_token, claims, cose, possession, transaction
from civicroot_wire.cbor import encode
from civicroot_wire.sodium import Signer

from tests.vectors import city
from tests.vectors.case import Case, invalid, valid
from tests.vectors.envelope import Kind, faults

BIN = city.key("bin/12")
WALLET = city.key("wallet/1")


def _kind(signer: Signer, fields: dict[int, Any], aad: str) -> Kind:
    headers = {cose.ALG: cose.ED25519, cose.KID: signer.kid}
    return Kind(signer, headers, encode(fields), aad, {"realm": city.REALM, "public_key": signer.public})


def claim_cases() -> Iterator[Case]:
    """Claim tokens with their decimal digits."""
    cti = city.bytes_of("cti", 8)
    good = {claims.EXP: city.NOW + 600, claims.CTI: cti, claims.SEQ: 41}
    kind = _kind(BIN, good, claim_token.KIND)
    for name, expires, seq in (
        ("a claim", city.NOW + 600, 41),
        ("seq 0", city.NOW, 0),
        ("highest", 1 << 33, (1 << 32) - 1),
    ):
        data = claim_token.sign(BIN.kid, expires, cti, seq, city.REALM, BIN)
        decoded = {"kid": BIN.kid.hex(), "expires": expires, "cti": cti.hex(), "seq": seq}
        decoded["digits"] = str(int.from_bytes(data, "big"))
        yield valid(name, data, decoded, **kind.inputs)
    yield from faults(kind)
    for name, reason, fields in (
        ("no exp", "missing-key", _without(good, claims.EXP)),
        ("no cti", "missing-key", _without(good, claims.CTI)),
        ("no seq", "missing-key", _without(good, claims.SEQ)),
        ("another claim", "unknown-key", {**good, 1: "x"}),
        ("cti of 7 bytes", "bad-length", {**good, claims.CTI: cti[:7]}),
        ("seq 2^32", "out-of-range", {**good, claims.SEQ: 1 << 32}),
        ("exp negative", "out-of-range", {**good, claims.EXP: -1}),
        ("exp as text", "wrong-type", {**good, claims.EXP: "soon"}),
    ):
        yield invalid(name, reason, kind.signed(payload=encode(fields)), **kind.inputs)
    yield invalid(
        "token over 128 bytes", "too-large", kind.signed(payload=encode({**good, 1: "x" * 20})), **kind.inputs
    )


def claim_digits_cases() -> Iterator[Case]:
    """The decimal digits of a token in a QR code."""
    token = claim_token.sign(BIN.kid, city.NOW + 600, city.bytes_of("cti", 8), 41, city.REALM, BIN)
    digits = str(int.from_bytes(token, "big"))
    yield valid("digits of a token", text=digits, decoded={"bytes": token.hex()})
    yield valid("one digit", text="7", decoded={"bytes": "07"})
    yield valid("most digits", text=str((1 << 1024) - 1), decoded={"bytes": "ff" * 128})
    for name, reason, text in (
        ("empty", "bad-text", ""),
        ("leading zero", "not-deterministic", "0" + digits),
        ("only a zero", "not-deterministic", "0"),
        ("letter", "bad-text", digits + "a"),
        ("sign", "bad-text", "+" + digits),
        ("space", "bad-text", " " + digits),
        ("underscore", "bad-text", digits[:3] + "_" + digits[3:]),
        ("digits that are not ASCII", "bad-text", "١٢٣"),
        ("too many", "bad-text", "1" * 310),
    ):
        yield invalid(name, reason, text=text)


def possession_cases() -> Iterator[Case]:
    """A new key's request to be enrolled."""
    nonce = city.bytes_of("nonce", 16)
    good = {claims.SUB: "bin/12", claims.NONCE: nonce, claims.ROLE: "device"}
    kind = _kind(BIN, good, possession.KIND)
    for size in (8, 16, 32):
        nonce = city.bytes_of("nonce", size)
        data = possession.sign(BIN.kid, "bin/12", "device", nonce, city.REALM, BIN)
        decoded = {"kid": BIN.kid.hex(), "subject": "bin/12", "role": "device", "nonce": nonce.hex()}
        yield valid(f"nonce of {size} bytes", data, decoded, **kind.inputs)
    for name, subject in (("shortest subject", "b/1"), ("longest subject", "b" * 48 + "/" + "A" * 48)):
        data = possession.sign(BIN.kid, subject, "device", nonce, city.REALM, BIN)
        decoded = {"kid": BIN.kid.hex(), "subject": subject, "role": "device", "nonce": nonce.hex()}
        yield valid(name, data, decoded, **kind.inputs)
    yield from faults(kind)
    for name, reason, fields in (
        ("no nonce", "missing-key", _without(good, claims.NONCE)),
        ("no role", "missing-key", _without(good, claims.ROLE)),
        ("no sub", "missing-key", _without(good, claims.SUB)),
        ("another claim", "unknown-key", {**good, claims.IAT: city.NOW}),
        ("nonce of 7 bytes", "out-of-range", {**good, claims.NONCE: bytes(7)}),
        ("nonce of 33 bytes", "out-of-range", {**good, claims.NONCE: bytes(33)}),
        ("nonce as text", "wrong-type", {**good, claims.NONCE: "12345678"}),
        ("role empty", "out-of-range", {**good, claims.ROLE: ""}),
        *((name, "bad-text", {**good, claims.SUB: sub}) for name, sub in BAD_SUBJECTS),
    ):
        yield invalid(name, reason, kind.signed(payload=encode(fields)), **kind.inputs)


BAD_SUBJECTS = (
    ("sub without class", "12"),
    ("sub with empty class", "/12"),
    ("sub with empty name", "bin/"),
    ("sub with capital class", "Bin/12"),
    ("sub with two slashes", "bin/1/2"),
    ("sub with a space", "bin/1 2"),
    ("sub with class of 49", "b" * 49 + "/12"),
    ("sub with a newline", "bin/12\n"),
    ("sub with name of 49", "bin/" + "1" * 49),
    ("sub with an umlaut", "bin/ä"),
)


def transaction_cases() -> Iterator[Case]:
    """A wallet pays another."""
    payee = city.bytes_of("payee thumbprint")
    good = {1: 5, 2: payee, 3: 10, 4: city.NOW + 86400}
    kind = _kind(WALLET, good, transaction.KIND)
    for name, seq, amount in (("ten points", 5, 10), ("first", 0, 1), ("largest", (1 << 32) - 1, (1 << 64) - 1)):
        data = transaction.sign(WALLET.kid, seq, payee, amount, good[4], city.REALM, WALLET)
        amount_form = amount if amount < 1 << 53 else {"integer": str(amount)}
        decoded = {"kid": WALLET.kid.hex(), "seq": seq, "payee": payee.hex(), "amount": amount_form, "expires": good[4]}
        yield valid(name, data, decoded, **kind.inputs)
    yield from faults(kind)
    for name, reason, fields in (
        ("amount 0", "out-of-range", {**good, 3: 0}),
        ("amount negative", "out-of-range", {**good, 3: -1}),
        ("amount as text", "wrong-type", {**good, 3: "10"}),
        ("payee of 8 bytes", "bad-length", {**good, 2: payee[:8]}),
        ("seq 2^32", "out-of-range", {**good, 1: 1 << 32}),
        ("no expiry", "missing-key", _without(good, 4)),
        ("unknown field", "unknown-key", {**good, 5: 0}),
    ):
        yield invalid(name, reason, kind.signed(payload=encode(fields)), **kind.inputs)


def _without(fields: dict[int, Any], label: int) -> dict[int, Any]:
    return {key: value for key, value in fields.items() if key != label}
