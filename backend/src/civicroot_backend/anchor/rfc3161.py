"""The anchor of a time-stamp authority (RFC 3161): asked over HTTP, without certificates, which come from a file.

The ticket is the request itself, with its nonce: after a crash the same request is sent again.
"""

from pathlib import Path

import rfc3161_client
from civicroot_anchor import rfc3161, time_stamp
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.policy_anchor import RFC3161
from civicroot_wire.policy_anchor import Anchor as TrustedAnchor
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import PKIStatus, TimeStampResponse

from civicroot_backend.anchor.anchor import Confirmed, Failed, Progress
from civicroot_backend.anchor.remote import Remote
from civicroot_backend.anchor.settings import Settings
from civicroot_backend.errors import AnchorUnavailable, ConfigurationError

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
MAX_REPLY = 32 * 1024  # bytes; evidence takes 8 KiB, and whoever sends more is told so by name


class TimeStampAuthority:
    """`chain`: DER certificates from the signer's up to the one that `trusted`'s certificate issued."""

    kind = RFC3161
    parallel = 1  # it answers at once, so there is nothing to wait for

    def __init__(self, trusted: TrustedAnchor, remote: Remote, chain: list[bytes]) -> None:
        self.name = trusted.name
        self._trusted = trusted
        self._remote = remote
        self._chain = chain

    def prepare(self, tree: Checkpoint) -> bytes:
        """A request over the tree, with a nonce."""
        builder = rfc3161_client.TimestampRequestBuilder().data(tree.body().encode())
        builder = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256)
        return builder.nonce(nonce=True).cert_request(cert_request=False).build().as_bytes()

    def advance(self, ticket: bytes, tree: Checkpoint) -> Progress:
        """Ask, and verify the answer. Raises AnchorUnavailable."""
        reply = self._remote.post("", ticket, MAX_REPLY, REPLY, QUERY)
        try:
            response = rfc3161_client.decode_timestamp_response(reply)
            refusal = _refusal(response)
        except ValueError as error:
            # No authority speaks like this: a proxy, or a page that wants a login.
            raise AnchorUnavailable(f"{self._remote.url} answers what is no time-stamp") from error
        if response.status == PKIStatus.WAITING:
            raise AnchorUnavailable(f"{self._remote.url} has no time-stamp yet")
        if refusal is not None:
            return Failed(f"refused: {refusal}")
        try:
            evidence = rfc3161.encode(reply, self._chain)
            token = rfc3161.token_of(evidence)
            # The nonce is only the asker's affair: it shows that this is no old reply.
            if token.info.nonce != time_stamp.nonce_of_request(ticket):
                return Failed("the reply has another nonce: it is to another request")
            found = rfc3161.check(evidence, tree, self._trusted)
        except WireError as error:
            return Failed(f"the reply does not hold: {error}")
        assert found.time is not None
        return Confirmed(evidence, found.time, found.says)

    def close(self) -> None:
        """Give up connections."""
        self._remote.close()


def _refusal(response: TimeStampResponse) -> str | None:
    """Why there is no token; None if there is one."""
    if response.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
        return None
    said = "; ".join(response.status_string)
    return f"status {response.status}{': ' + said if said else ''}"


def from_settings(settings: Settings) -> TimeStampAuthority:
    """The anchor of a configuration's table: `url`, and `certificates`, a PEM file. Raises ConfigurationError."""
    remote = Remote(settings.url("url"))
    chain = _chain(settings.path("certificates"))
    if not 1 <= len(chain) <= rfc3161.MAX_CHAIN:
        raise settings.wrong("certificates", f"has {len(chain)} certificates, not 1 to {rfc3161.MAX_CHAIN}")
    settings.finish()
    return TimeStampAuthority(settings.trusted, remote, chain)


def _chain(path: Path) -> list[bytes]:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return [certificate.public_bytes(Encoding.DER) for certificate in found]
