"""The entry points that the tests call in MicroPython."""

import hashlib
import json

from civicroot_device import ed25519
from civicroot_wire.errors import SignatureError

from .cases import outcomes


def verify(public, message, signature):
    """The device's verification with the error that civicroot_wire asks of a verifier."""
    try:
        ed25519.verify(public, message, signature)
    except ed25519.SignatureError as refusal:
        raise SignatureError(refusal.reason) from refusal


def run(family, cases):
    """The outcomes of a family's cases (JSON in UTF-8), as JSON text."""
    return json.dumps(outcomes(family, json.loads(cases), verify))


def sha256(message):
    """SHA-256 as civicroot_wire uses it."""
    return hashlib.sha256(message).digest()
