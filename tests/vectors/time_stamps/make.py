"""Makes material.json: `python -m tests.vectors.time_stamps.make`. Run once: every run makes other keys and times.

Good replies are OpenSSL's; those that no authority would give are built by token.py.
"""

import json
import math
import re
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import rfc3161_client
from civicroot_wire.checkpoint import Checkpoint
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests.support.tsa import (
    DAY,
    SIGNING,
    STAMPING,
    Holder,
    Stamping,
    authority,
    ecdsa_key,
    issue,
    rsa_key,
    stamper,
)
from tests.vectors.time_stamps.token import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
    Plan,
    algorithm,
    number,
    oid,
    sequence,
    tlv,
)

TREE = Checkpoint("city.example/log", 1234, bytes(range(32)))
MATERIAL = Path(__file__).with_name("material.json")
Made = tuple[str, bytes, list[Holder], Holder]  # name, response, chain, the policy's
NOW = datetime.now(UTC).replace(microsecond=0)


class Makers:
    """The authorities and signers of all cases."""

    def __init__(self) -> None:
        self.root = authority("Root of time", rsa_key())
        self.middle = authority("Authority of time", ecdsa_key(), self.root, 0)
        self.rsa = stamper("RSA clock", rsa_key(), self.root)
        self.ecdsa = stamper("ECDSA clock", ecdsa_key(), self.middle)
        self.other_root = authority("Another root", rsa_key())
        self.other = stamper("Another clock", rsa_key(), self.other_root)

    def plan(self, signer: Holder | None = None, **changes: object) -> Plan:
        """A token by `signer`."""
        return Plan(signer or self.rsa, TREE.body().encode(), NOW, **changes)  # type: ignore[arg-type]


def by_openssl(makers: Makers, folder: Path) -> Iterator[Made]:
    """Replies of a real authority."""
    builder = rfc3161_client.TimestampRequestBuilder().data(TREE.body().encode())
    builder = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).cert_request(cert_request=False)
    query = builder.build().as_bytes()
    large = stamper("P-384 clock", ecdsa_key(ec.SECP384R1()), makers.root)
    largest = stamper("P-521 clock", ecdsa_key(ec.SECP521R1()), makers.middle)
    through = [makers.ecdsa, makers.middle]
    for name, chain, trusted, settings in (
        ("RSA", [makers.rsa], makers.root, {}),
        ("RSA with SHA-512", [makers.rsa], makers.root, {"digest": "sha512"}),
        ("ECDSA P-256 through an intermediate", through, makers.root, {}),
        ("ECDSA P-384 with SHA-384", [large], makers.root, {"digest": "sha384"}),
        ("ECDSA P-521 with SHA-512", [largest, makers.middle], makers.root, {"digest": "sha512"}),
        ("certificate named by SHA-1", [makers.rsa], makers.root, {"identifier": "sha1"}),
        ("certificate named by SHA-512", [makers.rsa], makers.root, {"identifier": "sha512"}),
        ("milliseconds, accurate to microseconds", through, makers.root, {"precision": 3, "accuracy": "microsecs:7"}),
        ("accurate to an hour", [makers.rsa], makers.root, {"accuracy": "secs:3600, millisecs:1"}),
        ("policy trusts an authority that is no root", [makers.ecdsa], makers.middle, {}),
    ):
        stamping = Stamping(folder / name.replace(" ", "-"), chain[0], **settings)  # type: ignore[arg-type]
        reply = stamping.reply(query)
        roots = [makers.root] if trusted is makers.middle else []
        assert stamping.verify(query, reply, makers.root, [*chain, *([trusted] if roots else [])]), name
        yield name, reply, chain, trusted


