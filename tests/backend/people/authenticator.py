"""An authenticator and its browser in software: it keeps the rules of WebAuthn unless a test has it break one."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # flags of authenticator data (WebAuthn §6.1)


@dataclass
class Authenticator:
    """One passkey for the city; what a test changes is what it lies about."""

    origin: str = "https://city.example"
    rp_id: str = "city.example"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""

    def create(self, options: dict[str, Any], **client_data: object) -> dict[str, Any]:
        """RegistrationResponseJSON."""
        self.handle = options["user"]["id"]
        client = self._client_data("webauthn.create", options, client_data)
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + self._public()
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {"clientDataJSON": b64(client), "attestationObject": b64(attestation), "transports": ["internal"]}
        return self._credential(response)

    def get(self, options: dict[str, Any], **client_data: object) -> dict[str, Any]:
        """AuthenticationResponseJSON."""
        if self.counts:
            self.counter += 1
        client = self._client_data("webauthn.get", options, client_data)
        data = self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": self.handle,
            }
        )

    def _client_data(self, kind: str, options: dict[str, Any], changed: dict[str, object]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | changed).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return cbor2.dumps({1: 2, 3: -7, -1: 1, **point})

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = b64(self.credential)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }


def b64(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
