"""A disk that is really full: nothing is signed that is not on it, and the witness goes on when there is room."""

from pathlib import Path

from tests.support.small_disk import fill, make_room, small_disk
from tests.witness.conftest import LEAVES, ORIGIN
from tests.witness.independent_client import Log, cosignature, post
from tests.witness.processes import WitnessProcess, add_log, init, status

DISK_BYTES = 1 << 20


def test_disk_full(tmp_path: Path) -> None:
    log = Log(ORIGIN, LEAVES)
    with small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        folder = disk / "w"
        vkey = init(folder)
        add_log(folder, log.vkey)
        with WitnessProcess(folder) as process:
            cosignature(post(process.url, log.request(0, 1)), log.checkpoint(1), vkey)
            fill(disk, 0)
            signed, refused = 1, 0
            # What was set aside may still be used; then every answer is a refusal.
            for number in range(2, 40):
                answer = post(process.url, log.request(signed, number), source=f"127.0.5.{number}")
                if answer.status == 200:
                    cosignature(answer, log.checkpoint(number), vkey)
                    signed = number
                else:
                    assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
                    refused += 1
            assert refused > 0
            assert process.metric('requests_total{reason="database",status="503"}') == refused
            # It signs no fork either, although it cannot keep the evidence, and perhaps not read what it knows.
            fork = Log(ORIGIN, [b"other"] * 40)
            assert post(process.url, fork.request(signed, signed)).status in (409, 503)
            make_room(disk)
            assert post(process.url, fork.request(signed, signed)).status == 409
            cosignature(post(process.url, log.request(signed, 40)), log.checkpoint(40), vkey)
            assert process.stop() == 0
        found = status(folder)
        assert found["logs"][0]["newest"]["size"] == 40