def structures(makers: Makers) -> Iterator[Made]:
    """Tokens of another shape, by a good signer."""
    plain, name = tlv(0x30), b"".join
    attribute = sequence(oid("1.2.3.4"), tlv(0x31, number(1)))
    critical = tlv(0xA1, sequence(oid("1.2.3.4"), tlv(1, b"\xff"), tlv(4, b"x")))
    harmless = tlv(0xA1, sequence(oid("1.2.3.4"), tlv(4, b"x")))
    stamp = NOW.strftime("%Y%m%d%H%M%S").encode()
    other = stamper("RSA clock", makers.rsa.key, makers.root)
    pss = sequence(oid("1.2.840.113549.1.1.10"), plain)
    for title, changes in (
        ("built by hand", {}),
        ("ordering and an extension that is not critical", {"info_rest": name([tlv(1, b"\xff"), harmless])}),
        ("granted with modifications", {"status": sequence(number(1))}),
        ("status with text", {"status": sequence(number(0), sequence(tlv(12, b"Operation Okay")))}),
        ("two signers", {"signers": 2}),
        ("no signer", {"signers": 0}),
        ("certificate inside the token", {"certificates": tlv(0xA0, makers.rsa.der)}),
        ("attribute that is not signed", {"unsigned": tlv(0xA1, attribute)}),
        ("attributes in another order", {"backwards": True}),
        ("TSTInfo of version 2", {"info_version": 2}),
        ("time without Z", {"time": stamp}),
        ("time with zone", {"time": stamp + b"+0100"}),
        ("time with a fraction that ends in zero", {"time": stamp + b".50Z"}),
        ("time finer than a nanosecond", {"time": stamp + b".0000000001Z"}),
        ("no such time", {"time": b"20260231000000Z"}),
        ("time before 1970", {"time": b"19691231235959Z"}),
        ("accuracy of 1000 milliseconds", {"info_rest": sequence(tlv(0x80, b"\x03\xe8"))}),
        ("accuracy of microseconds before seconds", {"info_rest": sequence(tlv(0x81, b"\x01"), number(1))}),
        ("nonce before ordering", {"info_rest": name([number(5), tlv(1, b"\xff")])}),
        ("ordering false written out", {"info_rest": tlv(1, b"\x00")}),
        ("critical extension", {"info_rest": critical}),
        ("imprint by SHA-512", {"imprint_algorithm": "sha512"}),
        ("imprint of 31 bytes", {"imprint": bytes(31)}),
        ("signed with SHA-1", {"digest": "sha1"}),
        ("RSA-PSS", {"signature_algorithm": pss}),
        ("signature algorithm of another digest", {"signature_algorithm": algorithm("1.2.840.113549.1.1.13")}),
        ("signature algorithm unknown", {"signature_algorithm": algorithm("1.3.101.112")}),
        ("other digest algorithm in the list", {"listed": "sha512"}),
        ("message digest of something else", {"attributes": {MESSAGE_DIGEST: tlv(4, bytes(32))}}),
        ("content type of something else", {"attributes": {CONTENT_TYPE: oid("1.2.840.113549.1.7.1")}}),
        ("no message digest", {"attributes": {MESSAGE_DIGEST: b""}}),
        ("no content type", {"attributes": {CONTENT_TYPE: b""}}),
        ("no name of the certificate", {"attributes": {SIGNING_CERTIFICATE_V2: b""}}),
        ("names another certificate", {"attributes": {SIGNING_CERTIFICATE_V2: _names(bytes(32))}}),
        ("names no certificate", {"attributes": {SIGNING_CERTIFICATE_V2: sequence(sequence())}}),
        ("signer is named as another", {"identity": makers.ecdsa}),
        ("signer is named by another serial number", {"identity": other}),
        ("of another tree", {"imprint": bytes(32)}),
    ):
        yield title, makers.plan(**changes).response(), [makers.rsa], makers.root  # type: ignore[arg-type]


def _names(digest: bytes) -> bytes:
    return sequence(sequence(sequence(tlv(4, digest))))


def certificates(makers: Makers) -> Iterator[Made]:
    """Certificates that must not be believed, each the signer of a token that is right by itself."""
    root, key = makers.root, rsa_key()
    stamping = STAMPING[0]
    more = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    cipher = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    both = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    elsewhere = x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(root.certificate.subject)], 4711)
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    for name, extensions in (
        ("signer without key usage", [STAMPING]),
        ("extended key usage not critical", [(stamping, False), SIGNING]),
        ("extended key usage of more", [(more, True), SIGNING]),
        ("extended key usage of something else", [(server, True), SIGNING]),
        ("no extended key usage", [SIGNING]),
        ("key usage of encipherment", [STAMPING, (cipher, True)]),
        ("critical extension in the signer's certificate", [STAMPING, SIGNING, (unknown, True)]),
        ("extension that is not critical", [STAMPING, SIGNING, (unknown, False)]),
        ("key usage of certificates too", [STAMPING, (both, True)]),
        ("names another certificate of its issuer", [STAMPING, SIGNING, (elsewhere, False)]),
    ):
        signer = issue("Some clock", key, root, extensions)
        yield name, makers.plan(signer).response(), [signer], root
    second = timedelta(seconds=1)
    for name, valid in (
        ("valid up to the time", (NOW - DAY, NOW)),
        ("valid from the time on", (NOW, NOW + DAY)),
        ("expired a second before", (NOW - DAY, NOW - second)),
        ("valid a second later", (NOW + second, NOW + DAY)),
    ):
        signer = stamper("Some clock", key, root, valid=valid)
        yield name, makers.plan(signer).response(), [signer], root
    old = authority("Old root", rsa_key(), valid=(NOW - 2 * DAY, NOW - DAY))
    signer = stamper("Some clock", key, old)
    yield "policy's authority expired", makers.plan(signer).response(), [signer], old
    weak = stamper("Weak clock", rsa_key(1024), root)
    yield "RSA of 1024 bits", makers.plan(weak).response(), [weak], root
    yield "another root than the policy's", makers.plan(makers.other).response(), [makers.other], root
    yield "chain brings its own root", makers.plan(makers.other).response(), [makers.other, makers.other_root], root
    twin = authority("Root of time", rsa_key())
    forged = stamper("RSA clock", rsa_key(), twin)
    yield "issued under the root's name by another key", makers.plan(forged).response(), [forged], root
    yield from _paths(makers)


