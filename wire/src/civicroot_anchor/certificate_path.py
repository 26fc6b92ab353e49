"""The path from a time-stamp authority's certificate to the one that the policy trusts (RFC 5280 §6, in part).

Nothing but the policy's certificate is trusted, and nothing of the machine. What is not checked: revocation, which no
offline verifier can know: the policy ends its trust in an anchor by a range of log indices. Certificates with name
constraints are refused, like those with a critical extension that is not understood here.
"""

from datetime import datetime
from typing import TypeVar

from civicroot_wire.errors import AnchorError, MalformedError
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192  # below is weak; above takes verifiers too long
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)  # those that browsers have
_UNDERSTOOD = (ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE)
_LATE = ("issuer", "subject", "serial_number", "not_valid_before_utc", "not_valid_after_utc", "signature_algorithm_oid")
_SIGNATURES = (
    SignatureAlgorithmOID.RSA_WITH_SHA256,
    SignatureAlgorithmOID.RSA_WITH_SHA384,
    SignatureAlgorithmOID.RSA_WITH_SHA512,
    SignatureAlgorithmOID.ECDSA_WITH_SHA256,
    SignatureAlgorithmOID.ECDSA_WITH_SHA384,
    SignatureAlgorithmOID.ECDSA_WITH_SHA512,
)


def load(data: bytes) -> x509.Certificate:
    """A certificate of which all can be read: the library reads most parts late. Raises MalformedError, AnchorError."""
    try:
        found = x509.load_der_x509_certificate(data)
        found.public_key()
        list(found.extensions)
        for part in _LATE:
            getattr(found, part)
    except UnsupportedAlgorithm as error:
        raise AnchorError("untrusted", f"certificate: {error}") from error
    except (ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension, x509.InvalidVersion) as error:
        raise MalformedError("malformed", f"certificate: {error}") from error
    return found


def verify(chain: list[x509.Certificate], trusted: x509.Certificate, when: datetime) -> None:
    """Raise AnchorError unless `chain`, the signer first, leads to `trusted`, everything being valid at `when`."""
    # 1. The first is a time-stamp authority's, by its own word and its issuer's; the policy's is a root.
    _check_signer(chain[0])
    if trusted.issuer != trusted.subject:
        raise AnchorError("untrusted", "the policy's certificate is no root")
    _check_issued(trusted, trusted)
    path = [*chain, trusted]
    for position, certificate in enumerate(path):
        # 2. Strong keys and digests, and no condition that is not understood here.
        _check_strength(certificate, position == len(chain))
        # 3. Valid at the time that the token says, which is what makes it worth something later.
        _check_validity(certificate, when)
    for below, (certificate, issuer) in enumerate(zip(chain, path[1:], strict=True)):
        # 4. Roots come from the policy alone.
        if certificate.issuer == certificate.subject:
            raise AnchorError("untrusted", "the chain brings a root of its own")
        # 5. Each is issued by the next, which may issue, with this many authorities between it and the signer.
        _check_authority(issuer, below)
        _check_issued(certificate, issuer)


def _check_signer(certificate: x509.Certificate) -> None:
    """RFC 3161 §2.3: the extended key usage is critical, and time-stamping alone."""
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise AnchorError("untrusted", "the signer's certificate is not for time-stamping alone, and critically so")
    key_usage = _extension(certificate, x509.KeyUsage)
    if key_usage is not None and not _signs_only(key_usage.value):
        raise AnchorError("untrusted", "the signer's key is not for signatures alone")


def _signs_only(usage: x509.KeyUsage) -> bool:
    more = usage.key_encipherment or usage.data_encipherment or usage.key_agreement
    more = more or usage.key_cert_sign or usage.crl_sign
    return (usage.digital_signature or usage.content_commitment) and not more


def _check_strength(certificate: x509.Certificate, trusted: bool) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        strong = MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS
    else:
        strong = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)
    if not strong:
        raise AnchorError("untrusted", f"key of {_name(certificate)} is too weak, or of an unknown kind")
    # How the trusted one was signed does not matter: it is in the policy.
    if not trusted and certificate.signature_algorithm_oid not in _SIGNATURES:
        raise AnchorError("untrusted", f"certificate of {_name(certificate)} is signed with a weak or unknown digest")
    unknown = [
        item.oid.dotted_string for item in certificate.extensions if item.critical and item.oid not in _UNDERSTOOD
    ]
    if unknown:
        raise AnchorError("untrusted", f"certificate of {_name(certificate)} has a critical extension {unknown[0]}")
    if _extension(certificate, x509.NameConstraints) is not None:
        raise AnchorError("untrusted", f"certificate of {_name(certificate)} constrains names")


def _check_validity(certificate: x509.Certificate, when: datetime) -> None:
    # The last second is out, as for OpenSSL.
    if not certificate.not_valid_before_utc <= when < certificate.not_valid_after_utc:
        raise AnchorError("untrusted", f"certificate of {_name(certificate)} was not valid at {when.isoformat()}")


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    basic = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if basic is None or not basic.value.ca or (usage is not None and not usage.value.key_cert_sign):
        raise AnchorError("untrusted", f"{_name(certificate)} may not issue certificates")
    if basic.value.path_length is not None and basic.value.path_length < below:
        raise AnchorError("untrusted", f"the path below {_name(certificate)} is longer than it allows")


def _check_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise AnchorError("untrusted", f"{_name(certificate)} was not issued by {_name(issuer)}") from error
    # Where both say which key it is, they agree (RFC 5280 §4.2.1.1).
    named, key = _extension(certificate, x509.AuthorityKeyIdentifier), _extension(issuer, x509.SubjectKeyIdentifier)
    wanted = None if named is None else named.value.key_identifier
    if wanted is not None and key is not None and wanted != key.value.digest:
        raise AnchorError("untrusted", f"{_name(certificate)} names another key of {_name(issuer)} as its issuer's")
    serial = None if named is None else named.value.authority_cert_serial_number
    if serial is not None and serial != issuer.serial_number:
        raise AnchorError("untrusted", f"{_name(certificate)} names another certificate as its issuer's")


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> x509.Extension[_Kind] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "a nameless subject"
