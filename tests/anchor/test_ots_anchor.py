"""The OpenTimestamps anchor against a calendar and a block API on this machine: honest, slow, down and malicious."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from civicroot_anchor import opentimestamps as evidence_of
from civicroot_anchor.ots import Detached, Operation, timestamp
from civicroot_anchor.ots.attestation import BITCOIN, BlockHeader
from civicroot_anchor.ots.operation import SHA256
from civicroot_backend.anchor.anchor import Confirmed, Failed, Pending, Progress
from civicroot_backend.anchor.bitcoin import BlockApi
from civicroot_backend.anchor.calendar import Calendar
from civicroot_backend.anchor.opentimestamps import GIVE_UP_SECONDS, OpenTimestamps, from_settings
from civicroot_backend.anchor.remote import Remote
from civicroot_backend.anchor.settings import Settings
from civicroot_backend.demo import certificate
from civicroot_backend.errors import AnchorUnavailable, ConfigurationError
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.policy_anchor import Anchor as Trusted
from opentimestamps.core.serialize import BytesDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile

from tests.support import blocks
from tests.support.calendar import MISSING, START, Answer, CalendarServer, Chain, Server

TREE = Checkpoint("log.city.example", 70_000, bytes(range(32)))
NOW = 1_790_000_000
CONFIRMATIONS = 3


def trusted(work: int = blocks.WORK, pinned: tuple[str, ...] = ()) -> Trusted:
    return Trusted({"name": "bitcoin", "kind": "opentimestamps", "first": 0, "work": work, "blocks": list(pinned)})


@dataclass
class Town:
    """Two calendars, a block API, and the anchor that uses them."""

    calendars: list[CalendarServer]
    chain: Chain
    api: Server
    now: float = NOW
    ticking: float = 0.0
    opened: list[OpenTimestamps] = field(default_factory=list)

    def anchor(self, policy: Trusted | None = None, poll_seconds: float = 0) -> OpenTimestamps:
        """Another process's anchor: it knows nothing but the ticket."""
        calendars = [Calendar(Remote(each.url, 0, self.monotonic)) for each in self.calendars]
        api = BlockApi(Remote(self.api.url, 0, self.monotonic))
        self.opened.append(
            OpenTimestamps(
                policy or trusted(), calendars, api, lambda: self.now, CONFIRMATIONS, poll_seconds, self.monotonic
            )
        )
        return self.opened[-1]

    def monotonic(self) -> float:
        return self.ticking

    def asked(self) -> int:
        """How many requests anybody got."""
        return sum(len(each.asked) for each in (*self.calendars, self.api))

    def advance(self, ticket: bytes | None = None, policy: Trusted | None = None) -> Progress:
        """One step by an anchor of its own."""
        anchor = self.anchor(policy)
        return anchor.advance(anchor.prepare(TREE) if ticket is None else ticket, TREE)


@pytest.fixture
def town() -> Iterator[Town]:
    with ExitStack() as stack:
        chain = Chain()
        calendars = [stack.enter_context(CalendarServer()) for _ in range(2)]
        found = Town(calendars, chain, stack.enter_context(Server(chain.route)))
        yield found
        for each in found.opened:
            each.close()


def pending(progress: Progress) -> Pending:
    assert isinstance(progress, Pending), progress
    return progress


def confirmed(progress: Progress) -> Confirmed:
    assert isinstance(progress, Confirmed), progress
    return progress


def test_from_submission_to_a_proof_that_needs_nobody(town: Town) -> None:
    """The whole life, each step by a process that has only the ticket; PyPI's library reads the result."""
    anchor = town.anchor()
    ticket = anchor.prepare(TREE)
    assert town.asked() == 0  # nothing has left this machine
    waiting = pending(anchor.advance(ticket, TREE))
    assert [each.asked[0] for each in town.calendars] == [("POST", "/digest")] * 2
    again = pending(town.advance(waiting.ticket))
    assert again.ticket == waiting.ticket
    assert [each.asked.count(("POST", "/digest")) for each in town.calendars] == [1, 1]

    height = town.calendars[0].commit(town.chain)
    attested = pending(town.advance(again.ticket))
    assert f"block {height} has 1 confirmations" in attested.detail
    town.chain.mine(count=CONFIRMATIONS - 1)
    done = confirmed(town.advance(attested.ticket))

    assert done.time == START + 600 * height
    found = evidence_of.check(done.evidence, TREE, trusted(work=blocks.WORK))
    assert (found.status, found.time, found.size) == ("checked", done.time, TREE.size)
    assert blocks.shown(town.chain.headers[height]) in found.says and "two hours" in found.says
    operations, header = evidence_of.decode(done.evidence)
    whole = timestamp.of_line(operations, BlockHeader(BITCOIN, height))
    file = Detached(Operation(SHA256), evidence_of.digest(TREE), whole).encode()
    theirs = DetachedTimestampFile.deserialize(BytesDeserializationContext(file))
    ((message, _),) = theirs.timestamp.all_attestations()
    assert message == header.merkle_root


