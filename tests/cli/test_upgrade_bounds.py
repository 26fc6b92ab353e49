"""`civicroot proof upgrade` and `verify`: the beacon's checkpoint and external anchors, from public material alone."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from civicroot_wire import batch, cosignature, enrolment, head, merkle, note, proof, sodium
from civicroot_wire.anchors import Anchored
from civicroot_wire.cbor import decode as decode_cbor
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.logged import Logged
from civicroot_wire.proof import Proof
from civicroot_wire.sodium import Signer

from tests.audit.anchoring import BITCOIN, Authority, Contract, bitcoin
from tests.audit.copies import ORIGIN, Copy, RealCity, make_city
from tests.audit.servers import send, server
from tests.backend.city import NOW
from tests.cli.conftest import Civicroot
from tests.support.chain import Chain

MADE, TOLD = NOW + 3600, NOW + 600


@pytest.fixture(scope="module")
def real_city(tmp_path_factory: pytest.TempPathFactory) -> RealCity:
    return make_city(tmp_path_factory.mktemp("city"))


class Reading:
    """A city with three witnesses and a quorum of two, and the bundle of a reading in it as `file`."""

    def __init__(self, real: RealCity, folder: Path, anchors: list[dict[str, Any]]) -> None:
        self.copy = copy = Copy.of(real, folder / "copy")
        copy.let_in(anchors=anchors)
        copy.cosigned_at = TOLD
        copy.let_witnesses_in(3, 2)
        self.told = copy.keep_beacon()
        self.record = copy.reading(beacon=self.told)
        copy.cosigned_at = MADE
        copy.append(copy.batch([self.record]))
        self.at = len(copy.entries) - 1
        self.file = folder / "reading.proof"
        self.trust = ("--policy", copy.policy_file)
        self.write()

    def write(self, **parts: Any) -> None:
        """The bundle as of the newest checkpoint, without what an upgrade adds."""
        text = self.copy.path("log/checkpoint").read_text()
        real = self.copy.real
        device, gateway = real.devices["bin/1"], real.gateway
        logged = {key.kid: self._logged(index) for index, key in self._enrolments((device, gateway))}
        header = self._logged(self.at)
        made = Proof(
            self.copy.realm, self.record, 0, [], header, text, logged[device.kid], logged[gateway.kid], **parts
        )
        self.file.write_bytes(proof.encode(made))

    def _enrolments(self, keys: tuple[Signer, ...]) -> Iterator[tuple[int, Signer]]:
        for index, entry in enumerate(self.copy.entries):
            for key in keys:
                try:
                    if enrolment.decode(entry).kid == key.kid:
                        yield index, key
                except ValueError:
                    continue

    def _logged(self, index: int) -> Logged:
        return Logged(self.copy.entries[index], index, self.path(index))

    def path(self, index: int, size: int | None = None) -> list[bytes]:
        leaves = [merkle.leaf_hash(entry) for entry in self.copy.entries]

        def root(low: int, high: int) -> bytes:
            return merkle.root(leaves[low:high])

        return merkle.inclusion_path(root, index, size or len(leaves))

    @property
    def upgrade(self) -> tuple[str | Path, ...]:
        return ("proof", "upgrade", self.file, "--url", self.copy.public, *self.trust)

    def decoded(self) -> Proof:
        return proof.decode(self.file.read_bytes())


@pytest.fixture
def reading(real_city: RealCity, tmp_path: Path) -> Reading:
    return Reading(real_city, tmp_path, [BITCOIN])


def said(run: Civicroot, reading: Reading, *more: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = run("verify", reading.file, *reading.trust, "--json", *more).lines()[0]
    return found


def test_a_reading_comes_to_lie_between_two_witnessed_moments(reading: Reading, ok: Civicroot) -> None:
    before = ok("verify", reading.file, *reading.trust)
    assert "the proof carries no beacon checkpoint (`civicroot proof upgrade` adds it if" in before.out
    assert "- that the log existed by some time on a clock outside" in before.out
    done = ok(*reading.upgrade)
    assert "+ made no earlier than 2023-11-14T22:23:20+00:00 (by the clocks of witness0.example, " in done.out
    after = ok("verify", reading.file, *reading.trust).out
    assert "+ seen by 3 of 3 witnesses: witness0.example, witness1.example, witness2.example (2 are needed)" in after
    assert (
        "+ made between 2023-11-14T22:23:20+00:00 and 2023-11-14T23:13:20+00:00, within 50 minutes: after 2 of "
        "witness0.example, witness1.example, witness2.example, before 2 of witness0.example, witness1.example, "
        "witness2.example, by their clocks"
    ) in after
    found = said(ok, reading)
    names = [f"witness{number}.example" for number in range(3)]
    assert found["interval"] == {"start": {"time": TOLD, "clocks": names}, "end": {"time": MADE, "clocks": names}}
    assert (found["not_before"], found["not_after"], found["witnesses_known"], found["quorum"]) == (TOLD, MADE, 3, 2)
    assert f"nothing new; {reading.file} is as it was" in ok(*reading.upgrade).out


def forged(reading: Reading, fault: str) -> str:
    """A note in place of the beacon's."""
    path = next(reading.copy.path("log/beacon").glob("*/*"))
    text = path.read_text()
    copy = reading.copy
    if fault == "kept no longer":
        path.unlink()
        return "the city has not kept it"
    if fault == "rubbish":
        text = "none\n"
    elif fault == "of another moment":
        body = note.parse(text).body
        lines = "".join(cosignature.sign(body, TOLD - 9, key, signer) for key, signer in copy.witnesses)
        text = note.render(note.Note(body, note.parse(text).lines[:1])) + lines
    elif fault == "with a quorum missed":
        found = note.parse(text)
        text = note.render(note.Note(found.body, found.lines[:2]))
    elif fault == "with a forged line":
        found = note.parse(text)
        key, _ = copy.witnesses[0]
        text = note.render(note.Note(found.body, [*found.lines[:1], *found.lines[2:]]))
        text += cosignature.sign(found.body, TOLD, key, Signer(b"\x07" * 32))
    path.write_text(text)
    return {
        "rubbish": "does not hold: malformed",
        "of another moment": "does not hold: wrong-beacon",
        "with a quorum missed": "does not hold: quorum-missed",
        "with a forged line": "does not hold: bad-signature",
    }[fault]


