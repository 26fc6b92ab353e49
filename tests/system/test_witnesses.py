"""A whole city with three witnesses: killed, they come back and nothing is lost; a forked log gets no cosignature."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from civicroot_backend import keyfile
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import Settings, find_firmware
from civicroot_cli.verify import inflate
from civicroot_wire import checkpoint, merkle, note, policy, proof, sodium, verifier
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.note import VerifierKey

from tests.system.outside import Outsider
from tests.system.witnessed import Asked, civicroot, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

DEVICES = 4
MORE = 12  # readings: a few of each device, so that several batches are made meanwhile


@dataclass
class World:
    """A running city."""

    city: City
    processes: Processes
    witnesses: list[Child]
    backend: Child
    asked: Asked
    policy: policy.Policy
    policy_file: Path

    def names(self) -> set[str]:
        """Every witness."""
        return {witness.name for witness in self.policy.witnesses}

    def name_of(self, child: Child) -> str:
        """The witness that a process is."""
        return next(name for name in self.names() if name.startswith(child.name.removeprefix("witness-")))

    def published(self, size: int) -> dict[str, object]:
        """Wait for a checkpoint of more than `size` entries."""
        newest = self.asked.newest
        return until(lambda: found if (found := newest())["size"] > size else None, f"more than {size} entries")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("witnessed")
    firmware = find_firmware(Path(__file__))
    assert firmware is not None
    settings = Settings(
        directory=folder,
        firmware=firmware,
        port=free_port(),
        devices=DEVICES,
        interval=1.0,
        batch_age=0.5,
        beacon_seconds=1,
    )
    with Processes(folder / "logs") as processes:
        city = City(settings, processes, print)
        city.start()
        children = {child.name: child for child in processes.children}
        witnesses = [child for name, child in children.items() if name.startswith("witness-")]
        file = folder / "realm" / "policy.json"
        trusted = policy.verify(policy.from_file(file.read_bytes()), sodium.verify)
        asked = Asked(city.local_url)
        yield World(city, processes, witnesses, children["backend"], asked, trusted, file)
        asked.close()


def test_each_witness_is_a_process_with_a_key_of_its_own(world: World) -> None:
    assert len(world.witnesses) == 3
    assert len({child.process.pid for child in world.witnesses}) == 3
    assert len({witness.public for witness in world.policy.witnesses}) == 3
    assert world.policy.quorum == 2
    until(lambda: world.asked.cosigners() == world.names(), "all three cosign")
    assert world.asked.newest()["met"]
    assert world.asked.witnesses() == dict.fromkeys(world.names(), "ok")


def test_one_witness_down_and_the_log_goes_on(world: World) -> None:
    gone = world.witnesses[0]
    gone.kill()
    rest = world.names() - {world.name_of(gone)}
    before = world.asked.newest()["size"]
    until(lambda: world.asked.cosigners() == rest and world.asked.newest()["size"] > before, "two of three cosign")
    assert world.asked.newest()["met"]
    assert until(lambda: world.asked.witnesses()[world.name_of(gone)] == "down", "the third is said to be down")
    assert world.asked.json("/healthz")["parts"]["witnesses"]["ok"]  # the quorum is met

    world.processes.restart(gone)
    until(lambda: world.asked.cosigners() == world.names(), "the third is back")


def test_two_witnesses_down_nothing_is_published_nothing_is_lost_and_it_catches_up(world: World) -> None:
    gone = world.witnesses[1:]
    for child in gone:
        child.kill()
    until(lambda: not world.asked.json("/healthz")["parts"]["witnesses"]["ok"], "health says that there is no quorum")
    stopped, committed = world.asked.newest()["size"], world.asked.records()
    until(lambda: world.asked.records() >= committed + MORE, "readings are committed all the same")
    assert world.asked.newest()["size"] == stopped
    with_outsider = Outsider(world.city.local_url)
    assert with_outsider.audit().size == stopped  # and what is public still holds, quorum and all

    world.backend.kill()  # the worst moment: what is committed and not published must outlive it
    world.processes.restart(world.backend)
    for child in gone:
        world.processes.restart(child)
    newest = world.published(stopped)
    assert newest["met"]
    until(lambda: world.asked.cosigners() == world.names(), "all three cosign again")
    until(lambda: _published_records(with_outsider) >= committed + MORE, "what was committed is published")
    audit = with_outsider.audit()
    with_outsider.close()
    assert audit.repeated() == []
    assert len(audit.records) == DEVICES
    for kid in audit.records:
        assert audit.numbers(kid) == set(range(max(audit.records[kid]) + 1)), kid.hex()


def _published_records(outsider: Outsider) -> int:
    return sum(len(by_seq) for by_seq in outsider.audit().records.values())


def test_a_reading_lies_between_two_witnessed_moments(world: World, tmp_path: Path) -> None:
    data = until(lambda: _with_beacon(world), "a reading whose beacon is known")
    report = verifier.verify(data, world.policy, sodium.verify, inflate)
    assert report.not_before is not None and report.not_after is not None
    assert report.not_before <= report.not_after
    assert report.beacon_head is not None
    # Rests on the witnesses' own times: the beacon's earliest, and the second of three on the head.
    assert report.not_before == min(time for _, time in report.beacon_head.cosigned)
    assert report.not_after == sorted(time for _, time in report.seen.cosigned)[world.policy.quorum - 1]

    file = tmp_path / "reading.proof"
    file.write_bytes(data)
    done = civicroot("verify", file, "--policy", world.policy_file)
    assert done.returncode == 0, done.stdout
    for step in ("witnesses", "beacon"):
        assert f"✓ {step}" in done.stdout
    other = tmp_path / "forged.proof"
    other.write_bytes(_with_another_beacon(data, world))
    refused = civicroot("verify", other, "--policy", world.policy_file)
    assert refused.returncode == 1
    assert "✗ beacon" in refused.stdout


def _with_beacon(world: World) -> bytes | None:
    kid = world.asked.device()
    for seq in range(64):
        data = world.asked.proof(kid, seq)
        if data is None:
            return None
        report = verifier.verify(data, world.policy, sodium.verify, inflate)
        if report.not_before is not None and report.record.seq > 0:
            return data
    return None


def _with_another_beacon(data: bytes, world: World) -> bytes:
    """The bundle with the newest checkpoint in the beacon's place: witnessed too, but not what the device signed."""
    bundle = proof.decode(data)
    assert bundle.beacon != bundle.checkpoint
    bundle.beacon = bundle.checkpoint
    return proof.encode(bundle)