def _paths(makers: Makers) -> Iterator[Made]:
    root, middle = makers.root, makers.middle
    token = makers.plan(makers.ecdsa).response()
    yield "intermediate missing", token, [makers.ecdsa], root
    yield "chain in another order", token, [middle, makers.ecdsa], root
    yield "chain with the policy's certificate", token, [makers.ecdsa, middle, root], root
    yield "chain with a certificate of another", token, [makers.ecdsa, middle, makers.other], root
    lower = authority("Lower authority", ecdsa_key(), middle)
    low = stamper("Low clock", ecdsa_key(), lower)
    yield "path longer than it may be", makers.plan(low).response(), [low, lower, middle], root
    names = x509.NameConstraints(None, [x509.DNSName("example.org")])
    for name, extensions in (
        ("issuer that is no authority", [(x509.BasicConstraints(False, None), True)]),
        ("issuer without basic constraints", []),
        ("issuer whose key may not sign certificates", [(x509.BasicConstraints(True, None), True), SIGNING]),
        ("issuer with name constraints", [(x509.BasicConstraints(True, None), True), (names, False)]),
        ("issuer by basic constraints that are not critical", [(x509.BasicConstraints(True, None), False)]),
    ):
        issuer = issue("Some authority", ecdsa_key(), root, extensions)
        signer = stamper("Some clock", ecdsa_key(), issuer)
        yield name, makers.plan(signer).response(), [signer, issuer], root
    signed = (x509.SubjectKeyIdentifier(bytes(20)), False)
    known = issue("Known authority", ecdsa_key(), root, [(x509.BasicConstraints(True, None), True), signed])
    for name, key in (("names its issuer's key", bytes(20)), ("names another key of its issuer", b"x" * 20)):
        identifier = (x509.AuthorityKeyIdentifier(key, None, None), False)
        signer = issue("Some clock", ecdsa_key(), known, [STAMPING, SIGNING, identifier])
        yield name, makers.plan(signer).response(), [signer, known], root
    sha1 = _with_sha1(root)
    yield "certificate signed with SHA-1", makers.plan(sha1).response(), [sha1], root


def _with_sha1(issuer: Holder) -> Holder:
    """A certificate signed with SHA-1, which Python's library refuses to make."""
    key = rsa_key()
    holder = stamper("Weak certificate", key, issuer)
    extensions = "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_bytes(holder.key_pem)
        (folder / "ca.pem").write_bytes(issuer.pem)
        (folder / "ca.key").write_bytes(issuer.key_pem)
        (folder / "extensions").write_text(extensions)
        _openssl(folder, "req", "-new", "-key", "key", "-subj", "/CN=Weak certificate", "-out", "request")
        by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "99", "-sha1", "-days", "365")
        made = _openssl(folder, "x509", "-req", "-in", "request", *by, "-extfile", "extensions", "-outform", "DER")
    return Holder(key, x509.load_der_x509_certificate(made))


def _openssl(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60).stdout


def _latest(response: bytes) -> int | None:
    """The latest second at which it can have been made, by OpenSSL's reading; None if that reads none."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "reply").write_bytes(response)
        try:
            text = _openssl(Path(folder), "ts", "-reply", "-in", "reply", "-text").decode()
        except subprocess.CalledProcessError:
            return None
    stated = dict(re.findall(r"^(Time stamp|Accuracy): (.*)$", text, re.MULTILINE))
    stamped = re.fullmatch(r"(.*:\d\d)(\.\d+)? (\d{4}) GMT", stated.get("Time stamp", ""))
    if stamped is None:
        return None
    whole, fraction, year = stamped.groups()
    begin = datetime.strptime(f"{whole} {year}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    units = {"seconds": 1, "millis": 1000, "micros": 1_000_000}
    read = re.findall(r"(0x[0-9A-F]+) (seconds|millis|micros)", stated.get("Accuracy", ""))
    accuracy = sum((Fraction(int(value, 16), units[unit]) for value, unit in read), Fraction(0))
    return math.ceil(int(begin.timestamp()) + Fraction("0" + (fraction or ".0")) + accuracy)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as _folder:
        _makers = Makers()
        _every = [*by_openssl(_makers, Path(_folder)), *structures(_makers), *certificates(_makers)]
    _rows = {
        name: {
            "response": response.hex(),
            "chain": [holder.der.hex() for holder in chain],
            "trusted": trusted.der.hex(),
            "time": _latest(response),
        }
        for name, response, chain, trusted in _every
    }
    MATERIAL.write_text(json.dumps({"tokens": _rows}, indent=0) + "\n")
