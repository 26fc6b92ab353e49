"""`civicroot device`: each errand is logged, survives an unreachable city, and the subject's history goes on."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_backend.desk import register as registers
from civicroot_backend.desk.caretaker import Caretaker
from civicroot_backend.desk.desk import Desk
from civicroot_backend.desk.errand import Queue, path_of
from civicroot_cli.main import CommandError
from civicroot_cli.submission import Answer, City
from civicroot_wire import enrolment, entry, keys, revocation
from civicroot_wire.sodium import Signer

from tests.cli.conftest import Civicroot, Ran, Town
from tests.support.brokers import free_port

DEAD = "http://127.0.0.1:{}"


def audit(town: Town, ok: Civicroot, folder: Path) -> None:
    """An auditor from outside finds nothing wrong."""
    town.wait()
    said = ok("audit", town.url, "--policy", town.policy, "--state", folder / "audit").out
    assert said.rstrip().endswith("NO ALARMS"), said


def placed(town: Town, folder: Path, ok: Civicroot, subject: str) -> Signer:
    """A device at a place."""
    key, request = town.request(subject, "device")
    place = {"label": "Oak Street 1", "latitude": "47.30", "longitude": "8.5", "model": "bin-1"}
    ok("enrol", *town.desk, "--from", town.lines(folder / "placed.jsonl", request | place))
    return key


def seqs(town: Town, key: Signer) -> list[int]:
    """Of the readings that the API has of a key, also of one that was replaced."""
    found = town.served.client.get(f"/api/v1/devices/{key.kid.hex()}/readings").json()
    return [reading["seq"] for reading in found["readings"]]


def history(town: Town, subject: str) -> list[tuple[bytes, int]]:
    """A subject's readings, whichever devices it had, newest first."""
    found = town.served.client.get(f"/api/v1/subjects/{subject}/readings").json()["readings"]
    return [(bytes.fromhex(reading["kid"]), reading["seq"]) for reading in found]


def current(town: Town, subject: str) -> dict[str, object]:
    found: dict[str, object] = town.served.client.get(f"/api/v1/subjects/{subject}").json()
    return found


def said_of(town: Town, subject: str) -> list[str]:
    """The kinds of the statements about a subject, oldest first."""
    found = town.served.client.get("/api/v1/entries", params={"subject": subject}).json()["entries"]
    return [one["kind"] for one in reversed(found)]


