"""What a witness remembers: across restarts, for several logs, when log keys change; whom it trusts."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from civicroot_wire import note, policy
from civicroot_wire.sodium import Signer

from tests.witness.conftest import LEAVES, ORIGIN, Made
from tests.witness.independent_client import Answer, Log, cosignature, post
from tests.witness.processes import NAME, WitnessProcess, add_log, init, status, witness


def test_a_restarted_witness_remembers(made: Made) -> None:
    with WitnessProcess(made.folder) as process:
        first = cosignature(post(process.url, made.log.request(0, 20)), made.log.checkpoint(20), made.vkey)
        assert process.stop() == 0
        process.start()
        assert post(process.url, made.fork(10).request(0, 25)).size == 20
        assert post(process.url, made.fork(10).request(20, 20)).status == 409
        process.kill()
        process.start()
        assert post(process.url, made.fork(10).request(20, 20)).status == 409
        again = cosignature(post(process.url, made.log.request(20, 20)), made.log.checkpoint(20), made.vkey)
        assert again >= first


def test_of_concurrent_requests_one_history_comes_out(made: Made, running: WitnessProcess) -> None:
    """Two histories race from the same size, again and again: each time exactly one can be the next."""
    fork = made.fork(5)
    old, winner = 0, None
    with ThreadPoolExecutor(8) as pool:
        for size in (5, *range(6, 40, 3)):
            racers = [made.log, fork] * 4

            def ask(place: int, old: int = old, size: int = size) -> Answer:
                history = ([made.log, fork] * 4)[place]
                return post(running.url, history.request(old, size), source=f"127.0.3.{place + 1}")

            answers = list(pool.map(ask, range(len(racers))))
            signed = {history for history, answer in zip(racers, answers, strict=True) if answer.status == 200}
            roots = {history.root(size) for history in signed}
            assert len(roots) <= 1, "two heads of one size"
            if roots and size > 5:
                (won,) = signed
                assert winner in (None, won)
                winner = won
            old = status(made.folder)["logs"][0]["newest"]["size"]
            assert old == size


def test_logs_do_not_mix(made: Made, running: WitnessProcess) -> None:
    other = Log("other.example/log", [b"x"] * 9, bytes([9]) * 32)
    assert post(running.url, other.request(0, 9)).status == 404
    add_log(made.folder, other.vkey)  # beside the running witness, which knows at once
    cosignature(post(running.url, other.request(0, 9)), other.checkpoint(9), made.vkey)
    cosignature(post(running.url, made.log.request(0, 20)), made.log.checkpoint(20), made.vkey)
    # The key of one log does not sign for another.
    mixed = Log("other.example/log", [b"x"] * 12, bytes(32))
    assert post(running.url, mixed.request(9, 12)).status == 403


def test_a_removed_log_is_refused_and_not_forgotten(made: Made, running: WitnessProcess) -> None:
    post(running.url, made.log.request(0, 20))
    assert witness("remove-log", "--dir", made.folder, ORIGIN).returncode == 0
    assert post(running.url, made.log.request(20, 21)).status == 404
    assert witness("remove-log", "--dir", made.folder, ORIGIN).returncode == 1
    add_log(made.folder, made.log.vkey)
    assert post(running.url, made.fork(10).request(20, 20)).status == 409
    cosignature(post(running.url, made.log.request(20, 21)), made.log.checkpoint(21), made.vkey)


def _policy(path: Path, logs: list[dict[str, object]]) -> None:
    root = Signer(bytes([7]) * 32)
    model: dict[int | str, object] = {
        "format": policy.FORMAT,
        "realm": "city.example",
        "version": 1,
        "roots": {"threshold": 1, "keys": [policy.base64.encode(root.public)]},
        "logs": logs,
        "registrars": [],
        "witnesses": [],
        "quorum": 0,
        "anchors": [],
    }
    signed = policy.sign(model, [(root.public, root)])
    path.write_text(json.dumps(policy.to_document(signed)))


def test_a_rotated_log_key_is_judged_by_the_newest_entry(tmp_path: Path) -> None:
    """The policy says which key signs which sizes: the key for index n − 1 signs size n, no other."""
    before, after = Log(ORIGIN, LEAVES, bytes([1]) * 32), Log(ORIGIN, LEAVES, bytes([2]) * 32)
    vkey = init(tmp_path / "w")
    _policy(
        tmp_path / "policy.json",
        [{"vkey": before.vkey, "first": 0, "last": 19}, {"vkey": after.vkey, "first": 20}],
    )
    told = witness("add-log", "--dir", tmp_path / "w", "--policy", tmp_path / "policy.json")
    assert told.returncode == 0, told.stderr
    with WitnessProcess(tmp_path / "w") as process:
        assert post(process.url, after.request(0, 20)).status == 403  # its newest entry is 19
        cosignature(post(process.url, before.request(0, 20)), before.checkpoint(20), vkey)
        assert post(process.url, before.request(20, 21)).status == 403
        cosignature(post(process.url, after.request(20, 21)), after.checkpoint(21), vkey)
    keys = status(tmp_path / "w")["logs"][0]["keys"]
    assert [(key["first"], key["last"]) for key in keys] == [(0, 19), (20, None)]


def test_a_policy_replaces_the_keys_of_its_logs(made: Made, running: WitnessProcess) -> None:
    stolen = made.log
    new = Log(ORIGIN, LEAVES, bytes([2]) * 32)
    _policy(made.folder / "policy.json", [{"vkey": new.vkey, "first": 0}])
    assert witness("add-log", "--dir", made.folder, "--policy", made.folder / "policy.json").returncode == 0
    assert post(running.url, stolen.request(0, 5)).status == 403
    cosignature(post(running.url, new.request(0, 5)), new.checkpoint(5), made.vkey)


def test_several_keys_of_one_log(made: Made, running: WitnessProcess) -> None:
    """Given by their vkeys, with indices on the command line."""
    new = Log(ORIGIN, LEAVES, bytes([2]) * 32)
    told = witness("add-log", "--dir", made.folder, "--first", "10", new.vkey)
    assert told.returncode == 0, told.stderr
    assert post(running.url, new.request(0, 10)).status == 403
    cosignature(post(running.url, made.log.request(0, 10)), made.log.checkpoint(10), made.vkey)
    cosignature(post(running.url, new.request(10, 11)), new.checkpoint(11), made.vkey)


def test_the_key_is_the_one_that_our_own_parser_reads(made: Made) -> None:
    key = note.parse_key(made.vkey)
    assert (key.name, key.algorithm) == (NAME, note.COSIGNATURE)
