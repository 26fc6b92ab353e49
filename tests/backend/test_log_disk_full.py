"""The disk is really full: the backend refuses with an error that says so, loses nothing, and goes on with room."""

import subprocess
from pathlib import Path

from civicroot_backend import config
from civicroot_backend.errors import StoreError
from civicroot_backend.service import Backend
from civicroot_wire import verdict
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer
from sqlalchemy.exc import OperationalError

from tests.backend.audit import PublicLog, digest
from tests.backend.city import City, batch_message, commit, signed_record
from tests.backend.processes import DEADLINE, BackendProcess, command, wait_until
from tests.support.brokers import free_port
from tests.support.small_disk import fill, free_bytes, make_room, small_disk

DISK = 32 * 1024 * 1024
LEFT = [0, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 1024]  # KiB that are free when a batch comes
RECORDS = 40


def on_disk(city: City, disk: Path) -> dict[str, object]:
    """Configuration that puts database and store on the disk. Telemetry, a projection, stays elsewhere."""
    return {"database_url": f"sqlite:///{disk}/civicroot.db", "store_url": f"file://{disk}/public"}


def test_full_at_every_point_nothing_is_lost(city: City, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK) as disk:
        with city.backend(**on_disk(city, disk)) as backend:
            gateway = city.enrolled(backend, "gateway/1", "gateway")
            device = city.enrolled(backend, "bin/12", "device")
            backend.publish_pending()
        notes, refused = [], set()
        messages = [batch(gateway, device, number) for number in range(len(LEFT))]
        for number, left in enumerate(LEFT):
            with city.backend(**on_disk(city, disk)) as backend:
                fill(disk, left * 1024)
                said = attempt(backend, gateway, messages[number])
                refused.add(None if said is None else said.partition(" ")[0])
                notes.append((disk / "public/log/checkpoint").read_text())
                make_room(disk)
                # The same process goes on, with this batch and what it could not publish.
                assert attempt(backend, gateway, messages[number]) is None
        assert free_bytes(disk) > 0
        assert refused >= {None, "store", "database"}, refused
        log = PublicLog(disk / "public", backend.log.key)
        for seen in notes:
            assert log.extends(seen)
        assert log.records() == {(device.kid, seq): 1 for seq in range(RECORDS * len(LEFT))}
        assert [header.sequence.seq for header in log.headers()] == list(range(len(LEFT)))


def attempt(backend: Backend, gateway: Signer, message: bytes) -> str | None:
    """Commit and publish a batch: what failed, in words that name it, or None once it is public."""
    try:
        (answer,) = commit(backend, gateway, message).answers
        assert verdict.decode(answer.verdict).index is not None
        assert verdict.decode(answer.verdict).digest == digest(message)
        backend.publish_pending()
    except StoreError as error:
        assert "public" in str(error)
        assert "No space left" in str(error)
        return f"store {error}"
    except OperationalError as error:
        assert "full" in str(error) or "disk I/O error" in str(error)
        return f"database {error}"
    return None


def batch(gateway: Signer, device: Signer, number: int) -> bytes:
    """The gateway's batch of that number."""
    records = [signed_record(device, RECORDS * number + at) for at in range(RECORDS)]
    return batch_message(gateway, number, records)


def test_a_process_that_starts_on_a_full_disk_ends_with_a_line_that_says_so(city: City, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK) as disk:
        text = city.config_file.read_text().replace('data_directory = "data"', f'data_directory = "{disk}/data"')
        port = free_port()
        city.config_file.write_text(text.replace("http_port = 8080", f"http_port = {port}"))
        assert config.load(city.config_file, {}).data_directory == disk / "data"
        fill(disk, 0)
        run = command("backend", "run", "--config", city.config_file)
        ended = subprocess.run(run, capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert ended.returncode == 1
        assert "full" in ended.stderr or "No space left" in ended.stderr
        assert "Traceback" not in ended.stderr
        make_room(disk)
        with BackendProcess(city.config_file, port, tmp_path / "backend.log") as process:
            wait_until((disk / "data/public/log/checkpoint").exists, "a checkpoint")
            assert process.stop() == 0
        key = VerifierKey(f"{city.realm}/log", city.log_key.public)
        assert PublicLog(disk / "data/public", key).size == 2  # policy and the backend's enrolment
