"""What the registry is told, signed for real: withdrawals, and what operators and release keys say."""

from civicroot_gateway.registry.trust_book import News, TrustBook
from civicroot_wire import configuration, keys, release, revocation, topic, withdrawal
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.configuration import Configuration
from civicroot_wire.release import Release
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer
from civicroot_wire.withdrawal import Withdrawal

from .city import REALM, City, verify

Setting = int | DecimalFraction | bool | str


def revoke(
    city: City,
    key: Signer,
    reason: int = revocation.COMPROMISED,
    last_seq: int | None = None,
    successor: Signer | None = None,
    registrar: Signer | None = None,
    realm: str = REALM,
) -> bytes:
    """Log the revocation of a key; its withdrawal."""
    registrar = registrar or city.registrar
    after = None if successor is None else keys.thumbprint(successor.public)
    found = Revocation("bin/1", keys.thumbprint(key.public), reason, last_seq, after)
    index = city.log.append(revocation.sign(found, registrar.kid, "registrar", realm, registrar))
    return withdrawal.encode(Withdrawal(city.log.logged(index), city.log.note()))


def rotate(city: City, key: Signer, last_seq: int, successor: Signer) -> bytes:
    """Log the rotation of a key; its withdrawal."""
    return revoke(city, key, revocation.ROTATED, last_seq, successor)


def configured(operator: Signer, subject: str, version: int, realm: str = REALM, **settings: Setting) -> bytes:
    """An operator's configuration."""
    return configuration.sign(Configuration(subject, version, settings), operator.kid, "operator/1", realm, operator)


def released(key: Signer, subject: str, version: tuple[int, int, int], files: list[tuple[str, int, bytes]]) -> bytes:
    """A release manifest."""
    found = Release(subject, version, "esp32", (0, 0, 0), files)
    return release.sign(found, key.kid, "release/1", REALM, key)


class Desk:
    """A trust book over a store in memory: `say` takes in a message as a group of its own, `reopen` starts again."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.stored: dict[str, dict[bytes, bytes]] = {}
        self.reopen()

    def reopen(self) -> None:
        self.book = TrustBook(self.city.policy, self.city.gateway.kid, verify)
        self.book.load(self)

    def load(self, kind: str) -> dict[bytes, bytes]:
        return dict(self.stored.get(kind, {}))

    def say(self, leaf: str, kid: bytes | None, message: bytes) -> News | None:
        news = self.book.receive(leaf, kid, message)
        for (kind, about), saved in (news.saved if news else {}).items():
            self.stored.setdefault(kind, {})[about] = saved
        self.book.committed()
        return news

    def trust_all(self) -> None:
        for kid, message in self.city.registrations.items():
            self.say(topic.ENROLMENT, kid, message)
