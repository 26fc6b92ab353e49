"""What unlocks a device: the operator's answer, the registrar's revocation."""

from civicroot_wire import configuration, keys, revocation
from civicroot_wire.configuration import Configuration
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer

REALM = "test.example"
OPERATOR = Signer(bytes(range(32)))
REGISTRAR = Signer(bytes(range(1, 33)))
KEYS = {"operator": OPERATOR.public.hex(), "registrar": REGISTRAR.public.hex()}


def answer(signer: Signer, challenge: str, subject: str, realm: str = REALM) -> str:
    """The operator's statement, in hexadecimal."""
    wanted = Configuration(subject, 1, {"unlock": challenge})
    return configuration.sign(wanted, signer.kid, f"{realm}/operator", realm, signer).hex()


def withdrawn(signer: Signer, public: bytes, subject: str, reason: int = revocation.RETIRED, realm: str = REALM) -> str:
    """The revocation of a key, as the city's log has it, in hexadecimal."""
    last, successor = (7, bytes(32)) if reason == revocation.ROTATED else (None, None)
    about = Revocation(subject, keys.thumbprint(public), reason, last, successor)
    return revocation.sign(about, signer.kid, f"{realm}/registrar", realm, signer).hex()
