"""A small certificate authority for the brokers of one gateway, so that TLS works without anybody from outside.

Its certificate lies in the devices' flash, and changing that means a visit: it is good for twenty years. What it issues
is renewed by a command. All of it begins in the year 2000, because that is where the clock of an ESP32 begins: a device
that does not know the time yet has to get through to be told it.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..errors import InstallError
from . import accounts, files, permissions
from .broker import AUTHORITY, SERVER_CERTIFICATE, SERVER_KEY

AUTHORITY_KEY, AUTHORITY_DER = "ca.key", "ca.der"  # DER for MicroPython, which refuses PEM
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
AUTHORITY_DAYS = 20 * 365
CERTIFICATE_DAYS = 2 * 365
RENEW_DAYS = 180  # left, when a renewal replaces it: a monthly timer has six tries
ALWAYS = ("localhost", "127.0.0.1")  # what runs on the broker's own machine
_FILE_NAMES = ("{}.pem", "{}.key")


@dataclass(frozen=True)
class Authority:
    """Its certificate and key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def open_authority(folder: Path, now: datetime) -> Authority:
    """The authority of a folder, made if there is none; raises InstallError if the files cannot be used."""
    files.make_folder(folder)
    with files.locked(folder):
        key_file, certificate_file = folder / AUTHORITY_KEY, folder / AUTHORITY
        if not certificate_file.exists():
            _make_authority(folder, now)
        if key_file.stat().st_mode & 0o077:
            raise InstallError(f"{key_file} can be read by others; it must be 0600")
        try:
            key = load_pem_private_key(key_file.read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        except ValueError as error:
            raise InstallError(f"{folder}: {error}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise InstallError(f"{folder}: key and certificate are not of one authority")
        return Authority(certificate, key)


def issue_server(authority: Authority, names: list[str], folder: Path, now: datetime) -> None:
    """A new key and certificate for the broker of `folder`, good for its names and addresses, and on this machine."""
    found = dict.fromkeys((*names, *ALWAYS))
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in found])
    key, certificate = _issue(authority, names[0], ExtendedKeyUsageOID.SERVER_AUTH, [alternatives], now)
    # The key first: between the two a broker that is told to read them again keeps what it has.
    files.write(folder / SERVER_KEY, key)
    files.write(folder / SERVER_CERTIFICATE, certificate, files.PUBLIC)
    files.write(folder / AUTHORITY, authority.certificate.public_bytes(Encoding.PEM), files.PUBLIC)
    files.write(folder / AUTHORITY_DER, authority.certificate.public_bytes(Encoding.DER), files.PUBLIC)


def issue_client(authority: Authority, kid: str, folder: Path, now: datetime) -> tuple[Path, Path]:
    """A key and certificate with which the gateway `kid` connects in place of a password; their files."""
    accounts.check_name(kid, permissions.GATEWAY)
    key, certificate = _issue(authority, kid, ExtendedKeyUsageOID.CLIENT_AUTH, [], now)
    certificate_file, key_file = (folder / name.format(kid) for name in _FILE_NAMES)
    files.write(key_file, key)
    files.write(certificate_file, certificate, files.PUBLIC)
    return certificate_file, key_file


def read_server(folder: Path) -> x509.Certificate:
    """The broker's certificate; raises InstallError."""
    path = folder / SERVER_CERTIFICATE
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError as error:
        raise InstallError(f"{path} is missing; make it with: civicroot gateway certificate server") from error
    except ValueError as error:
        raise InstallError(f"{path}: {error}") from error


def names_of(certificate: x509.Certificate) -> list[str]:
    """What a server's certificate is good for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in found]


def is_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether it ends soon enough to be renewed."""
    return certificate.not_valid_after_utc - now < timedelta(days=RENEW_DAYS)


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())  # what an ESP32's TLS checks fastest
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Civicroot gateway's authority")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # signs certificates and lists
    certificate = (
        _builder(name, name, key.public_key(), now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    files.write(folder / AUTHORITY_KEY, _pem(key))
    files.write(folder / AUTHORITY_DER, certificate.public_bytes(Encoding.DER), files.PUBLIC)
    files.write(folder / AUTHORITY, certificate.public_bytes(Encoding.PEM), files.PUBLIC)  # last: then it is there


def _issue(
    authority: Authority, common: str, usage: x509.ObjectIdentifier, extensions: list[x509.ExtensionType], now: datetime
) -> tuple[bytes, bytes]:
    """(key, certificate) in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    until = min(now + timedelta(days=CERTIFICATE_DAYS), authority.certificate.not_valid_after_utc)
    builder = (
        _builder(name, authority.certificate.subject, key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return _pem(key), builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    if until <= BEGIN:
        raise InstallError("this machine's clock is not set")
    found = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return found.not_valid_before(BEGIN).not_valid_after(until)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass  # then it is a host's name
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise InstallError(f"{name!r} is not a host's name: {error}") from error