@pytest.mark.parametrize(
    "fault", ["kept no longer", "rubbish", "of another moment", "with a quorum missed", "with a forged line"]
)
def test_an_unknown_or_forged_beacon_gives_no_lower_bound(reading: Reading, ok: Civicroot, fault: str) -> None:
    says = forged(reading, fault)
    done = ok(*reading.upgrade)
    assert "- no lower bound: of beacon" in done.out
    assert says in done.out
    assert reading.decoded().beacon is None
    found = said(ok, reading)
    assert (found["not_before"], found["interval"]["start"]) == (None, None)


def test_a_beacon_of_another_history_is_a_fork(reading: Reading, civicroot: Civicroot) -> None:
    copy = reading.copy
    other = Checkpoint(ORIGIN, 3, b"\x0f" * 32)
    kept = copy.path("log/checkpoint").read_bytes()
    copy.cosigned_at = TOLD
    copy.show(other, copy.real.city.log_key)
    reading.record = copy.reading(seq=9, beacon=copy.keep_beacon())
    copy.path("log/checkpoint").write_bytes(kept)
    copy.cosigned_at = MADE
    copy.append(copy.batch([reading.record], seq=99))
    reading.at = len(copy.entries) - 1
    reading.write()
    done = civicroot(*reading.upgrade)
    assert done.code == 1
    assert "THE LOG FORKED" in done.err
    evidence = reading.file.with_name(reading.file.name + ".fork").read_text()
    assert f"{ORIGIN}\n3\n" in evidence
    assert f"{ORIGIN}\n{len(copy.entries)}\n" in evidence
    assert evidence.count("witness0.example") == 2, "both heads with their witnesses' signatures"


# Anchors


def test_an_anchor_bounds_a_reading_by_a_clock_outside(reading: Reading, ok: Civicroot) -> None:
    copy, size = reading.copy, reading.at + 1
    mined = MADE - 600
    copy.append(copy.real.city.status_list([4], NOW + 99))
    for later in (size, size + 1):
        copy.keep_anchor("bitcoin", later, bitcoin(copy.tree(later), mined + later - size))
    copy.keep_anchor("stranger", size, b"of no anchor of the policy")
    done = ok(*reading.upgrade)
    assert "+ bitcoin: Bitcoin block" in done.out
    assert f"commits to the log's first {size} entries" in done.out
    assert "; to have made this up later, somebody would have to do the work of that Bitcoin block again" in done.out
    found = said(ok, reading)
    (anchor,) = found["anchors"]
    assert (anchor["name"], anchor["kind"], anchor["size"], anchor["status"], anchor["time"], anchor["block"]) == (
        "bitcoin", "opentimestamps", size, "checked", mined, None,
    )  # fmt: skip
    assert anchor["how_to_check"] is None
    # The anchor came before any checkpoint with the reading was witnessed: it is the closer bound.
    assert found["interval"]["end"] == {"time": mined, "clocks": ["bitcoin"]}
    assert "before anchor bitcoin, by their clocks" in ok("verify", reading.file, *reading.trust).out
    assert "nothing new" in ok(*reading.upgrade).out