def test_a_ticket_lost_before_it_was_recorded_submits_again_and_ends_the_same(town: Town) -> None:
    """A crash between the calendar's answer and the record: the calendar has a leaf more, the city one anchor."""
    first = pending(town.advance())
    second = pending(town.advance())
    assert first.ticket != second.ticket
    height = town.calendars[0].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS - 1)
    assert confirmed(town.advance(second.ticket)).time == START + 600 * height


def test_one_calendar_down_and_one_that_never_completes(town: Town) -> None:
    town.calendars[0].close()
    waiting = pending(town.advance())
    assert "does not answer" in waiting.detail and "1 calendars have it" in waiting.detail
    for _ in range(3):  # a calendar that promised and has nothing to show
        waiting = pending(town.advance(waiting.ticket))
    town.calendars[1].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    confirmed(town.advance(waiting.ticket))


def test_all_calendars_down_is_the_same_ticket_later(town: Town) -> None:
    for each in town.calendars:
        each.route = lambda *_: Answer(b"", 503)
    with pytest.raises(AnchorUnavailable, match=r"nobody answers.*answers 503"):
        town.advance()
    town.calendars[0].route = town.calendars[0].honest
    pending(town.advance())


def test_the_block_api_down_loses_nothing(town: Town) -> None:
    waiting = pending(town.advance())
    town.calendars[0].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    town.api.route = lambda *_: Answer(b"", 500)
    waiting = pending(town.advance(waiting.ticket))
    assert "answers 500" in waiting.detail
    town.calendars[0].route = town.calendars[1].route = lambda *_: Answer(b"", 500)  # what it said is in the ticket
    town.api.route = town.chain.route
    confirmed(town.advance(waiting.ticket))


def test_a_reorganisation_before_the_confirmations(town: Town) -> None:
    """The block with the tree is undone: the calendar commits again, and the newer block is the evidence."""
    waiting = pending(town.advance())
    height = town.calendars[0].commit(town.chain)
    waiting = pending(town.advance(waiting.ticket))
    town.chain.reorganise(height, CONFIRMATIONS + 1)
    waiting = pending(town.advance(waiting.ticket))
    assert "does not commit to this tree" in waiting.detail
    later = town.calendars[1].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    assert confirmed(town.advance(waiting.ticket)).time == START + 600 * later


def test_asked_again_too_soon_it_bothers_nobody(town: Town) -> None:
    anchor = town.anchor(poll_seconds=300)
    waiting = pending(anchor.advance(anchor.prepare(TREE), TREE))
    waiting = pending(anchor.advance(waiting.ticket, TREE))
    asked = town.asked()
    assert anchor.advance(waiting.ticket, TREE) == waiting
    assert town.asked() == asked
    town.ticking += 301
    assert anchor.advance(waiting.ticket, TREE) == waiting
    assert town.asked() == asked + 2


def test_a_dead_server_is_left_alone_for_a_while(town: Town) -> None:
    """However many anchorings wait, it costs one timeout a minute."""
    remote = Remote(town.api.url, 60, town.monotonic)
    town.api.close()
    with pytest.raises(AnchorUnavailable):
        remote.get("/x", 10, "text/plain")
    with Server(lambda *_: Answer(b"back")) as back:
        remote.url = back.url
        with pytest.raises(AnchorUnavailable):
            remote.get("/x", 10, "text/plain")
        assert not back.asked
        town.ticking += 61
        assert remote.get("/x", 10, "text/plain") == b"back"
    remote.close()


def test_after_a_week_without_a_block_a_newer_tree_is_anchored(town: Town) -> None:
    waiting = pending(town.advance())
    town.now += GIVE_UP_SECONDS + 1
    assert isinstance(town.advance(waiting.ticket), Failed)
    height = town.calendars[0].commit(town.chain)  # late, yet true
    town.chain.mine(count=CONFIRMATIONS)
    assert confirmed(town.advance(waiting.ticket)).time == START + 600 * height


def test_a_damaged_ticket_is_given_up(town: Town) -> None:
    assert isinstance(town.advance(b"\x00"), Failed)
    assert town.asked() == 0


