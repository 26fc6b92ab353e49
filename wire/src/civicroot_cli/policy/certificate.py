"""The certificate of a time-stamping authority, as a policy pins it: read, and described for people."""

from pathlib import Path

from civicroot_wire.policy_anchor import MAX_CERTIFICATE_BYTES
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .. import files
from ..main import CommandError

_PEM = b"-----BEGIN"
MAX_PEM_BYTES = 4 * MAX_CERTIFICATE_BYTES  # base64, and text around it


def read_authority(path: Path) -> bytes:
    """The DER of a CA certificate from a PEM or DER file with one of them. CommandError."""
    content = files.read(path, MAX_PEM_BYTES)
    try:
        if _PEM not in content:
            return _authority(x509.load_der_x509_certificate(content), content, path)
        found = x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise CommandError(f"{path} is no certificate: {error}") from error
    if len(found) != 1:
        raise CommandError(f"{path} has {len(found)} certificates; give the one that the others end in")
    return _authority(found[0], found[0].public_bytes(Encoding.DER), path)


def describe(der: bytes) -> str:
    """Whose certificate it is, and until when, by its own word."""
    try:
        found = x509.load_der_x509_certificate(der)
        return f"{found.subject.rfc4514_string()}, valid until {found.not_valid_after_utc:%Y-%m-%d}"
    except ValueError:
        return "a certificate that cannot be read"


def _authority(found: x509.Certificate, der: bytes, path: Path) -> bytes:
    try:
        is_authority = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if not is_authority:
        raise CommandError(f"{path} is no authority's certificate: {found.subject.rfc4514_string()}")
    return der