def test_a_moved_device_has_its_new_place_and_its_old_readings(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    gateway, key = town.enrolled(tmp_path, "gateway/1", "gateway"), placed(town, tmp_path, ok, "bin/1")
    town.report(gateway, key, 0)
    (moved,) = ok("device", "move", "bin/1", "--latitude", "47.4125", "--longitude", "-8.50", *town.desk).lines()
    town.report(gateway, key, 1)
    found = enrolment.decode(town.entry(moved["index"]))
    assert (found.kid, found.label, found.model) == (key.kid, "Oak Street 1", b"bin-1")
    assert found.location is not None
    assert [Decimal(str(one)) for one in found.location] == [Decimal("47.4125"), Decimal("-8.50")]
    assert (seqs(town, key), said_of(town, "bin/1")) == ([1, 0], ["enrolment", "enrolment"])
    # For another subject the device itself asks; the subject that it leaves has no device.
    _, asked = town.request("bin/2", "device", key)
    ok("device", "move", "bin/1", "--new", town.lines(tmp_path / "new", asked), "--label", "Elm Street", *town.desk)
    town.report(gateway, key, 2)
    assert history(town, "bin/1") == [(key.kid, 1), (key.kid, 0)], "what was there stays there"
    assert history(town, "bin/2") == [(key.kid, 2)]
    assert (current(town, "bin/2")["kid"], current(town, "bin/2")["label"]) == (key.kid.hex(), "Elm Street")
    assert civicroot("device", "retire", "bin/1", *town.desk).code == 2
    audit(town, ok, tmp_path)


def test_a_replaced_device_leaves_its_place_and_history_to_the_next(town: Town, ok: Civicroot, tmp_path: Path) -> None:
    gateway, old = town.enrolled(tmp_path, "gateway/1", "gateway"), placed(town, tmp_path, ok, "bin/3")
    town.report(gateway, old, 0)
    new, request = town.request("bin/3", "device")
    file = town.lines(tmp_path / "new", request)
    enrolled, withdrawn = ok("device", "replace", "bin/3", "--new", file, "--reason", "lost", *town.desk).lines()
    town.report(gateway, new, 0)
    found = revocation.decode(town.entry(withdrawn["index"]))
    assert (found.reason, found.successor) == (revocation.LOST, keys.thumbprint(new.public))
    after = enrolment.decode(town.entry(enrolled["index"]))
    assert after.location is not None
    assert (after.label, after.model) == ("Oak Street 1", None), "the place stays, the model was the old device's"
    assert current(town, "bin/3")["kid"] == new.kid.hex()
    assert (seqs(town, old), seqs(town, new)) == ([0], [0])
    assert history(town, "bin/3") == [(new.kid, 0), (old.kid, 0)]
    assert said_of(town, "bin/3") == ["enrolment", "enrolment", "revocation"]
    audit(town, ok, tmp_path)


def test_a_rotated_key_may_still_deliver_what_it_signed(town: Town, ok: Civicroot, tmp_path: Path) -> None:
    gateway, old = town.enrolled(tmp_path, "gateway/1", "gateway"), placed(town, tmp_path, ok, "tree/3")
    town.report(gateway, old, 0)
    new, request = town.request("tree/3", "device")
    file = town.lines(tmp_path / "new", request)
    _, withdrawn = ok("device", "rotate-key", "tree/3", "--new", file, "--last-seq", 1, *town.desk).lines()
    town.report(gateway, new, 0)
    town.report(gateway, old, 1)  # it was under way
    found = revocation.decode(town.entry(withdrawn["index"]))
    assert (found.reason, found.last_seq, found.successor) == (revocation.ROTATED, 1, keys.thumbprint(new.public))
    assert (seqs(town, old), seqs(town, new)) == ([1, 0], [0])
    assert history(town, "tree/3") == [(new.kid, 0), (old.kid, 1), (old.kid, 0)]
    audit(town, ok, tmp_path)


def test_a_retired_device_keeps_its_history(town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    gateway, key = town.enrolled(tmp_path, "gateway/1", "gateway"), placed(town, tmp_path, ok, "bin/4")
    town.report(gateway, key, 0)
    (done,) = ok("device", "retire", "bin/4", "--last-seq", 0, *town.desk).lines()
    assert revocation.decode(town.entry(done["index"])).reason == revocation.RETIRED
    assert seqs(town, key) == [0]
    again = civicroot("device", "retire", "bin/4", *town.desk)
    assert (again.code, f"was revoked already, by log entry {done['index']}" in again.err) == (2, True)
    audit(town, ok, tmp_path)


def test_what_cannot_be_is_refused_by_name_and_not_queued(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    key, other = placed(town, tmp_path, ok, "bin/5"), placed(town, tmp_path, ok, "bin/6")
    town.enrolled(tmp_path, "gateway/1", "gateway")
    gone = town.enrolled(tmp_path, "bin/7", "device")
    ok("device", "retire", "bin/7", *town.desk)
    new, good = town.request("bin/5", "device")
    _, foreign = town.request("bin/9", "device")
    stolen = good | {"possession": foreign["possession"]}

    def refused(request: dict[str, object], *arguments: str | int) -> str:
        file = town.lines(tmp_path / "request", request)
        done = civicroot("device", *(str(file) if one == "@" else one for one in arguments), *town.desk)
        assert done.code == 2, done
        assert not path_of(town.registrar_key).exists()
        return done.err.removeprefix("civicroot: ").split(":")[0]

    assert refused(good, "retire", "gateway/1") == "not-a-device"
    assert refused(good, "replace", "bin/6", "--new", "@") == "wrong-subject"
    assert refused(stolen, "replace", "bin/5", "--new", "@") == "key-mismatch"
    assert refused(town.request("bin/5", "device", key)[1], "replace", "bin/5", "--new", "@") == "same-key"
    assert refused(town.request("bin/5", "device", gone)[1], "replace", "bin/5", "--new", "@") == "revoked"
    assert refused(town.request("bin/5", "device", other)[1], "replace", "bin/5", "--new", "@") == "wrong-subject"
    assert refused(town.request("bin/5", "gateway")[1], "replace", "bin/5", "--new", "@") == "wrong-role"
    assert refused(good, "move", "bin/5", "--new", "@") == "another-key"
    assert refused(town.request("bin/6", "device", key)[1], "move", "bin/5", "--new", "@") == "taken"
    assert refused(good, "move", "bin/5", "--latitude", "47") == "missing-key"
    assert refused(good, "move", "bin/5", "--latitude", "91", "--longitude", "0") == "out-of-range"
    assert refused(good, "rotate-key", "bin/5", "--new", "@", "--last-seq", 1 << 32) == "out-of-range"
    assert refused(good, "move", "bin/5").startswith("a move says where to")
    assert refused(good, "retire", "bin/99").startswith("the register has no key")
    assert new.kid.hex() not in ok("register", "show", "--registrar-key", town.registrar_key).out


def test_errands_wait_for_a_city_that_is_away(town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    old, key = placed(town, tmp_path, ok, "bin/7"), placed(town, tmp_path, ok, "bin/8")
    town.wait()
    new, request = town.request("bin/7", "device")
    file = town.lines(tmp_path / "new", request)
    away = ("--registrar-key", town.registrar_key, "--url", DEAD.format(free_port()))
    size = town.size
    wrong = civicroot("device", "retire", "bin/8", "--registrar-key", town.registrar_key, "--url", "city.example")
    assert (wrong.code, "not an HTTP address" in wrong.err) == (2, True)
    assert not path_of(town.registrar_key).exists(), "a wrong address is not an errand"
    replace = ("device", "replace", "bin/7", "--new", file)
    for _ in range(2):  # the same again is the same errand
        done = civicroot(*replace, *away)
        assert (done.code, done.out) == (3, "")
        assert "does not answer" in done.err
        assert f"QUEUED in {path_of(town.registrar_key)}" in done.err
        assert f"replace bin/7 ({old.kid.hex()})" in done.err
    assert civicroot("device", "retire", "bin/8", *away).code == 3
    assert waiting(ok, town) == [("replace", "bin/7"), ("retire", "bin/8")]
    other = civicroot("device", "retire", "bin/7", *away)
    assert (other.code, "waits: an earlier errand about bin/7" in other.err) == (2, True)
    assert town.size == size
    # The same command sends its own errand and all that wait.
    lines = ok(*replace, *town.desk).lines()
    assert [(line["kind"], line["kid"]) for line in lines] == [
        ("enrolment", new.kid.hex()), ("revocation", old.kid.hex()), ("revocation", key.kid.hex())
    ]  # fmt: skip
    assert waiting(ok, town) == []
    assert not path_of(town.registrar_key).exists()
    audit(town, ok, tmp_path)


def waiting(ok: Civicroot, town: Town) -> list[tuple[str, str]]:
    found = ok("device", "queue", "--registrar-key", town.registrar_key).lines()
    return [(line.get("verb", "-"), line["subject"]) for line in found]


class Unlucky(City):
    """A line to the city that breaks at the `at`-th statement, before it is sent or before the answer comes."""

    def __init__(self, url: str, at: int, sent: bool) -> None:
        super().__init__(url)
        self._left = at
        self._sent = sent

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        self._left -= 1
        if self._left == 0:
            if self._sent:
                super().submit(entry, wait)
            raise CommandError("the line broke")
        return super().submit(entry, wait)


@pytest.mark.parametrize("sent", [False, True], ids=["before it is sent", "before the answer"])
def test_an_errand_is_never_half_done_wherever_the_line_breaks(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    """A rotation has five statements besides a resumed run's lists: new key, list, revocation, list."""
    for at in range(1, 5):
        subject = f"bin/{at}"
        old = town.enrolled(tmp_path, subject, "device")
        new, request = town.request(subject, "device")
        moved = town.enrolled(tmp_path, f"tree/{at}", "device")
        before = town.wait()
        file = town.lines(tmp_path / "new", request)
        command = ("device", "rotate-key", subject, "--new", file, "--last-seq", 9, *town.desk)
        done = broken(monkeypatch, at, sent, civicroot, command)
        assert done.code == 3, done.err
        ok(*command)
        kinds = [entry.kind_of(town.entry(index)) for index in range(before, town.wait())]
        assert (kinds.count("enrolment"), kinds.count("revocation")) == (1, 1), kinds
        assert kinds[-1] == "status-list"
        move = ("device", "move", f"tree/{at}", "--label", "There", *town.desk)
        before = town.size
        if broken(monkeypatch, 1, sent, civicroot, move).code == 3:
            ok(*move)
        assert [entry.kind_of(town.entry(index)) for index in range(before, town.size)] == ["enrolment"]
        assert (current(town, subject)["kid"], current(town, f"tree/{at}")["label"]) == (new.kid.hex(), "There")
        assert old.kid != moved.kid
    town.wait()
    check = ("--registrar-key", town.registrar_key, "--url", town.url, "--policy", town.policy)
    assert ok("register", "check", *check).out.endswith(" 0 differ\n")
    audit(town, ok, tmp_path)


def broken(
    monkeypatch: pytest.MonkeyPatch, at: int, sent: bool, run: Civicroot, command: tuple[str | Path | int, ...]
) -> Ran:
    """Run a command whose line breaks."""
    with monkeypatch.context() as patched:
        patched.setattr("civicroot_backend.desk.device_command.City", lambda url: Unlucky(url, at, sent))
        return run(*command)


def test_a_killed_desk_goes_on_with_what_it_had_begun(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    """The errand is logged, and the process dies before the queue forgets it: a second run says nothing twice."""
    placed(town, tmp_path, ok, "bin/1")
    town.wait()

    class Killed(Queue):
        def drop(self, errand: object) -> None:
            raise KeyboardInterrupt

    command = ("device", "move", "bin/1", "--label", "There", *town.desk)
    size = town.size
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("civicroot_backend.desk.device_command.Queue", Killed)
        assert civicroot(*command).code == 130
    assert json.loads(path_of(town.registrar_key).read_text())["errands"][0]["verb"] == "move"
    assert ok(*command).out == ""
    assert town.size == size + 1
    register = registers.open_register(registers.path_of(town.registrar_key), town.city.registrar.kid)
    with City(town.url) as city:
        desk = Desk(register, town.city.registrar, city, lambda: 0)
        assert list(Caretaker(desk, register, city, Queue(path_of(town.registrar_key))).run()) == []
    register.close()


def test_a_damaged_queue_is_named(town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    placed(town, tmp_path, ok, "bin/1")
    unknown = '{"format": "civicroot/errands/v1", "errands": [{"verb": "retire", "kid": "%s", "subject": "bin/1"}]}'
    for content in (
        unknown % "x",
        unknown % "00",
        unknown.replace("retire", "fly") % ("0" * 16),
        "",
        "[]",
        '{"format": "civicroot/errands/v9", "errands": []}',
        '{"format": 1}',
    ):
        path_of(town.registrar_key).write_text(content)
        done = civicroot("device", "retire", "bin/1", *town.desk)
        assert (done.code, "is no queue of errands" in done.err) == (2, True)


def test_an_errand_that_the_city_refuses_is_dropped_and_said(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    """Another desk withdrew the key meanwhile: the register here does not know it yet."""
    key = placed(town, tmp_path, ok, "bin/1")
    town.wait()
    town.backend.submit(town.city.revocation(key, "bin/1"))
    done = civicroot("device", "move", "bin/1", "--label", "There", *town.desk)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("civicroot: move of bin/1: refused: revoked")
    assert not path_of(town.registrar_key).exists()