def test_a_time_stamp_authority_is_verified_off_line(real_city: RealCity, ok: Civicroot, tmp_path: Path) -> None:
    stamps = Authority(tmp_path / "tsa")
    reading = Reading(real_city, tmp_path, [stamps.item])
    reading.copy.keep_anchor("stamps", reading.at + 1, stamps.stamp(reading.copy.tree()))
    done = ok(*reading.upgrade)
    assert "; to have made this up later, that authority would have had to sign a false time" in done.out
    assert said(ok, reading)["anchors"][0]["status"] == "checked"


def test_a_chain_is_believed_by_a_looked_up_block_or_a_chosen_node(
    real_city: RealCity, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    with Chain(tmp_path / "chain") as chain:
        contract = Contract(chain)
        reading = Reading(real_city, tmp_path, [contract.item])
        reading.copy.keep_anchor("chain", reading.at + 1, contract.anchor(reading.copy.tree()))
        done = ok(*reading.upgrade)
        assert "(not checked; `civicroot verify` says how)" in done.out
        off_line = said(ok, reading)
        (anchor,) = off_line["anchors"]
        block = anchor["block"]
        assert (anchor["status"], block["chain"]) == ("not-checked", 31337)
        assert anchor["how_to_check"] in "\n".join(off_line["not_proved"])
        assert f"`--evm-block {block['hash']}`" in anchor["how_to_check"]
        # 1. The hash that somebody looked up: no network.
        looked_up = said(ok, reading, "--evm-block", block["hash"])
        assert looked_up["anchors"][0]["status"] == "checked"
        assert "rewrite that chain from that block on" in "\n".join(looked_up["proved"])
        # 2. A node.
        assert said(ok, reading, "--evm-rpc", chain.url)["anchors"][0]["status"] == "checked"
        # 3. Another block than the reader's: the proof does not hold.
        other = civicroot("verify", reading.file, *reading.trust, "--evm-block", "ab" * 32)
        assert other.code == 1
        assert "✗ anchors: untrusted" in other.out
        # 4. A node that is not asked about a block off its chain.
        assert "checked" in json.dumps(said(ok, reading, "--evm-rpc", chain.url, "--evm-block", "ab" * 32))
        url = chain.url
    gone = said(ok, reading, "--evm-rpc", url)
    assert gone["anchors"][0]["status"] == "not-checked"
    assert f"no node answers at {url}" in "\n".join(gone["not_proved"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--evm-block", "12"], "a block's hash has 64 hex digits: 12"),
        (["--evm-block", "zz" * 32], "a block's hash has 64 hex digits"),
        (["--evm-rpc", "ftp://node"], "a node is http://… or https://…: ftp://node"),
        (["--evm-rpc", "http://[1"], "a node is http://… or https://…"),
    ],
)
def test_whom_to_ask_is_checked_first(reading: Reading, civicroot: Civicroot, options: list[str], says: str) -> None:
    for command in (("verify", reading.file, *reading.trust), reading.upgrade):
        done = civicroot(*command, *options)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert says in done.err


def evidence_with(fault: str, reading: Reading) -> tuple[bytes, str]:
    tree = reading.copy.tree()
    if fault == "of another tree":
        return bitcoin(Checkpoint(tree.origin, tree.size, b"\x01" * 32)), "bad-anchor"
    if fault == "of another log":
        return bitcoin(Checkpoint("other.example/log", tree.size, tree.root)), "bad-anchor"
    if fault == "with too little work":
        return bitcoin(tree, work=0), "too-little-work"
    return b"rubbish", "is left out"


@pytest.mark.parametrize("fault", ["of another tree", "of another log", "with too little work", "rubbish"])
def test_an_anchor_that_does_not_hold_is_left_out_and_said(reading: Reading, ok: Civicroot, fault: str) -> None:
    evidence, says = evidence_with(fault, reading)
    reading.copy.keep_anchor("bitcoin", reading.at + 1, evidence)
    done = ok(*reading.upgrade)
    assert f"anchor bitcoin of {reading.at + 1} entries is left out" in done.out
    assert says in done.out
    assert reading.decoded().anchors == []
    # In a bundle it makes the whole fail: nothing that does not hold travels along.
    size = reading.at + 1
    reading.write(anchors=[Anchored(size, reading.path(reading.at, size), [("bitcoin", evidence)])])
    done = ok(*reading.upgrade)
    assert "it holds; the old one did not: anchors:" in done.out
    assert reading.decoded().anchors == []


def test_an_anchor_that_the_policy_dropped_is_left_out(reading: Reading, ok: Civicroot, civicroot: Civicroot) -> None:
    size = reading.at + 1
    evidence = bitcoin(reading.copy.tree())
    reading.write(anchors=[Anchored(size, reading.path(reading.at, size), [("bitcoin", evidence)])])
    assert said(ok, reading)["anchors"][0]["status"] == "checked"
    reading.copy.use(reading.copy.with_policy(anchors=[]))
    assert "✗ anchors: untrusted" in civicroot("verify", reading.file, *reading.trust).out
    assert "anchor bitcoin of" in ok(*reading.upgrade).out
    assert "the policy accepts no anchors" in ok("verify", reading.file, *reading.trust).out


def test_an_anchored_tree_that_the_log_took_back_is_a_fork(reading: Reading, civicroot: Civicroot) -> None:
    """The bundle's anchor is of what its checkpoint's log had; the log that is shown begins otherwise."""
    size = reading.at + 1
    copy = reading.copy
    other = [*copy.entries[:-2], copy.real.city.status_list([4], NOW + 77), copy.entries[-1]]
    leaves = [merkle.leaf_hash(entry) for entry in other]
    path = merkle.inclusion_path(lambda low, high: merkle.root(leaves[low:high]), reading.at, size)
    tree = Checkpoint(ORIGIN, size, merkle.root(leaves))
    reading.write(anchors=[Anchored(size, path, [("bitcoin", bitcoin(tree))])])
    done = civicroot(*reading.upgrade)
    assert done.code == 1
    assert f"THE LOG FORKED: anchor bitcoin fixed its first {size} entries, and they are others now" in done.err
    assert tree.body() in reading.file.with_name(reading.file.name + ".fork").read_text()


# Over HTTP


def serving(copy: Copy, api: Callable[[str], bytes | None]) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        path, _, query = handler.path.lstrip("/").partition("?")
        content = api(query) if path == "api/v1/anchors" else None
        if content is None and copy.path(path).is_file():
            content = copy.path(path).read_bytes()
        send(handler, content or b"", 200 if content is not None else 404)

    return answer


def test_a_city_lists_its_anchors_and_a_mirror_without_api_does_not(reading: Reading, ok: Civicroot) -> None:
    copy, size = reading.copy, reading.at + 1
    copy.keep_anchor("bitcoin", size, bitcoin(copy.tree()))
    asked: list[str] = []

    def api(query: str) -> bytes:
        asked.append(query)
        listed = [{"name": "bitcoin", "size": size, "state": "confirmed"}]
        listed += [{"name": "bitcoin", "size": size - 1, "state": "confirmed"}]  # without the reading
        listed += [{"name": "bitcoin", "size": size + 5, "state": "confirmed"}]  # larger than the log
        return json.dumps({"anchors": listed, "next": None}).encode()

    with server(serving(copy, lambda _: None)) as url:
        done = ok("proof", "upgrade", reading.file, "--url", url, *reading.trust)
        assert "no new anchors: api/v1/anchors" in done.out
        assert "the server answers 404; the city's own address lists them" in done.out
        assert "made no earlier than" in done.out, "the beacon's checkpoint is a public file"
    with server(serving(copy, api)) as url:
        ok("proof", "upgrade", reading.file, "--url", url, *reading.trust)
    assert [tree.size for tree in reading.decoded().anchors] == [size]
    assert asked
    assert all(f"covers={reading.at}" in query and "state=confirmed" in query for query in asked)


@pytest.mark.parametrize(
    "answer",
    [b"[" * 9999, b"{}", b'{"anchors": [{"name": "bitcoin"}], "next": null}', b'{"anchors": [], "next": "a/../b"}'],
)
def test_an_api_that_talks_rubbish_costs_nothing_but_the_anchors(
    reading: Reading, ok: Civicroot, answer: bytes
) -> None:
    with server(serving(reading.copy, lambda _: answer)) as url:
        done = ok("proof", "upgrade", reading.file, "--url", url, *reading.trust)
    assert "no new anchors: api/v1/anchors: the answer cannot be read" in done.out
    assert reading.decoded().beacon is not None


def test_what_a_bundle_carries_is_only_what_the_policy_knows(reading: Reading, ok: Civicroot) -> None:
    """A stranger's line on the kept beacon is left out, and the beacon is the same."""
    path = next(reading.copy.path("log/beacon").glob("*/*"))
    stranger = Signer(b"\x09" * 32)
    body = note.parse(path.read_bytes()).body
    key = note.VerifierKey("stranger.example", stranger.public, note.COSIGNATURE)
    with path.open("a") as file:
        file.write(cosignature.sign(body, TOLD, key, stranger))
    ok(*reading.upgrade)
    carried = reading.decoded().beacon
    assert carried is not None
    assert "stranger" not in carried
    assert head.verify(carried, reading.copy.policy, sodium.verify, True).checkpoint.size == reading.at
    assert batch.decode_header(reading.decoded().header.entry).size == 1
    assert isinstance(decode_cbor(reading.file.read_bytes(), 65536), dict)
