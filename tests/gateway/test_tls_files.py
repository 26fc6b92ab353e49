"""The files of a TLS connection: what is taken, what is refused with a line in the log, and when."""

import logging
import time
from datetime import timedelta
from pathlib import Path

import pytest
from civicroot_gateway.mqtt.tls import WARN_BEFORE, Credentials, TlsError, TlsFiles
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.certificates import Authority, replace

DAY = 86400


class Clock:
    """Unix time that the test can move."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Folder:
    """The authority's certificate, and our own in files that are written by halves."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.certificate, self.key = self.authority.issue("own")
        self.clock = Clock()
        self.credentials = Credentials(TlsFiles(self.authority.pem, self.certificate, self.key), self.clock)

    def other(self, lasts: timedelta = timedelta(days=30)) -> tuple[bytes, bytes]:
        """A new certificate and its key, not yet in the files."""
        certificate, key = self.authority.issue("other", lasts=lasts)
        return certificate.read_bytes(), key.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_nothing_is_loaded_again_without_a_change(folder: Folder) -> None:
    assert folder.credentials.look()
    context = folder.credentials.context()
    assert not folder.credentials.look()
    assert folder.credentials.context() is context
    assert folder.credentials.expires_at == pytest.approx(time.time() + 90 * DAY, abs=60)


def test_certificate_before_its_key_is_refused_and_the_old_pair_stays(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.credentials.look()
    old = folder.credentials.context()
    certificate, key = folder.other()
    replace(folder.certificate, certificate)
    assert not folder.credentials.look()
    assert folder.credentials.context() is old
    assert not folder.credentials.look()
    assert [row.message for row in caplog.records] == ["TLS files refused"]  # once, not at each look
    assert "is not the key of" in caplog.records[0].civicroot_fields["error"]  # type: ignore[attr-defined]
    replace(folder.key, key)
    assert folder.credentials.look()
    assert folder.credentials.context() is not old
    assert folder.credentials.expires_at == pytest.approx(time.time() + 30 * DAY, abs=60)


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_half_written_file_is_refused(folder: Folder, part: float) -> None:
    folder.credentials.look()
    old = folder.credentials.context()
    certificate, key = folder.other()
    replace(folder.key, key)
    folder.certificate.write_bytes(certificate[: int(len(certificate) * part)])
    assert not folder.credentials.look()
    assert folder.credentials.context() is old
    folder.certificate.write_bytes(certificate)
    assert folder.credentials.look()


def test_expired_certificate_does_not_replace_a_valid_one(folder: Folder) -> None:
    folder.credentials.look()
    certificate, key = folder.other(timedelta(hours=-1))
    replace(folder.key, key)
    replace(folder.certificate, certificate)
    assert not folder.credentials.look()
    assert folder.credentials.expires_at == pytest.approx(time.time() + 90 * DAY, abs=60)


def test_missing_file_is_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    credentials = Credentials(TlsFiles(authority.pem, tmp_path / "own.pem", tmp_path / "own.key"), Clock())
    assert not credentials.look()
    with pytest.raises(TlsError, match=r"own\.pem"):
        credentials.context()


def test_encrypted_key_is_refused_and_nobody_is_asked(folder: Folder) -> None:
    key = load_pem_private_key(folder.key.read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    folder.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret))
    assert not folder.credentials.look()
    with pytest.raises(TlsError, match="encrypted"):
        folder.credentials.context()


def test_without_files_the_systems_authorities_are_believed() -> None:
    credentials = Credentials(TlsFiles(), Clock())
    assert credentials.look()
    assert credentials.expires_at is None
    assert credentials.context().verify_mode.name == "CERT_REQUIRED"
    assert credentials.context().check_hostname


def test_ending_certificate_is_said_once_a_day(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    folder.clock.ahead = 90 * DAY - WARN_BEFORE - 3600
    folder.credentials.look()
    assert not caplog.records
    for hour in range(48):
        folder.clock.ahead += 3600
        folder.credentials.look()
        assert len(caplog.records) == hour // 24 + 1
    assert all(row.levelno == logging.WARNING and row.message == "TLS certificate ends" for row in caplog.records)
