"""Fixtures of the command line's tests: commands run in this process, cities served over real HTTP."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend import realm
from civicroot_backend.log import sequencer
from civicroot_cli.main import main
from civicroot_wire import verdict
from civicroot_wire.sodium import Signer

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import City, batch_message, commit, signed_record
from tests.support.brokers import free_port

PUBLISHED_SECONDS = 20.0


@dataclass(frozen=True)
class Ran:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON it printed."""
        return [json.loads(line) for line in self.out.splitlines()]


Civicroot = Callable[..., Ran]


@pytest.fixture
def civicroot(capsys: pytest.CaptureFixture[str]) -> Civicroot:
    """Run `civicroot` with these arguments. Whatever goes wrong is one line on stderr, never a trace."""

    def run(*arguments: str | Path | int) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def ok(civicroot: Civicroot) -> Civicroot:
    """Run a command that must succeed."""

    def run(*arguments: str | Path | int) -> Ran:
        done = civicroot(*arguments)
        assert done.code == 0, done.out + done.err
        return done

    return run


class Town:
    """A served city whose own threads publish, and the registrar's desk in front of it."""

    def __init__(self, served: Served, run: Civicroot) -> None:
        self.served = served
        self.url = served.url
        self.city = served.city.city
        self.backend = served.city.backend
        self.folder = self.city.folder
        self.policy = self.folder / realm.POLICY_FILE
        self.registrar_key = self.folder / realm.REGISTRAR_KEY
        self.desk = ("--registrar-key", self.registrar_key, "--url", self.url)
        self._run = run
        self._batches: dict[bytes, int] = {}

    def request(self, subject: str, role: str, key: Signer | None = None) -> tuple[Signer, dict[str, object]]:
        """A key's request to be enrolled, as a line for `enrol --from`."""
        made = key or Signer.generate()
        asked = self.city.possession(made, subject, role).hex()
        return made, {"subject": subject, "role": role, "public": made.public.hex(), "possession": asked}

    def lines(self, path: Path, *requests: dict[str, object]) -> Path:
        """A file of requests."""
        path.write_text("".join(json.dumps(request) + "\n" for request in requests))
        return path

    def enrolled(self, folder: Path, subject: str, role: str) -> Signer:
        """A new key, enrolled at the desk."""
        key, request = self.request(subject, role)
        done = self._run("enrol", *self.desk, "--from", self.lines(folder / f"{key.kid.hex()}.jsonl", request))
        assert done.code == 0, done.err
        return key

    def report(self, gateway: Signer, device: Signer, seq: int) -> int:
        """A reading in a batch of its own; the log index of the batch header, once it is published."""
        number = self._batches.setdefault(gateway.kid, 0)
        self._batches[gateway.kid] += 1
        outcome = commit(self.backend, gateway, batch_message(gateway, number, [signed_record(device, seq)]))
        (answer,) = outcome.answers
        index = verdict.decode(answer.verdict).index
        assert index is not None
        self.published(index)
        return index

    def published(self, index: int) -> None:
        """Return when a checkpoint covers the entry: the city itself is asked to wait for one."""
        deadline = time.monotonic() + PUBLISHED_SECONDS
        while (at := self.backend.published) is None or at.size <= index:
            assert time.monotonic() < deadline, f"entry {index} is not published"
            time.sleep(0.005)

    def entry(self, index: int) -> bytes:
        """A published log entry."""
        self.published(index)
        answer = self.served.client.get(f"/entries/{index}")
        assert answer.status_code == 200, answer.text
        return answer.content

    @property
    def size(self) -> int:
        """How many entries are in the log, published or not."""
        with self.backend.database.read() as connection:
            return sequencer.size(connection)

    def wait(self) -> int:
        """Wait until all of the log is published; its size."""
        size = self.size
        self.published(size - 1)
        return size


class _Town(OpenCity):
    """Only what the realm was founded with: everybody else is enrolled at the desk."""

    def __init__(self, folder: Path, addresses: realm.Addresses) -> None:
        self.city = City(folder / "realm", addresses)
        self._open = ExitStack()
        self.backend = self._open.enter_context(self.city.backend())


@pytest.fixture
def town(tmp_path: Path, civicroot: Civicroot) -> Iterator[Town]:
    """A running city; it has no broker."""
    addresses = realm.Addresses(f"mqtt://127.0.0.1:{free_port()}")
    city = _Town(tmp_path / "town", addresses)
    failed: list[bool] = []
    city.backend.start(lambda: failed.append(True))
    with serve(city) as served:
        yield Town(served, civicroot)
    city.close()
    assert not failed


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A newly founded realm that nobody serves."""
    return City(tmp_path / "city")