GARBAGE = {
    "nothing": Answer(b""),
    "text": Answer(b"<html>captive portal</html>"),
    "a fork without end": Answer(b"\xff" * 5000),
    "a length without end": Answer(b"\xf0" + b"\xff" * 100),
    "a message that grows": Answer((b"\xf0\x80\x10" + bytes(2048)) * 3),
    "300 operations": Answer(b"\x08" * 300 + b"\x00" + bytes(8) + b"\x00"),
    "10001 bytes": Answer(b"\x08" * 10_001),
    "no end": Answer(b"\xf2" * 4096, endless=True),
    "a pending URI with a query": Answer(b"\x00" + bytes.fromhex("83dfe30d2ef90c8e") + b"\x0e\x0dhttp://a.b/?c"),
    "another place": Answer(b"", 302, {"Location": "http://127.0.0.1:9/internal"}),
    "a compressed bomb": Answer(b"\x1f\x8b\x08" + bytes(64), headers={"Content-Encoding": "gzip"}),
    "a header of 70 kB": Answer(b"", headers={"X-Long": "a" * 70_000}),
    "a hundred thousand headers": Answer(b"", headers={f"X-{number}": "a" for number in range(100_000)}),
    "a refusal": Answer(b"no", 403),
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("path", ["/digest", "/timestamp/"])
def test_garbage_from_one_calendar_stops_nothing(town: Town, name: str, path: str) -> None:
    """Whatever one calendar answers, the other one's proof is found; and the bad one is named."""
    bad = town.calendars[0]
    bad.route = lambda method, where, body: GARBAGE[name] if where.startswith(path) else bad.honest(method, where, body)
    waiting = pending(town.advance())
    assert bad.url in waiting.detail
    town.calendars[1].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    confirmed(town.advance(waiting.ticket))


@pytest.mark.parametrize(
    ("scheme", "start"),
    [
        ("http", b""),
        ("http", b"HTTP/1.1 200 OK\r\nX-Long: "),
        ("http", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("https", b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb"),  # a server's hello of 16 kB
    ],
    ids=["first line", "header", "body", "handshake"],
)
def test_an_answer_that_drips_is_cut(scheme: str, start: bytes) -> None:
    """Always alive, but late, be it in the handshake or in headers: the deadline is of the whole answer."""
    stop = Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            line, _ = listening.accept()
            with line, suppress(OSError):
                line.sendall(start)
                while not stop.wait(0.02):  # far below any timeout of a single read
                    line.sendall(b"a")

        thread = Thread(target=drip)
        thread.start()
        try:
            remote = Remote(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", answer_seconds=0.3)
            with pytest.raises(AnchorUnavailable, match="does not answer: TimeoutError"):
                remote.get("/timestamp/00", 1 << 40, "text/plain")
        finally:
            stop.set()
            thread.join()


def test_a_host_that_cannot_prove_its_name_is_not_asked(tmp_path: Path) -> None:
    """Somebody in the network stands in for a calendar, with a certificate of his own; with a known one it works."""
    paths = certificate.make(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    with Server(lambda *_: Answer(b"secret"), context) as stranger:
        url = stranger.url.replace("http:", "https:")
        with pytest.raises(AnchorUnavailable, match="SSLCertVerificationError"):
            Remote(url).get("/x", 10, "text/plain")
        assert not stranger.asked
        known = Remote(url, tls=ssl.create_default_context(cafile=str(paths[0])))
        assert known.get("/x", 10, "text/plain") == b"secret"


def test_an_answer_that_is_cut_short_is_none() -> None:
    with (
        Server(lambda *_: Answer(b"abc", announced=4)) as cut,
        pytest.raises(AnchorUnavailable, match="IncompleteRead"),
    ):
        Remote(cut.url).get("/x", 10, "text/plain")


def test_a_pending_uri_of_another_host_is_never_followed(town: Town) -> None:
    """A calendar cannot make the city ask an address inside its network (SSRF)."""
    with Server(lambda *_: MISSING) as inside:
        bad = town.calendars[0]
        uris = (inside.url, inside.url + "/metadata", "file:///etc/passwd", "", "//" + inside.url)
        bad.route = lambda _method, _path, body: Answer(bad.promise(body, *uris))
        waiting = pending(town.advance())
        assert "which is not configured and not asked" in waiting.detail
        for _ in range(3):
            waiting = pending(town.advance(waiting.ticket))
        assert not inside.asked


def test_a_pool_that_refers_to_a_configured_calendar_is_followed(town: Town) -> None:
    pool, calendar = town.calendars
    pool.route = lambda _method, _path, body: Answer(calendar.promise(body, calendar.url + "/"))
    waiting = pending(town.advance())
    calendar.commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    confirmed(town.advance(waiting.ticket))
    assert pool.asked == [("POST", "/digest")]


def attested(height: int, operations: tuple[Operation, ...] = (Operation(SHA256),), tag: bytes = BITCOIN) -> Answer:
    return Answer(timestamp.of_line(operations, BlockHeader(tag, height)).encode())


LIES = {
    "a block of other transactions": attested(1),
    "a block that is not there yet": attested(10_000),
    "a height of 64 bits": attested((1 << 64) - 1),
    "another commitment's way": attested(1, (Operation(0xF0, b"another"), Operation(SHA256))),
    "a root of the wrong length": attested(1, (Operation(0x02),)),
    "only another chain": attested(1, tag=bytes.fromhex("06869a0d73d71b45")),
}


@pytest.mark.parametrize("name", LIES)
def test_a_block_that_does_not_fit_is_no_evidence(town: Town, name: str) -> None:
    """Not with the false attestation alone, nor beside the other calendar's true one; nor is it believed for ever."""
    town.chain.mine(count=CONFIRMATIONS)
    liar = town.calendars[0]
    liar.route = lambda method, path, body: liar.honest(method, path, body) if method == "POST" else LIES[name]
    waiting = pending(town.advance())
    for _ in range(2):
        waiting = pending(town.advance(waiting.ticket))
    liar.route = liar.honest
    liar.commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    confirmed(town.advance(waiting.ticket))


def test_a_lying_block_api_confirms_nothing(town: Town) -> None:
    """A header made up for the very root: it lacks work, or is not of the hash that was asked for."""
    waiting = pending(town.advance())
    height = town.calendars[0].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    true = town.chain.headers[height]
    idle = next(
        found
        for nonce in range(1000)
        if int.from_bytes(blocks.sha256d(found := blocks.header(true[36:68], START, nonce=nonce)), "little") >> 250
    )

    def with_header(header: bytes, name: str) -> None:
        def route(method: str, path: str, body: bytes) -> Answer:
            if path.startswith("/block-height/"):
                return Answer(name.encode())
            return Answer(header.hex().encode()) if path.startswith("/block/") else town.chain.route(method, path, body)

        town.api.route = route

    with_header(idle, blocks.shown(idle))
    assert "too-little-work" in pending(town.advance(waiting.ticket)).detail
    with_header(idle, blocks.shown(true))
    assert "another header" in pending(town.advance(waiting.ticket)).detail
    town.api.route = town.chain.route
    pinned = trusted(work=255, pinned=(blocks.shown(true),))
    assert confirmed(town.advance(waiting.ticket, pinned)).time == START + 600 * height
    assert "too-little-work" in pending(town.advance(waiting.ticket, trusted(work=255))).detail


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x"),
        Answer(b""),
        Answer(b"-1"),
        Answer(b"9" * 10),
        Answer(b"7" * 300),
        MISSING,
        Answer(b"7", endless=True),
    ],
)
@pytest.mark.parametrize("path", ["/blocks/tip/height", "/block-height/", "/block/"])
def test_garbage_from_the_block_api(town: Town, path: str, answer: Answer) -> None:
    waiting = pending(town.advance())
    town.calendars[0].commit(town.chain)
    town.chain.mine(count=CONFIRMATIONS)
    town.api.route = lambda method, where, body: (
        answer if where.startswith(path) else town.chain.route(method, where, body)
    )
    waiting = pending(town.advance(waiting.ticket))
    town.api.route = town.chain.route
    confirmed(town.advance(waiting.ticket))


def settings(**values: object) -> Settings:
    return Settings(
        "bitcoin", {"kind": "opentimestamps", "interval_seconds": 3600, **values}, trusted(), Path(), lambda: NOW
    )


def test_configuration() -> None:
    good: dict[str, object] = {"calendars": ["https://a.example/"], "block_api_url": "https://b.example/api"}
    anchor = from_settings(settings(**good, confirmations=12, poll_seconds=60))
    assert (anchor.name, anchor.kind, anchor.parallel) == ("bitcoin", "opentimestamps", 16)
    anchor.close()
    for wrong in (
        {"calendars": []},
        {"calendars": ["https://a.example", "https://a.example/"]},
        {"calendars": [f"https://{number}.example" for number in range(9)]},
        {"calendars": ["ftp://a.example"]},
        {"block_api_url": "b.example"},
        {"confirmations": 0},
        {"poll_seconds": -1},
        {"calender": 1},
    ):
        with pytest.raises(ConfigurationError):
            from_settings(settings(**{**good, **wrong}))
    with pytest.raises(ConfigurationError):
        from_settings(settings(calendars=["https://a.example"]))
