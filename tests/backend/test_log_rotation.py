"""The log's key is rotated: every checkpoint is signed by the key of its size, and the next process takes it up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_backend import config, keyfile
from civicroot_backend import realm as realms
from civicroot_backend.errors import ConfigurationError, LogForked, LogKeyMissing
from civicroot_backend.log import city_log
from civicroot_backend.log.log_keys import LogKeys
from civicroot_wire import head, policy
from civicroot_wire.errors import WireError
from civicroot_wire.note import VerifierKey
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import Signer, verify

from tests.backend.city import City
from tests.backend.engines import DirectoryEngine
from tests.backend.log_machine import ORIGIN, SIGNER, Machine, running
from tests.backend.outside_log import OutsideReader

SECOND, THIRD, ROOT = Signer(bytes(31) + b"\x02"), Signer(bytes(31) + b"\x03"), Signer(bytes(31) + b"\x09")
AT, AGAIN_AT = 300, 310  # log indices from which the second and the third key sign


def signed_policy(*rows: tuple[Signer, int, int | None], origin: str = ORIGIN) -> Policy:
    """A policy whose log has these keys: (key, first index, last index)."""
    model = realms.first_policy("test.example", ROOT, SIGNER, ROOT).model
    logs = [
        {"vkey": str(VerifierKey(origin, signer.public)), "first": first} | ({} if last is None else {"last": last})
        for signer, first, last in rows
    ]
    return policy.sign({**model, "logs": logs}, [(ROOT.public, ROOT)])


ROTATED = signed_policy((SIGNER, 0, AT - 1), (SECOND, AT, AGAIN_AT - 1), (THIRD, AGAIN_AT, None))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    keys = LogKeys.of_policy(ROTATED, [SIGNER, SECOND, THIRD])
    with running(tmp_path / "machine", DirectoryEngine(tmp_path / "public"), keys) as made:
        yield made


def entries(first: int, end: int) -> list[bytes]:
    return [b"%d" % index for index in range(first, end)]


def sizes(machine: Machine) -> list[int]:
    """Of all checkpoints, each verified with just the key that its size asks for, by an outsider and by the policy."""
    content = machine.engine.snapshot()
    keys = (SIGNER.public, 0), (SECOND.public, AT), (THIRD.public, AGAIN_AT)
    reader = OutsideReader(content.__getitem__, ORIGIN, *keys)
    reader.check(machine.notes())
    for note in machine.notes():
        head.verify(note, ROTATED, verify, strict=True)
    return [reader.open(note).size for note in machine.notes()]


@pytest.mark.parametrize("before", [0, 298, 299, 300, 301])
def test_no_step_crosses_the_end_of_a_key(machine: Machine, before: int) -> None:
    log = machine.log()
    if before:
        machine.commit(*entries(0, before))
        drain(log)
    machine.commit(*entries(before, 700))
    drain(log)
    assert sizes(machine) == sorted({before, AT, AGAIN_AT, 700, *([before] if before > AT else [])} - {0})


def test_step_by_step_over_the_boundary(machine: Machine) -> None:
    log = machine.log()
    machine.commit(*entries(0, AT - 2))
    drain(log)
    for index in range(AT - 2, AT + 3):
        machine.commit(*entries(index, index + 1))
        drain(log)
    assert sizes(machine) == [298, 299, 300, 301, 302, 303]


def test_checkpoint_signed_by_the_predecessor_is_taken_up(machine: Machine) -> None:
    old = LogKeys.of_policy(signed_policy((SIGNER, 0, None)), [SIGNER])
    machine.keys, rotated = old, LogKeys.of_policy(ROTATED, [SECOND, THIRD])
    machine.commit(*entries(0, AT))
    drain(machine.log())
    # The predecessor's key file is gone; its last checkpoint is loaded, compared and followed.
    machine.keys = rotated
    log = machine.log()
    assert log.published is not None
    assert log.key.public == SECOND.public
    log.compare(log.published.note.encode())
    machine.commit(*entries(AT, AGAIN_AT + 5))
    drain(log)
    assert sizes(machine) == [AT, AGAIN_AT, AGAIN_AT + 5]


def test_a_checkpoint_that_the_predecessor_signed_and_did_not_publish_is_published(machine: Machine) -> None:
    machine.commit(*entries(0, 10))
    drain(machine.log())
    machine.commit(*entries(10, AT))
    crashed = machine.log()
    crashed._integrate(10, AT)
    crashed._publisher._record(AT, crashed._tiles.root(AT))
    machine.keys = LogKeys.of_policy(ROTATED, [SECOND])
    log = machine.log()
    assert log.published is not None
    assert log.published.size == AT
    assert sizes(machine) == [10, AT]


def test_without_the_next_keys_file_nothing_is_signed_beyond(machine: Machine) -> None:
    machine.keys = LogKeys.of_policy(ROTATED, [SIGNER])
    machine.commit(*entries(0, AT + 50))
    log = machine.log()
    assert (published := log.advance()) is not None
    assert published.size == AT
    before = machine.engine.snapshot()
    with pytest.raises(LogKeyMissing, match="next_log_key_file"):
        log.advance()
    with pytest.raises(LogKeyMissing, match="next_log_key_file"):
        machine.log()
    assert machine.engine.snapshot() == before
    assert sizes(machine) == [AT]


def test_a_signature_of_the_wrong_key_of_the_log_is_refused(machine: Machine) -> None:
    """The predecessor beyond its end, the successor before its beginning."""
    for rows, size in (((SIGNER, 0, None),), AT + 5), (((SECOND, 0, None),), AT - 5):
        wrong = LogKeys.of_policy(signed_policy(*rows), [rows[0][0]])
        folder = machine.folder / str(size)
        with running(folder / "wrong", DirectoryEngine(folder / "public"), wrong) as other:
            other.commit(*entries(0, size))
            drain(other.log())
            other.keys = machine.keys
            with pytest.raises(LogForked):
                other.log()
            note = other.notes()[-1]
            with pytest.raises(WireError):
                head.verify(note, ROTATED, verify)
            machine.log().compare(note)  # nobody who knows the policy believes it: no reason to stop


@pytest.mark.parametrize("step", [256, 512, 4096])
def test_boundaries_hold_whatever_a_step_takes(machine: Machine, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city_log, "STEP", step)
    machine.commit(*entries(0, 290))
    drain(machine.log())
    machine.commit(*entries(290, 330))
    drain(machine.log())
    assert {AT, AGAIN_AT, 330} <= set(sizes(machine))


@pytest.mark.parametrize(
    ("rows", "signers"),
    [
        ([(SIGNER, 0, 9), (SECOND, 11, None)], [SIGNER]),  # a gap
        ([(SIGNER, 0, None)], [SECOND]),  # no key of the policy
        ([(SIGNER, 0, None)], [SIGNER, SECOND]),
        ([(SIGNER, 0, None)], []),
    ],
)
def test_keys_that_do_not_fit_the_policy_are_a_configuration_error(
    rows: list[tuple[Signer, int, int | None]], signers: list[Signer]
) -> None:
    with pytest.raises(ConfigurationError):
        LogKeys.of_policy(signed_policy(*rows), signers)


def test_keys_of_two_logs_do_not_go_together() -> None:
    model = signed_policy((SIGNER, 0, None)).model
    other = {"vkey": str(VerifierKey("other.example/log", SECOND.public)), "first": 0}
    both = policy.sign({**model, "logs": [*model["logs"], other]}, [(ROOT.public, ROOT)])  # type: ignore[misc]
    with pytest.raises(ConfigurationError):
        LogKeys.of_policy(both, [SIGNER, SECOND])
    assert LogKeys.of_policy(both, [SECOND]).origin == "other.example/log"


def test_beyond_the_last_key_of_the_policy_nothing_is_signed(tmp_path: Path) -> None:
    keys = LogKeys.of_policy(signed_policy((SIGNER, 0, 9)), [SIGNER])
    with running(tmp_path / "machine", DirectoryEngine(tmp_path / "public"), keys) as machine:
        machine.commit(*entries(0, 20))
        log = machine.log()
        assert (published := log.advance()) is not None
        assert published.size == 10
        with pytest.raises(LogKeyMissing, match="index 10"):
            log.advance()


def test_a_backend_goes_over_to_its_next_key(city: City) -> None:
    """As an operator does it: a policy of version 2 that ends the old key, and next_log_key_file."""
    with city.backend() as backend:
        backend.publish_pending()
        assert backend.published is not None
        at = backend.published.size + 3
    root = keyfile.load(city.folder / realms.ROOT_KEY)
    keyfile.create(city.folder / "next.key", SECOND)
    first = policy.from_file(city.config.policy_file.read_bytes())
    (row,) = first.model["logs"]  # type: ignore[misc]
    logs = [{**row, "last": at - 1}, {"vkey": str(VerifierKey(f"{city.realm}/log", SECOND.public)), "first": at}]
    second = policy.sign({**first.model, "version": 2, "logs": logs}, [(root.public, root)])
    city.config.policy_file.write_text(json.dumps(policy.to_document(second)))
    with city.config_file.open("a") as file:
        file.write('next_log_key_file = "next.key"\n')
    with city.backend() as backend:
        for number in range(8):
            city.enrolled(backend, f"bin/{number}", "device")
            backend.publish_pending()
        assert backend.published is not None
        assert backend.published.size > at
        found = head.verify(backend.published.note, second, verify, strict=True)
        with pytest.raises(WireError):
            head.verify(backend.published.note, first, verify, strict=True)
        assert found.checkpoint.size == backend.published.size
    # Afterwards the successor is the log key, and the old file may go.
    (city.folder / realms.LOG_KEY).unlink()
    text = city.config_file.read_text().replace('next_log_key_file = "next.key"\n', "")
    city.config_file.write_text(text.replace(f'"{realms.LOG_KEY}"', '"next.key"'))
    assert config.load(city.config_file, {}).next_log_key_file is None
    with city.backend() as backend:
        city.enrolled(backend, "bin/later", "device")
        backend.publish_pending()


def drain(log: city_log.CityLog) -> None:
    """Publish all that is committed."""
    while log.advance() is not None:
        pass