def test_a_forked_log_is_refused_by_all_witnesses_and_exposed_with_both_signed_heads(
    world: World, tmp_path: Path
) -> None:
    """The city itself, with its log's key, signs another history and asks for cosignatures."""
    until(lambda: world.asked.cosigners() == world.names(), "all three have seen the same")
    audited = ("audit", world.city.local_url, "--policy", world.policy_file, "--state", tmp_path / "state")
    before = civicroot(*audited)
    assert before.returncode == 0, before.stdout + before.stderr
    world.backend.kill()
    real = note.parse((world.city.settings.directory / "realm/data/public/log/checkpoint").read_bytes())
    true = checkpoint.parse_body(real.body)
    signer = keyfile.load(world.city.settings.directory / "realm" / "log.key")
    key = VerifierKey(true.origin, signer.public)
    leaves = [merkle.leaf_hash(b"another history %d" % number) for number in range(true.size + 3)]

    # 1. The same size with another root, and 2. a larger tree, with a proof that it grew from the forged one.
    same = _signed(Checkpoint(true.origin, true.size, merkle.root(leaves[: true.size])), key, signer)
    larger = _signed(Checkpoint(true.origin, len(leaves), merkle.root(leaves)), key, signer)
    path = merkle.consistency_path(merkle.of_list(leaves), true.size, len(leaves))
    for witness in world.city.outside.witnesses.all:
        for forged, way in ((same, []), (larger, path)):
            answer = httpx.post(witness.url + "/add-checkpoint", content=_request(true.size, way, forged))
            assert answer.status_code in (409, 422), answer.text
            assert "—" not in answer.text  # no signature
        status = civicroot("witness", "status", "--dir", witness.folder, "--json")
        assert status.returncode == 1, status.stdout
        kept = [item for item in json.loads(status.stdout)["evidence"] if item["kind"] == "fork"]
        assert len(kept) == 1
        _check_fork(kept[0]["cosigned"], kept[0]["refused"], key)

    # 3. Somebody is shown it all the same; who audited before has both heads.
    mirror = tmp_path / "mirror"
    (mirror / "log").mkdir(parents=True)
    (mirror / "log" / "checkpoint").write_text(same)
    world.processes.restart(world.backend)
    world.published(0)
    after = civicroot(*audited, "--mirror", mirror, "--json", tmp_path / "report.json")
    assert after.returncode == 1, after.stdout + after.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    found = {item["name"]: item for item in report["findings"]}
    assert "quorum-missed" in found  # nobody cosigned it
    files = {name.split("/")[-1]: tmp_path / "state" / "evidence" / name for name in found["split-view"]["evidence"]}
    # The forged head and one of the true log, both signed; if that one grew meanwhile, a proof says how.
    texts = [files[name].read_text() for name in ("checkpoint-1.txt", "checkpoint-2.txt")]
    assert set(files) <= {"checkpoint-1.txt", "checkpoint-2.txt", "consistency.json"}
    heads = [note.verify(note.parse(text), key, sodium.verify).body for text in texts]
    assert note.parse(same).body in heads and len(set(heads)) == len(heads) == 2
    sizes = {checkpoint.parse_body(head).size for head in heads}
    assert ("consistency.json" in files) == (len(sizes) == 2)


def _signed(tree: Checkpoint, key: VerifierKey, signer: sodium.Signer) -> str:
    return checkpoint.sign(tree, key, signer)


def _request(old: int, path: list[bytes], signed: str) -> bytes:
    """tlog-witness: `old`, the proof's hashes, an empty line, the checkpoint."""
    lines = [f"old {old}", *(base64.b64encode(item).decode() for item in path), "", signed]
    return "\n".join(lines).encode()


def _check_fork(first: str, second: str, key: VerifierKey) -> None:
    """Two heads of one size, each signed by the log's key: proof to anybody."""
    one, two = (
        checkpoint.parse_body(note.verify(note.parse(text.encode()), key, sodium.verify).body)
        for text in (first, second)
    )
    assert one.size == two.size
    assert one.root != two.root
