"""A city whose log a Bitcoin block commits to: configuration, runner, store, bundle and verification together."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from civicroot_anchor import opentimestamps
from civicroot_anchor.checks import anchor_checks
from civicroot_backend.anchor.runner import name_of
from civicroot_backend.database.tables import anchorings
from civicroot_backend.genesis import Anchoring, Outside
from civicroot_backend.realm import Addresses
from civicroot_backend.service import Backend
from civicroot_wire import entry_verifier
from civicroot_wire.errors import ProofError
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import verify
from sqlalchemy import select

from tests.backend.city import City
from tests.support import blocks
from tests.support.calendar import START, CalendarServer, Chain, Server

NAME = "bitcoin.example"


def inflate(_compressed: bytes, _limit: int) -> bytes:
    raise AssertionError("these proofs carry no status list")


def outside(calendar: CalendarServer, api: Server) -> Outside:
    item = {"name": NAME, "kind": "opentimestamps", "first": 0, "work": blocks.WORK, "blocks": []}
    settings = {
        "kind": "opentimestamps",
        "calendars": [calendar.url],
        "block_api_url": api.url,
        "interval_seconds": 3600,
        "confirmations": 2,
        "poll_seconds": 0,
    }
    return Outside(anchors=(Anchoring(NAME, "opentimestamps", item, settings),))


def state(backend: Backend) -> tuple[int, str, str]:
    with backend.database.read() as connection:
        (row,) = connection.execute(select(anchorings)).all()
    return row.size, row.state, row.detail


def test_from_an_entry_to_a_proof_that_a_bitcoin_block_dates(tmp_path: Path) -> None:
    """Pending across a restart, confirmed by the second block; the bundle holds without calendar and block API."""
    with ExitStack() as servers:
        chain = Chain()
        calendar, api = servers.enter_context(CalendarServer()), servers.enter_context(Server(chain.route))
        city = City(tmp_path, Addresses(public_url="https://city.example"), outside=outside(calendar, api))
        with city.backend() as backend:
            backend.submit(city.enrolment(city.key(), "bin/1", "device"))
            backend.publish_pending()
            assert backend.published is not None
            size = backend.published.size
            backend.anchor()
            assert state(backend)[:2] == (size, "pending")
        height = calendar.commit(chain)
        with city.backend() as backend:
            backend.anchor()
            assert state(backend)[:2] == (size, "pending")
            assert f"block {height} has 1 confirmations" in state(backend)[2]
            chain.mine()
            backend.anchor()
            assert state(backend) == (
                size,
                "confirmed",
                f"Bitcoin block {height}, {blocks.shown(chain.headers[height])}",
            )
            evidence = backend.store.get(name_of(NAME, size))
            proof, policy = backend.entry_proof(size - 1), backend.policy
        assert calendar.asked.count(("POST", "/digest")) == 1
    assert evidence is not None and evidence in proof
    assert opentimestamps.decode(evidence)[1].data == chain.headers[height]
    (shown,) = entry_verifier.verify(proof, policy, verify, inflate, anchor_checks()).anchored
    assert (shown.status, shown.size, shown.time) == ("checked", size, START + 600 * height)
    refuse_with_more_work(proof, policy)


def refuse_with_more_work(proof: bytes, policy: Policy) -> None:
    """A verifier that asks for more work than the block shows refuses the whole proof."""
    policy.anchors[0].work = 200
    with pytest.raises(ProofError, match="too-little-work"):
        entry_verifier.verify(proof, policy, verify, inflate, anchor_checks())
