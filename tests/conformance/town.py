"""A city's log with one of everything in it, served over HTTP by the real application; only this part knows Civicroot.

index 0 the policy, then keys, two gateways' batches, an organisation's statements, a rotation, status lists
"""

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import httpx
from civicroot_wire import claims, keys, revocation, statement, status_list
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer
from civicroot_wire.status_list import StatusList

from tests.backend.api_city import COSE, Served
from tests.backend.city import NOW
from tests.conformance.independent_note import VerifierKey, verifier_key
from tests.conformance.independent_tiles import TiledLog

FIRST_BIT = 16  # of our keys in the status list; founding the city takes the first
STATEMENTS = 280  # with the rest more than one full tile
DOCUMENT = b"a contract that stays private"


@dataclass
class Town:
    """What was logged, and what an outsider saw published on the way."""

    served: Served
    devices: dict[str, Signer] = field(default_factory=dict)
    statements: dict[int, bytes] = field(default_factory=dict)
    heads: list[TiledLog] = field(default_factory=list)  # as fetched after each publication

    @property
    def policy(self) -> dict[str, Any]:
        """The model of policy.json."""
        model: dict[str, Any] = self.get("policy.json").json()["policy"]
        return model

    @property
    def log_key(self) -> VerifierKey:
        """The log's verifier key, from the policy."""
        return verifier_key(self.policy["logs"][0]["vkey"])

    def get(self, path: str) -> httpx.Response:
        """What the server answers; it must be there."""
        answer = self.served.client.get("/" + path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer

    def fetch(self, path: str) -> bytes:
        """A file of the log."""
        return self.get("log/" + path).content

    def submit(self, entry: bytes) -> int:
        """Log an entry over HTTP; its index."""
        answer = self.served.client.post("/entries", content=entry, headers={**COSE, "prefer": "respond-async"})
        assert answer.status_code in (200, 201, 202), answer.text
        return int(answer.headers["location"].rpartition("/")[2])

    def publish(self) -> None:
        """Publish, and fetch what an outsider then sees."""
        self.served.city.publish()
        self.heads.append(TiledLog(self.fetch, self.log_key))


def grown(served: Served) -> Town:
    """Everything, in an order that lets every kind of proof be made."""
    town, city = Town(served), served.city
    registrar = city.city.registrar
    uri = f"https://{city.city.realm}/status-lists/{registrar.kid.hex()}"
    town.publish()
    for bit, subject in enumerate(("bin/1", "bin/2", "tree/3")):
        town.devices[subject] = city.enrol_device(subject, status=(FIRST_BIT + bit, uri), label=f"number {bit}")
        town.publish()
    gateway = city.city.key()
    town.submit(city.city.enrolment(gateway, "gateway/2", "gateway", status=(FIRST_BIT + 3, uri)))
    city.gateway = gateway
    office = city.city.key()
    town.submit(city.city.enrolment(office, "organisation/works", "organisation"))
    town.publish()
    for number in range(2):
        city.commit([city.fill(key, number, 40 + number) for key in town.devices.values()])
        town.publish()
    town.submit(_status(town, uri))
    town.publish()
    # A key is rotated: what it signed before stays provable.
    old, new = town.devices["bin/2"], city.enrol_device("bin/2", status=(FIRST_BIT + 4, uri))
    town.submit(_rotation(town, "bin/2", old, new))
    town.submit(_status(town, uri, FIRST_BIT + 1))
    town.publish()
    about = claims.Claims("application/vnd.example.inspection", "organisation/works", "bridge/7", city.city.realm)
    digest = hashlib.sha256(DOCUMENT).digest()
    hashed = statement.sign(about, digest, office.kid, office, "application/pdf", True, "https://works.example/7")
    for number, entry in enumerate([hashed, *_inspections(about, office)]):
        town.statements[town.submit(entry)] = entry
        if number in (1, 100):
            town.publish()
    town.publish()
    return town


def _inspections(about: claims.Claims, office: Signer) -> list[bytes]:
    return [
        statement.sign(about, json.dumps({"inspection": number}).encode(), office.kid, office, "application/json")
        for number in range(STATEMENTS)
    ]


def _status(town: Town, uri: str, *revoked: int) -> bytes:
    city = town.served.city.city
    bits = sum(1 << bit for bit in revoked).to_bytes(8, "little")
    listed = StatusList(uri, zlib.compress(bits, 9), NOW)
    return status_list.sign(listed, city.registrar.kid, "the registrar", city.realm, city.registrar)


def _rotation(town: Town, subject: str, old: Signer, new: Signer) -> bytes:
    city = town.served.city.city
    said = Revocation(subject, keys.thumbprint(old.public), revocation.ROTATED, 1, keys.thumbprint(new.public))
    return revocation.sign(said, city.registrar.kid, "the registrar", city.realm, city.registrar)
