"""The registrar's desk, over real HTTP: what it signs is in its register first, and in the log once."""

import shutil
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from civicroot_backend import enrolment_request, keyfile
from civicroot_backend.desk import lock
from civicroot_backend.desk import register as registers
from civicroot_backend.desk.desk import Desk, Done, Submitter
from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.register import Register
from civicroot_backend.service import Backend
from civicroot_cli.main import CommandError
from civicroot_cli.submission import Answer, City
from civicroot_wire import enrolment, entry, keys, revocation, status_list

from tests.backend.city import City as Realm
from tests.cli.conftest import Civicroot, Town

NOW = 1_750_000_000


def bits(data: bytes) -> bytes:
    return zlib.decompress(status_list.decode(data).compressed)


def kinds_from(town: Town, first: int) -> list[str]:
    return [entry.kind_of(town.entry(index)) for index in range(first, town.size)]


def test_enrolments_get_status_indices_one_after_another_and_keep_them(
    town: Town, ok: Civicroot, tmp_path: Path
) -> None:
    pairs = [town.request(f"bin/{number}", "device") for number in range(3)]
    file = town.lines(tmp_path / "r.jsonl", *(request for _, request in pairs))
    first = ok("enrol", *town.desk, "--from", file).lines()
    assert [line["status_index"] for line in first] == [1, 2, 3]  # 0 is the backend's
    for line, (key, _) in zip(first, pairs, strict=True):
        found = enrolment.decode(town.entry(line["index"]))
        uri = f"https://{town.city.realm}/status-lists/{town.city.registrar.kid.hex()}"
        assert (found.kid, found.status) == (key.kid, (line["status_index"], uri))
    again = ok("enrol", *town.desk, "--from", file).lines()
    assert [line["status_index"] for line in again] == [1, 2, 3]
    assert ok("register", "check", *_log(town)).out == "4 keys in the log, 0 differ\n"


def _log(town: Town) -> tuple[str | Path, ...]:
    town.wait()
    return ("--registrar-key", town.registrar_key, "--url", town.url, "--policy", town.policy)


def test_one_bad_request_in_a_file_holds_nobody_up(town: Town, civicroot: Civicroot, tmp_path: Path) -> None:
    (_, one), (_, two), (_, three) = (town.request(f"tree/{number}", "device") for number in range(3))
    two["possession"] = three["possession"]
    done = civicroot("enrol", *town.desk, "--from", town.lines(tmp_path / "r.jsonl", one, two, three))
    assert done.code == 1
    assert done.err.startswith("civicroot: enrolment of tree/1: key-mismatch")
    assert [(line["subject"], line["status_index"]) for line in done.lines()] == [("tree/0", 1), ("tree/2", 2)]


def test_a_revocation_stands_between_two_lists(town: Town, civicroot: Civicroot, ok: Civicroot, tmp_path: Path) -> None:
    key = town.enrolled(tmp_path, "bin/12", "device")
    before = town.size
    (done,) = ok("revoke", "bin/12", "--reason", "lost", "--last-seq", 7, *town.desk).lines()
    assert kinds_from(town, before) == ["status-list", "revocation", "status-list"]
    found = revocation.decode(town.entry(done["index"]))
    assert (found.thumbprint, found.reason, found.last_seq) == (keys.thumbprint(key.public), revocation.LOST, 7)
    assert bits(town.entry(before)) == b"\x00"
    assert bits(town.entry(before + 2)) == b"\x02"

    for who in ("bin/12", key.kid.hex()):
        again = civicroot("revoke", who, "--reason", "lost", *town.desk)
        assert (again.code, again.err.count("\n")) == (2, 1)
        assert f"was revoked already, by log entry {done['index']}" in again.err
    back = civicroot(
        "enrol", *town.desk, "--from", town.lines(tmp_path / "b", town.request("bin/12", "device", key)[1])
    )
    assert (back.code, back.err) == (1, f"civicroot: enrolment of bin/12: revoked: {key.kid.hex()} was revoked by log "
                                        f"entry {done['index']}\n")  # fmt: skip
    shown = {line["kid"]: line for line in ok("register", "show", "--registrar-key", town.registrar_key).lines()}
    assert (shown[key.kid.hex()]["revoked"], shown[key.kid.hex()]["reason"]) == (done["index"], "lost")


