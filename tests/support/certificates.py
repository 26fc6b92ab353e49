"""A certificate authority for tests: makes certificates of servers and clients, also wrong ones."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .brokers import HOST

_PURPOSES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


class Authority:
    """A root with a key of its own; `pem` is the file with its certificate."""

    def __init__(self, folder: Path, name: str = "test authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.pem = folder / (name.replace(" ", "-") + ".pem")
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        root = _builder(self._name, self._name, self._key.public_key(), timedelta(days=3650))
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._certificate = root.sign(self._key, hashes.SHA256())
        self.pem.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self, name: str, hosts: tuple[str, ...] = (HOST,), lasts: timedelta = timedelta(days=90)
    ) -> tuple[Path, Path]:
        """Files with a new certificate of `name`, for client and server, and its key; those before are replaced.

        `lasts` from now; a negative one has expired. Each file is replaced as a whole, the key first.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), self._name, key.public_key(), lasts)
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(item) for item in hosts]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        files = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        replace(files[1], key.private_bytes(serialization.Encoding.PEM, form, plain))
        replace(files[0], certificate.public_bytes(serialization.Encoding.PEM))
        return files


def replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another at once, as who renews certificates should."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.chmod(0o600)
    new.replace(path)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + lasts) - timedelta(days=1))
        .not_valid_after(now + lasts)
    )
