"""A bin that takes deposits in a small city, and what it would send of each."""

from dataclasses import dataclass, field

from civicroot_backend.service import Backend
from civicroot_wire import claim_notice, claim_token, opening, relayed
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.opening import Opening
from civicroot_wire.senml import Measurement
from civicroot_wire.sodium import Signer

from tests.backend.api_city import OpenCity

OFFER_SECONDS = 90
ALICE, BOB = bytes([0xA1]) * 32, bytes([0xB0]) * 32  # wallets' thumbprints
CODE = bytes([0, 3, 1, 1, 2, 0])
SALT = bytes(range(16))
CARD = b"CITY-CARD 8812"


@dataclass
class Bin:
    """`city` is opened without threads: notices gather until they are taken."""

    city: OpenCity
    name: str = "bin/12"
    key: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.city.enrol_device(self.name)
        self.ear = self.city.backend.opening_ear

    @property
    def backend(self) -> Backend:
        return self.city.backend

    @property
    def now(self) -> int:
        return self.city.city.now

    def wait(self, seconds: int) -> None:
        self.city.city.now += seconds

    def deposit(self, seq: int, *, code: bytes | None = None, hundredths: int = 42) -> None:
        """The record of a deposit comes; with a code it commits to it."""
        values = [Measurement("deposit", DecimalFraction(-2, hundredths), "kg")]
        if code is not None:
            values.append(Measurement("led", self.commitment("led", code)))
        self.record(seq, values)

    def scan(self, seq: int, claims: int | None, card: bytes = CARD) -> None:
        """The record of a card that was shown while deposit `claims` was offered."""
        values: list[Measurement] = [Measurement("scan", self.commitment("scan", card))]
        if claims is not None:
            values.append(Measurement("claims", claims))
        self.record(seq, values)

    def record(self, seq: int, values: list[Measurement]) -> None:
        self.city.commit([self.city.report(self.key, seq, values, self.now)])

    def commitment(self, name: str, value: bytes) -> bytes:
        return opening.commit(self.city.city.realm, self.key.kid, name, SALT, value)

    def token(self, seq: int, signer: Signer | None = None, realm: str | None = None) -> bytes:
        """The token that its display shows now."""
        key = signer or self.key
        cti = bytes(7) + bytes([seq % 256])
        return claim_token.sign(key.kid, self.now + OFFER_SECONDS, cti, seq, realm or self.city.city.realm, key)

    def opens(self, seq: int, name: str = "led", value: bytes = CODE, salt: bytes = SALT) -> None:
        """Its opening comes by way of the gateway."""
        message = opening.encode(Opening(seq, name, salt, value))
        self.ear.heard(self.city.gateway.kid, relayed.encode(self.key.kid, message))

    def told(self) -> list[tuple[int, int]]:
        """(seq, status) of the notices for it since the last time."""
        found = []
        for gateway, message in self.backend.notices.take():
            assert gateway == self.city.gateway.kid
            kid, notice = relayed.decode(message)
            assert kid == self.key.kid
            said = claim_notice.decode(notice)
            found.append((said.seq, said.status))
        return found
