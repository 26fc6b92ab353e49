"""The entry points that the tests call in MicroPython."""

import json

from civicroot_device import ed25519

from .cases import outcomes


def run(family, cases):
    """The outcomes of a family's cases (JSON text), as JSON text."""
    return json.dumps(outcomes(family, json.loads(cases), ed25519.verify))