def test_a_rotation_enrols_the_successor_and_names_it(
    town: Town, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    old = town.enrolled(tmp_path, "bin/3", "device")
    new, request = town.request("bin/3", "device")
    file = town.lines(tmp_path / "new.json", request)
    enrolled, withdrawn = ok("rotate", "bin/3", "--new", file, "--last-seq", 41, *town.desk).lines()
    found = revocation.decode(town.entry(withdrawn["index"]))
    assert (found.reason, found.last_seq, found.successor) == (revocation.ROTATED, 41, keys.thumbprint(new.public))
    assert found.thumbprint == keys.thumbprint(old.public)
    assert enrolled["index"] < withdrawn["index"]
    assert enrolment.decode(town.entry(enrolled["index"])).kid == new.kid
    assert bits(town.entry(withdrawn["index"] + 1)) == b"\x02"

    for other, says in ((town.request("bin/4", "device")[1], "bin/4"), (request, "the old key itself")):
        refused = civicroot("rotate", new.kid.hex(), "--new", town.lines(file, other), "--last-seq", 1, *town.desk)
        assert refused.code == 2
        assert says in refused.err


def test_a_subject_with_two_keys_is_asked_which(town: Town, civicroot: Civicroot, tmp_path: Path) -> None:
    kids = sorted(town.enrolled(tmp_path, "bin/5", "device").kid.hex() for _ in range(2))
    done = civicroot("revoke", "bin/5", "--reason", "retired", *town.desk)
    assert done.code == 2
    assert all(kid in done.err for kid in kids)
    assert civicroot("revoke", kids[0], "--reason", "retired", *town.desk).code == 0
    assert civicroot("revoke", "bin/5", "--reason", "retired", *town.desk).code == 0  # one valid key is left


def test_lists_are_published_only_when_the_log_grew(town: Town, ok: Civicroot, tmp_path: Path) -> None:
    publish = ("status-list", "publish", "--if-grown", *town.desk)
    town.wait()
    first = ok(*publish).lines()
    assert [(line["keys"], line["revoked"]) for line in first] == [(1, 0)]
    town.wait()
    assert ok(*publish).out == ""
    town.enrolled(tmp_path, "bin/1", "device")
    town.wait()
    assert ok(*publish).lines()[0]["index"] == town.wait() - 1
    # Without the option always, and never the same entry again.
    index = {ok("status-list", "publish", *town.desk).lines()[0]["index"] for _ in range(3)}
    assert len(index) == 3


# Interruptions


class Unlucky:
    """A line to the city that breaks at the `at`-th statement, before it is sent or before the answer comes."""

    def __init__(self, city: City, at: int, sent: bool) -> None:
        self._city = city
        self._left = at
        self._sent = sent

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        self._left -= 1
        if self._left:
            return self._city.submit(entry, wait)
        if self._sent:
            self._city.submit(entry, wait)
        raise CommandError("the line broke")


def desk_of(town: Town, register: Register, city: Submitter) -> Desk:
    return Desk(register, keyfile.load(town.registrar_key), city, lambda: NOW)


def opened(town: Town) -> Register:
    return registers.open_register(registers.path_of(town.registrar_key), town.city.registrar.kid)


@pytest.mark.parametrize("sent", [False, True], ids=["before sending", "before the answer"])
def test_an_interrupted_enrolment_is_the_same_statement_again(
    town: Town, ok: Civicroot, tmp_path: Path, sent: bool
) -> None:
    requests = [enrolment_request.from_mapping(town.request(f"bin/{number}", "device")[1]) for number in range(4)]
    register = opened(town)
    with City(town.url) as city, pytest.raises(CommandError, match="the line broke"):
        list(desk_of(town, register, Unlucky(city, 3, sent)).enrol(requests))
    waiting = register.pending()
    assert [pending.subject for pending in waiting] == ["bin/2", "bin/3"]
    register.close()

    before = town.size
    done = ok("status-list", "publish", *town.desk).lines()
    assert [line["subject"] for line in done[:2]] == ["bin/2", "bin/3"]
    assert [town.entry(line["index"]) for line in done[:2]] == [pending.statement for pending in waiting]
    assert town.size == before + (1 if sent else 2) + 1
    assert ok("register", "check", *_log(town)).out == "5 keys in the log, 0 differ\n"


@pytest.mark.parametrize("sent", [False, True], ids=["before sending", "before the answer"])
def test_an_interrupted_revocation_is_finished_and_never_contradicted(
    town: Town, ok: Civicroot, tmp_path: Path, sent: bool
) -> None:
    key = town.enrolled(tmp_path, "bin/1", "device")
    register = opened(town)
    found = register.key(key.kid)
    assert found is not None
    with City(town.url) as city, pytest.raises(CommandError, match="the line broke"):
        desk_of(town, register, Unlucky(city, 2, sent)).revoke(found, revocation.COMPROMISED)  # 1 is the list
    register.close()
    # Cron comes by: the revocation is logged once, and the list after it has the bit.
    done = ok("status-list", "publish", *town.desk).lines()
    assert [line.get("kind") for line in done] == ["revocation", None]
    assert bits(town.entry(done[1]["index"])) == b"\x02"
    assert kinds_from(town, 0).count("revocation") == 1
    assert ok("register", "check", *_log(town)).code == 0


def test_what_the_city_refuses_leaves_no_gap_that_is_given_out_again(town: Town, tmp_path: Path) -> None:
    """A refusal after signing: the index stays given out, the next key gets the next one."""
    taken, request = town.request("bin/1", "device")
    town.backend.submit(town.city.enrolment(taken, "gateway/9", "gateway"))  # another desk enrolled it in another role
    register = opened(town)
    with City(town.url) as city:
        desk = desk_of(town, register, city)
        (refused,) = desk.enrol([enrolment_request.from_mapping(request)])
        assert not isinstance(refused, Done)
        assert "wrong-role" in str(refused.error)
        assert register.pending() == []
        (done,) = desk.enrol([enrolment_request.from_mapping(town.request("bin/2", "device")[1])])
    assert isinstance(done, Done)
    assert done.key.status_index == 2
    register.close()


@pytest.mark.parametrize("lines", [0, 1, 7, 20])
def test_a_desk_that_is_killed_goes_on_where_it_was(town: Town, ok: Civicroot, tmp_path: Path, lines: int) -> None:
    """SIGKILL after so many answers, then the same command again: every key has one status index, and the log it."""
    count = 30
    pairs = [town.request(f"bin/{number}", "device") for number in range(count)]
    file = town.lines(tmp_path / "r.jsonl", *(request for _, request in pairs))
    command = [sys.executable, "-m", "civicroot_cli", "enrol", *map(str, town.desk), "--from", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        for _ in range(lines):
            assert killed.stdout.readline()
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    again = ok("enrol", *town.desk, "--from", file).lines()
    indices = {line["kid"]: line["status_index"] for line in again}
    assert len(indices) == len(set(indices.values())) == count
    assert ok("register", "check", *_log(town)).out == f"{count + 1} keys in the log, 0 differ\n"
    assert ok("status-list", "publish", *town.desk).lines()[0]["keys"] == count + 1


# The register's file


def test_a_lost_register_is_rebuilt_from_the_log(
    town: Town, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    keep = town.enrolled(tmp_path, "bin/1", "device")
    town.enrolled(tmp_path, "bin/2", "device")
    ok("revoke", "bin/2", "--reason", "retired", *town.desk)
    file = registers.path_of(town.registrar_key)
    before = ok("register", "show", "--registrar-key", town.registrar_key).out
    file.unlink()

    lost = civicroot("enrol", *town.desk, "--from", town.lines(tmp_path / "r", town.request("bin/3", "device")[1]))
    assert lost.code == 2
    assert "register rebuild" in lost.err
    assert ok("register", "rebuild", *_log(town)).out == f"{file}: 3 keys, 1 of them revoked\n"
    assert ok("register", "show", "--registrar-key", town.registrar_key).out == before
    ok("revoke", keep.kid.hex(), "--reason", "lost", *town.desk)
    (line,) = ok("enrol", *town.desk, "--from", tmp_path / "r").lines()
    assert line["status_index"] == 3


def test_a_restored_old_register_is_noticed_and_harms_nobody(
    town: Town, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    file = registers.path_of(town.registrar_key)
    town.enrolled(tmp_path, "bin/1", "device")
    shutil.copy(file, tmp_path / "backup")
    town.enrolled(tmp_path, "bin/2", "device")
    shutil.copy(tmp_path / "backup", file)
    checked = civicroot("register", "check", *_log(town))
    assert checked.code == 1
    assert "the register nothing" in checked.out
    # It gives out an index that is taken: the city refuses, and says whose it is.
    done = civicroot("enrol", *town.desk, "--from", town.lines(tmp_path / "r", town.request("bin/3", "device")[1]))
    assert done.code == 1
    assert "bin/2" in done.err
    assert "the register that was there is" in ok("register", "rebuild", *_log(town)).out
    assert len(list(file.parent.glob(file.name + ".before-*"))) == 1
    assert ok("register", "check", *_log(town)).code == 0


def test_only_one_command_works_with_a_register(town: Town) -> None:
    path = registers.path_of(town.registrar_key)
    with lock.held(path), pytest.raises(RegisterError, match="another command"), lock.held(path, 0.0):
        pass
    with lock.held(path, 0.0):
        pass


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["revoke", "bin/404", "--reason", "lost"], "no key of bin/404"),
        (["revoke", "xyz", "--reason", "lost"], "neither a kid in hex nor a subject"),
        (["revoke", "abcd", "--reason", "lost"], "16 hex digits"),
        (["revoke", "bin/1", "--reason", "rotated"], "invalid choice"),
        (["enrol", "--subject", "bin/1"], "missing: role, public, possession"),
        (["enrol", "--from", "/nowhere.jsonl"], "/nowhere.jsonl"),
        (["enrol", "--realm", "another.city", "--subject", "bin/1"], "missing"),
        (["status-list", "publish", "--realm", "another.city"], "not of another.city"),
    ],
)
def test_slips_at_the_desk_are_one_line(town: Town, civicroot: Civicroot, arguments: list[str], says: str) -> None:
    done = civicroot(*arguments, *town.desk)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_city_that_does_not_answer_is_one_line(town: Town, civicroot: Civicroot, tmp_path: Path) -> None:
    file = town.lines(tmp_path / "r", town.request("bin/3", "device")[1])
    for url in ("http://127.0.0.1:9/", "ftp://x", "no address"):
        done = civicroot("enrol", "--registrar-key", town.registrar_key, "--url", url, "--from", file)
        assert (done.code, done.err.count("\n")) == (2, 1)
    # What was signed is not lost.
    register = opened(town)
    assert [pending.subject for pending in register.pending()] == ["bin/3"]
    register.close()


def test_the_register_of_another_registrar_is_refused(
    town: Town, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    ok("key", "new", tmp_path / "registrar.key")
    shutil.copy(registers.path_of(town.registrar_key), tmp_path / "registrar.register")
    done = civicroot("register", "show", "--registrar-key", tmp_path / "registrar.key")
    assert done.code == 2
    assert "is the register of registrar key" in done.err
    (tmp_path / "registrar.register").write_bytes(b"no database" * 1000)
    done = civicroot("register", "show", "--registrar-key", tmp_path / "registrar.key")
    assert (done.code, done.err.count("\n")) == (2, 1)
    (tmp_path / "registrar.register").unlink()
    ok("register", "new", "--realm", "my.city", "--registrar-key", tmp_path / "registrar.key")
    assert civicroot("register", "new", "--realm", "my.city", "--registrar-key", tmp_path / "registrar.key").code == 2


# A registrar's key is replaced


class Direct:
    """A city that is asked without a network between."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def submit(self, entry: bytes, wait: bool = False) -> Answer:
        return Answer(self._backend.submit(entry).index)


def test_a_registrars_successor_takes_its_keys_and_its_list_over(city: Realm, ok: Civicroot, tmp_path: Path) -> None:
    register = registers.open_register(registers.path_of(city.folder / "registrar.key"), city.registrar.kid)
    key = city.key()
    request = {"subject": "bin/1", "role": "device", "public": key.public.hex()}
    asked = enrolment_request.from_mapping(request | {"possession": city.possession(key, "bin/1", "device").hex()})
    with city.backend() as backend:
        list(Desk(register, city.registrar, Direct(backend), lambda: NOW).enrol([asked]))
        backend.publish_pending()
    register.close()
    # The roots trust another registrar's key from index 3 on, and the first one no longer.
    policy, kept = city.folder / "policy.json", tmp_path / "policy-1.json"
    shutil.copy(policy, kept)
    ok("key", "new", tmp_path / "second.key")
    change = (
        "--add-registrar",
        f"desk-2={tmp_path / 'second.key.pub'}",
        "--retire-registrar",
        city.registrar.kid.hex(),
    )
    ok("policy", "propose", kept, "--from-index", 4, *change, "-o", policy)
    ok("policy", "sign", policy, "--key", city.folder / "root.key", "--previous", kept)
    with city.backend() as backend:
        backend.publish_pending()
        public = city.config.data_directory / "public"
        log = ("--url", public, "--policy", policy, "--registrar-key", tmp_path / "second.key")
        ok("register", "rebuild", *log, "--predecessor", city.registrar.kid.hex())
        second = keyfile.load(tmp_path / "second.key")
        register = registers.open_register(tmp_path / "second.register", second.kid)
        desk = Desk(register, second, Direct(backend), lambda: NOW)
        found = register.key(key.kid)
        assert found is not None
        assert (found.uri, found.status_index) == (city.status_uri, 1)
        desk.revoke(found, revocation.LOST)
        (new,) = desk.enrol([_asked(city, "bin/2")])
        assert isinstance(new, Done)
        assert (new.key.uri, new.key.status_index) == (register.uri, 0)
        listed = {one.uri: (one.keys, one.revoked) for one in desk.publish()}
        assert listed == {city.status_uri: (2, 1), register.uri: (1, 0)}
        register.close()


def _asked(city: Realm, subject: str) -> enrolment_request.Request:
    key = city.key()
    asked = {"possession": city.possession(key, subject, "device").hex(), "public": key.public.hex()}
    return enrolment_request.from_mapping({"subject": subject, "role": "device"} | asked)
