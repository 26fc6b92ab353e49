"""Builds time-stamp responses of any shape, also those that no authority would make; no code of the verifier's."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.support.tsa import Holder

TST_INFO, SIGNED_DATA = "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
RSA = "1.2.840.113549.1.1.1"
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha512": "1.2.840.10045.4.3.4"}
GRANTED = bytes.fromhex("3003020100")


def tlv(tag: int, *parts: bytes) -> bytes:
    """An item of DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(0x30, *parts)


def number(value: int) -> bytes:
    """INTEGER, not negative."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return tlv(6, bytes(out))


def algorithm(dotted: str) -> bytes:
    """AlgorithmIdentifier without parameters."""
    return sequence(oid(dotted))


@dataclass
class Plan:
    """A token; every field can be replaced by a wrong one."""

    signer: Holder
    body: bytes
    when: datetime
    digest: str = "sha256"
    imprint: bytes = b""
    imprint_algorithm: str = "sha256"
    info_version: int = 1
    time: bytes = b""
    info_rest: bytes = b""  # what follows the time
    attributes: dict[str, bytes] = field(default_factory=dict)  # replaced values; empty: left out
    backwards: bool = False  # attributes in descending order
    certificates: bytes = b""
    unsigned: bytes = b""
    identity: Holder | None = None  # whose name and number stand in the signer's place
    signers: int = 1
    status: bytes = GRANTED
    signature_algorithm: bytes = b""
    listed: str = ""  # digest algorithm in the signed data's list

    def info(self) -> bytes:
        """TSTInfo."""
        imprint = self.imprint or hashlib.new(self.imprint_algorithm, self.body).digest()
        return sequence(
            number(self.info_version),
            oid("1.3.6.1.4.1.55555.1"),
            sequence(algorithm(OIDS[self.imprint_algorithm]), tlv(4, imprint)),
            number(4711),
            tlv(0x18, self.time or self.when.strftime("%Y%m%d%H%M%SZ").encode()),
            self.info_rest,
        )

    def response(self) -> bytes:
        """TimeStampResp."""
        content = self.info()
        signed = sequence(
            number(3),
            tlv(0x31, algorithm(OIDS[self.listed or self.digest])),
            sequence(oid(TST_INFO), tlv(0xA0, tlv(4, content))),
            self.certificates,
            tlv(0x31, self._signer_info(content) * self.signers),
        )
        return sequence(self.status, sequence(oid(SIGNED_DATA), tlv(0xA0, signed)))

    def _signer_info(self, content: bytes) -> bytes:
        values = {
            CONTENT_TYPE: oid(TST_INFO),
            MESSAGE_DIGEST: tlv(4, hashlib.new(self.digest, content).digest()),
            SIGNING_CERTIFICATE_V2: sequence(sequence(sequence(tlv(4, hashlib.sha256(self.signer.der).digest())))),
            **self.attributes,
        }
        encoded = sorted(sequence(oid(kind), tlv(0x31, value)) for kind, value in values.items() if value)
        joined = b"".join(reversed(encoded) if self.backwards else encoded)
        named = (self.identity or self.signer).certificate
        return sequence(
            number(1),
            sequence(named.issuer.public_bytes(), number(named.serial_number)),
            algorithm(OIDS[self.digest]),
            tlv(0xA0, joined),
            self.signature_algorithm or self._algorithm(),
            tlv(4, self._sign(tlv(0x31, joined))),
            self.unsigned,
        )

    def _algorithm(self) -> bytes:
        return algorithm(RSA if isinstance(self.signer.key, rsa.RSAPrivateKey) else ECDSA[self.digest])

    def _sign(self, data: bytes) -> bytes:
        digest = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}[self.digest]()
        if isinstance(self.signer.key, rsa.RSAPrivateKey):
            return self.signer.key.sign(data, padding.PKCS1v15(), digest)
        return self.signer.key.sign(data, ec.ECDSA(digest))
