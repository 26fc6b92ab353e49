"""The time-stamp authority's client against a real OpenSSL authority over HTTP: honest, lying, down and garbled."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from civicroot_anchor import rfc3161 as evidence_of
from civicroot_anchor import time_stamp
from civicroot_backend.anchor.anchor import Confirmed, Failed
from civicroot_backend.anchor.remote import Remote
from civicroot_backend.anchor.rfc3161 import MAX_REPLY, TimeStampAuthority, from_settings
from civicroot_backend.anchor.settings import Settings
from civicroot_backend.errors import AnchorUnavailable, ConfigurationError
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.policy_anchor import Anchor as Trusted

from tests.support.tsa import DAY, Answer, Holder, Stamping, TsaServer, authority, ecdsa_key, rsa_key, stamper

TREE = Checkpoint("log.city.example", 70_000, bytes(range(32)))
OTHER = Checkpoint("log.city.example", 70_001, bytes(32))
REFUSED = bytes.fromhex("30053003020102")
WAITING = bytes.fromhex("30053003020103")


@dataclass
class Town:
    """A root, an authority below it, its server, and where its files lie."""

    root: Holder
    signer: Holder
    stamping: Stamping
    server: TsaServer
    folder: Path

    def trusted(self) -> Trusted:
        certificate = base64.b64encode(self.root.der).decode()
        return Trusted({"name": "time", "kind": "rfc3161", "first": 0, "certificate": certificate})

    def anchor(self) -> TimeStampAuthority:
        return TimeStampAuthority(self.trusted(), Remote(self.server.url, 0), [self.signer.der])

    def settings(self, **changes: object) -> Settings:
        (self.folder / "chain.pem").write_bytes(self.signer.pem)
        values = {"kind": "rfc3161", "interval_seconds": 60, "url": self.server.url, "certificates": "chain.pem"}
        return Settings("time", {**values, **changes}, self.trusted(), self.folder, lambda: 0.0)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    root = authority("Root of time", rsa_key())
    signer = stamper("Clock", ecdsa_key(), root)
    stamping = Stamping(tmp_path / "tsa", signer)
    with TsaServer(lambda query: Answer(stamping.reply(query))) as server:
        yield Town(root, signer, stamping, server, tmp_path)


def test_an_honest_authority_confirms_at_once(town: Town) -> None:
    anchor = town.anchor()
    before = int(datetime.now(UTC).timestamp())
    ticket = anchor.prepare(TREE)
    assert town.server.queries == []  # nothing leaves before the ticket is durable
    found = anchor.advance(ticket, TREE)
    assert isinstance(found, Confirmed), found
    assert town.server.queries == [ticket]
    assert before <= found.time <= datetime.now(UTC).timestamp() + 3  # seconds of accuracy, rounded up
    assert evidence_of.check(found.evidence, TREE, town.trusted()).time == found.time
    assert town.stamping.verify(ticket, town.stamping.reply(ticket), town.root, [town.signer])
    anchor.close()


def test_the_same_ticket_asks_the_same_again(town: Town) -> None:
    """After a crash nobody knows whether it was sent: then it is sent again, word for word."""
    ticket = town.anchor().prepare(TREE)
    for _ in range(2):
        assert isinstance(town.anchor().advance(ticket, TREE), Confirmed)
    assert town.server.queries == [ticket, ticket]
    assert time_stamp.nonce_of_request(ticket) != time_stamp.nonce_of_request(town.anchor().prepare(TREE))


def failure(town: Town, answer: Callable[[bytes], Answer]) -> str:
    town.server.answer = answer
    anchor = town.anchor()
    found = anchor.advance(anchor.prepare(TREE), TREE)
    assert isinstance(found, Failed), found
    return found.detail


def test_a_wrong_nonce_fails(town: Town) -> None:
    old = town.stamping.reply(town.anchor().prepare(TREE))
    assert "another nonce" in failure(town, lambda _: Answer(old))


def test_a_wrong_imprint_fails(town: Town) -> None:
    def other(query: bytes) -> Answer:
        """The same nonce over another tree."""
        wanted, given = (tree_digest(tree) for tree in (TREE, OTHER))
        assert wanted in query
        return Answer(town.stamping.reply(query.replace(wanted, given)))

    assert "something else" in failure(town, other)


def tree_digest(tree: Checkpoint) -> bytes:
    return hashlib.sha256(tree.body().encode()).digest()


def test_an_expired_certificate_fails(town: Town) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    town.signer = stamper("Clock", ecdsa_key(), town.root, valid=(now - 2 * DAY, now - DAY))
    stamping = Stamping(town.folder / "old", town.signer)
    assert "was not valid at" in failure(town, lambda query: Answer(stamping.reply(query)))


def test_a_foreign_certificate_fails(town: Town) -> None:
    town.signer = stamper("Clock", ecdsa_key(), authority("Another root", rsa_key()))
    stamping = Stamping(town.folder / "foreign", town.signer)
    assert "was not issued by" in failure(town, lambda query: Answer(stamping.reply(query)))


def test_another_signer_than_the_file_says_fails(town: Town) -> None:
    stamping = Stamping(town.folder / "new", stamper("New clock", ecdsa_key(), town.root))
    assert "another certificate signed" in failure(town, lambda query: Answer(stamping.reply(query)))


def test_a_refusal_of_the_authority_fails_and_says_why(town: Town) -> None:
    stamping = Stamping(town.folder / "picky", town.signer, accepts="sha512")
    detail = failure(town, lambda query: Answer(stamping.reply(query)))
    assert detail.startswith("refused: status 2: ")
    assert failure(town, lambda _: Answer(REFUSED)) == "refused: status 2"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(b"<html>please log in</html>"), "no time-stamp"),
        (Answer(b""), "no time-stamp"),
        (Answer(WAITING), "has no time-stamp yet"),
        (Answer(b"x" * (MAX_REPLY + 1)), "more than"),
        (Answer(b"busy", 503), "answers 503"),
        (Answer(b"", 404), "not there"),
        (Answer(b"", 302, {"Location": "http://127.0.0.1:1/"}), "redirects"),
    ],
)
def test_what_no_authority_says_is_tried_again_later(town: Town, answer: Answer, why: str) -> None:
    anchor = town.anchor()
    ticket = anchor.prepare(TREE)
    honest = town.server.answer
    town.server.answer = lambda _: answer
    with pytest.raises(AnchorUnavailable, match=why):
        anchor.advance(ticket, TREE)
    town.server.answer = honest
    assert isinstance(anchor.advance(ticket, TREE), Confirmed)


def test_granted_without_a_token_fails(town: Town) -> None:
    assert "does not hold" in failure(town, lambda _: Answer(bytes.fromhex("30053003020100")))


def test_an_authority_that_is_down_is_tried_again_later(town: Town) -> None:
    anchor = TimeStampAuthority(town.trusted(), Remote("http://127.0.0.1:1", 0), [town.signer.der])
    with pytest.raises(AnchorUnavailable, match="does not answer"):
        anchor.advance(anchor.prepare(TREE), TREE)


def test_it_is_made_of_its_table(town: Town) -> None:
    anchor = from_settings(town.settings())
    assert (anchor.name, anchor.kind, anchor.parallel) == ("time", "rfc3161", 1)
    assert isinstance(anchor.advance(anchor.prepare(TREE), TREE), Confirmed)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"url": "ftp://tsa.example"}, "no http"),
        ({"url": 7}, "is no text"),
        ({"certificates": "missing.pem"}, "missing.pem"),
        ({"certificates": "none.pem"}, "none.pem"),
        ({"polish": True}, "unknown keys: polish"),
    ],
)
def test_a_wrong_table_is_refused(town: Town, changes: dict[str, object], why: str) -> None:
    (town.folder / "none.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match=why):
        from_settings(town.settings(**changes))
