"""A time-stamp (RFC 3161) over a tree: evidence and its verification (SPEC.md §7.5).

Evidence is `[response, [certificate, …]]`: the TimeStampResp in DER, granted and without status text (which nobody
signs), its token without certificates; and the DER certificates from the signer's up to the one that the policy's
certificate issued. What the token fixes is SHA-256 of the checkpoint's body.
"""

import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime

import rfc3161_client
from civicroot_wire import cbor, shape
from civicroot_wire.anchors import MAX_EVIDENCE_BYTES, AnchorFinding
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import AnchorError, MalformedError
from civicroot_wire.finding import CHECKED
from civicroot_wire.policy_anchor import RFC3161, Anchor
from cryptography import x509

from civicroot_anchor import certificate_path, der, time_stamp
from civicroot_anchor.time_stamp import Token

MAX_RESPONSE_BYTES = 8 * 1024  # with an RSA key of 8,192 bits and long names it is 2 KiB
MAX_CHAIN = 4  # certificates below the policy's; authorities have one or two
MAX_CERTIFICATE_BYTES = 4096  # as in the policy
SHA256 = "2.16.840.1.101.3.4.2.1"
# Digest → the signature algorithms it goes with: CMS names RSA's key alone, or with the digest.
_DIGESTS = {SHA256: "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
_RSA = "1.2.840.113549.1.1.1"
_SIGNATURES = {
    "sha256": (_RSA, "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"),
    "sha384": (_RSA, "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"),
    "sha512": (_RSA, "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4"),
}
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"


def encode(response: bytes, chain: Sequence[bytes]) -> bytes:
    """The evidence: `response` with its status text left out. Raises MalformedError."""
    parts = der.items(der.only(response, der.SEQUENCE, "time-stamp response").content)
    if len(parts) != 2:
        raise MalformedError("malformed", "the response carries no token")
    content = time_stamp.GRANTED + parts[1].encoded
    return cbor.encode([der.write(der.SEQUENCE, content), list(chain)])


def token_of(evidence: bytes) -> Token:
    """What the evidence's token says, unverified. Raises MalformedError."""
    return time_stamp.response(_decode(evidence)[0])


def check(evidence: bytes, tree: Checkpoint, trusted: Anchor) -> AnchorFinding:
    """What the time-stamp shows of `tree`. Raises MalformedError, AnchorError."""
    # 1. Strict forms: there is one way to write it, and nothing in it that is not signed.
    response, chain = _decode(evidence)
    token = time_stamp.response(response)
    # 2. Of this tree: excludes a time-stamp of anything else.
    _check_imprint(token, tree)
    # 3. By the first certificate: excludes another's with the same key, and another token's signature.
    _check_signer(token, chain[0])
    # 4. Issued, in the end, by whom the policy trusts, all valid at the token's time.
    certificates = [certificate_path.load(item) for item in chain]
    root = certificate_path.load(trusted.certificate or b"")
    whole = math.floor(token.info.time)
    certificate_path.verify(certificates, root, datetime.fromtimestamp(whole, UTC))
    # 5. Signed with that certificate's key: only now, since a library trusts each certificate that it is given.
    _check_signature(response, certificates, root)
    # The latest moment at which it can have been: the accuracy is the authority's own word.
    time = math.ceil(token.info.time + token.info.accuracy)
    return AnchorFinding(trusted.name, RFC3161, tree.size, CHECKED, time, _says(trusted.name, time, certificates[0]))


def _decode(evidence: bytes) -> tuple[bytes, list[bytes]]:
    response, chain = shape.array(cbor.decode(evidence, MAX_EVIDENCE_BYTES), "time-stamp evidence", 2, 2)
    listed = shape.array(chain, "certificates", 1, MAX_CHAIN)
    return shape.octets(response, "time-stamp response", 1, MAX_RESPONSE_BYTES), [
        shape.octets(item, "certificate", 1, MAX_CERTIFICATE_BYTES) for item in listed
    ]


def _check_imprint(token: Token, tree: Checkpoint) -> None:
    if token.info.critical:
        raise AnchorError("bad-anchor", "the time-stamp has a critical extension")
    if token.info.algorithm != SHA256:
        raise AnchorError("bad-anchor", "the time-stamp is of another digest than SHA-256")
    if token.info.digest != hashlib.sha256(tree.body().encode()).digest():
        raise AnchorError("bad-anchor", "the time-stamp is of something else")


def _check_signer(token: Token, certificate: bytes) -> None:
    # a. The signer's name and number are the certificate's.
    if (token.issuer, token.serial) != _identity(certificate):
        raise AnchorError("bad-anchor", "another certificate signed the time-stamp")
    # b. Strong digests only, and a signature algorithm that goes with it.
    name = _DIGESTS.get(token.digest_algorithm)
    if name is None or token.signature_algorithm not in _SIGNATURES[name]:
        raise AnchorError("bad-anchor", "the time-stamp is signed with a weak or unknown algorithm")
    # c. The signed attributes are of this TSTInfo.
    kind = _one(token, _CONTENT_TYPE)
    digest = der.tagged(_one(token, _MESSAGE_DIGEST), der.OCTETS, "message digest").content
    if der.oid(kind, "content type") != time_stamp.TST_INFO or digest != hashlib.new(name, token.encoded).digest():
        raise AnchorError("bad-anchor", "the signature is of another token")
    # d. And name this certificate by its hash (RFC 5816): the key alone could be in two.
    if not _names(token, certificate):
        raise AnchorError("bad-anchor", "the time-stamp names another certificate as its signer's")


def _one(token: Token, kind: str) -> der.Item:
    values = token.attributes.get(kind, [])
    if len(values) != 1:
        raise MalformedError("malformed", f"signed attribute {kind} is missing, or has several values")
    return values[0]


def _names(token: Token, certificate: bytes) -> bool:
    """Whether the first ESSCertID, of either version, is the certificate's."""
    newer = _SIGNING_CERTIFICATE_V2 in token.attributes
    value = _one(token, _SIGNING_CERTIFICATE_V2 if newer else _SIGNING_CERTIFICATE)
    listed = der.items(der.tagged(value, der.SEQUENCE, "signing certificate").content)
    identifiers = der.items(der.tagged(listed[0], der.SEQUENCE, "signing certificates").content) if listed else []
    fields = der.items(der.tagged(identifiers[0], der.SEQUENCE, "ESSCertID").content) if identifiers else []
    algorithm = "sha256" if newer else "sha1"  # SHA-1 where RFC 3161 says so: the path decides, this only points
    if newer and fields and fields[0].tag == der.SEQUENCE:
        algorithm = _DIGESTS.get(time_stamp.algorithm(fields.pop(0), "ESSCertID's digest"), "")
    if not fields or not algorithm:
        return False
    return der.tagged(fields[0], der.OCTETS, "ESSCertID").content == hashlib.new(algorithm, certificate).digest()


def _identity(certificate: bytes) -> tuple[bytes, int]:
    """Issuer (DER) and serial number."""
    fields = der.items(der.only(certificate, der.SEQUENCE, "certificate").content)
    signed = der.items(der.tagged(fields[0], der.SEQUENCE, "certificate").content) if fields else []
    if signed and signed[0].tag == 0xA0:  # the version
        signed.pop(0)
    if len(signed) < 3:
        raise MalformedError("malformed", "certificate lacks fields")
    number = der.integer(der.tagged(signed[0], der.INTEGER, "serial number"), "serial number")
    return der.tagged(signed[2], der.SEQUENCE, "issuer").encoded, number


def _check_signature(response: bytes, chain: list[x509.Certificate], root: x509.Certificate) -> None:
    builder = rfc3161_client.VerifierBuilder(tsa_certificate=chain[0], intermediates=chain[1:], roots=[root])
    try:
        decoded = rfc3161_client.decode_timestamp_response(response)
        builder.build().verify(decoded, decoded.tst_info.message_imprint.message)
    except (rfc3161_client.VerificationError, ValueError) as error:
        raise AnchorError("bad-anchor", str(error)) from error


def _says(name: str, time: int, signer: x509.Certificate) -> str:
    who = signer.subject.rfc4514_string() or "a nameless signer"
    when = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{name}: the time-stamp authority {who} saw this tree by {when}"
