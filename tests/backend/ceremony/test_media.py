"""Sealed keys and the media that they lie on: damage, wrong passphrases, wrong media, copies; policies."""

import json
import os
from pathlib import Path

import pytest
from civicroot_backend.ceremony import sealed_key
from civicroot_backend.ceremony.errors import SealedKeyError, WrongPassphrase
from civicroot_backend.ceremony.sealed_key import COST, SUFFIX, Cost, Label
from civicroot_wire import base64, keys, sodium
from civicroot_wire import policy as policies
from civicroot_wire.sodium import Signer
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.pwhash import argon2id

from tests.backend.ceremony.table import REALM, Table
from tests.cli.conftest import Civicroot

PASSPHRASE = "correct horse battery"
KEY = Signer(bytes(range(32)))
LABEL = Label(REALM, "root-1", "00" * 8, KEY.public)
CHEAP = Cost(argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)


def sealed(passphrase: str = PASSPHRASE, cost: Cost = CHEAP) -> bytes:
    return sealed_key.seal(KEY, LABEL, passphrase, os.urandom, cost)


def test_a_key_opens_with_its_passphrase_alone() -> None:
    found = sealed_key.read(sealed(), "here")
    assert (found.open(PASSPHRASE).seed, found.label) == (KEY.seed, LABEL)
    for wrong in ("", "correct horse batterx", PASSPHRASE + " ", PASSPHRASE.upper()):
        with pytest.raises(WrongPassphrase, match="root-1 does not open"):
            found.open(wrong)
    assert KEY.seed.hex() not in sealed().hex(), "the seed is nowhere"


def test_letters_are_the_same_however_a_keyboard_makes_them() -> None:
    found = sealed_key.read(sealed("Zürich Gemüse Tür"), "here")
    assert found.open("Zu\u0308rich Gemu\u0308se Tu\u0308r").public == KEY.public


def test_the_usual_cost_is_what_the_documents_say() -> None:
    found = json.loads(sealed(cost=COST))
    assert found["kdf"] | {"salt": ""} == {"name": "argon2id13", "operations": 3, "memory": 256 << 20, "salt": ""}
    assert sealed_key.read(json.dumps(found).encode(), "here").open(PASSPHRASE).public == KEY.public
    assert "Argon2id" in (Path(__file__).parents[3] / "docs/keys.md").read_text()


def test_the_same_key_is_sealed_otherwise_each_time() -> None:
    one, two = json.loads(sealed()), json.loads(sealed())
    assert one["kdf"]["salt"] != two["kdf"]["salt"]
    assert one["sealed"] != two["sealed"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_byte_never_gives_another_key(data: st.DataObject) -> None:
    """Whatever is changed, it is refused, or it opens as the very key (white space, names of no meaning)."""
    whole = bytearray(sealed())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        found = sealed_key.read(bytes(whole), "here")
        if found.cost != CHEAP:  # a digit more: minutes of work, which a reader bounds and a test does not do
            assert found.cost.operations <= sealed_key.MAX_OPERATIONS
            assert found.cost.memory <= sealed_key.MAX_MEMORY
            return
        assert found.open(PASSPHRASE).public == KEY.public
    except (SealedKeyError, WrongPassphrase):
        return


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_what_is_no_sealed_key_is_one_error(content: bytes) -> None:
    with pytest.raises(SealedKeyError):
        sealed_key.read(content, "here")


def test_a_file_that_asks_for_too_much_work_is_refused() -> None:
    for change in ({"operations": 17}, {"memory": 3 << 30}, {"operations": 0}, {"memory": 1}, {"name": "md5"},
                   {"operations": "3"}, {"operations": True, "memory": None}, {"more": 1}):  # fmt: skip
        document = json.loads(sealed())
        document["kdf"] |= change
        with pytest.raises(SealedKeyError):
            sealed_key.read(json.dumps(document).encode(), "here")


def test_an_exchanged_label_does_not_open() -> None:
    document = json.loads(sealed())
    document["public"] = base64.encode(Signer.generate().public)
    with pytest.raises(SealedKeyError, match="and is another"):
        sealed_key.read(json.dumps(document).encode(), "here").open(PASSPHRASE)


# Signing with media


@pytest.fixture
def city(table: Table) -> Table:
    """Founded two of three, with a copy of root-1."""
    backup = str(table.stick("root-1-copy"))
    table.hold(table.plan(table.root("root-1", backup=backup), table.root("root-2"), table.root("root-3")))
    return table


def sheets(table: Table, *names: str) -> list[str]:
    """Media and their sheets for a command."""
    found: list[str] = []
    for name in names:
        sheet = name.removesuffix("-copy")
        found += [
            "--root",
            str(table.folder / name),
            "--secret",
            f"{table.folder / name}={table.folder / sheet}.secret",
        ]
    return found


def draft_of(table: Table, ok: Civicroot, *changes: str | Path) -> Path:
    """A next version, unsigned."""
    path = table.folder / "next.json"
    ok("policy", "propose", table.policy_file, *changes, "-o", path)
    return path


def kid(table: Table, place: int) -> str:
    return keys.kid(table.policy.roots[place]).hex()


def test_a_policy_that_forgets_the_old_roots_is_not_complete(city: Table, ok: Civicroot, civicroot: Civicroot) -> None:
    """Signed by the roots that it names itself, one of them new, and by too few of those before."""
    new = [city.stick(f"new-{number}") for number in (1, 2)]
    adds: list[str | Path] = []
    for stick in new:
        city.secret(stick.name)
        out = city.folder / f"{stick.name}.pub"
        ok("realm", "new-root", stick, "--realm", REALM, "--name", stick.name, "-o", out,
           "--secret", f"{stick}={city.folder / stick.name}.secret")  # fmt: skip
        adds += ["--add-root", out]
    drops = [part for place in range(3) for part in ("--drop-root", kid(city, place))]
    draft = draft_of(city, ok, *adds, *drops)
    # Without the version before, nobody signs at all.
    alone = civicroot("realm", "sign-policy", draft, *sheets(city, "new-1", "new-2"))
    assert (alone.code, "too-few-roots: version 2 needs the roots of version 1 too" in alone.err) == (2, True)
    command = ("realm", "sign-policy", draft, "--previous", city.policy_file)
    taken_over = civicroot(*command, *sheets(city, "new-1", "new-2"))
    assert (taken_over.code, "0 of 3 roots signed, 2 needed" in taken_over.out) == (1, True)
    assert civicroot(*command, *sheets(city, "root-1")).code == 1
    assert ok(*command, *sheets(city, "root-3")).out.endswith("is complete\n")
    signed = policies.from_file(draft.read_bytes())
    policies.verify(signed, sodium.verify, city.policy.roots, city.policy.threshold)


def test_drafts_that_do_not_follow_are_refused(city: Table, ok: Civicroot, civicroot: Civicroot) -> None:
    draft = draft_of(city, ok, "--threshold", "3")
    other = json.loads(draft.read_text())
    for change, says in (({"version": 3}, "does not follow version 1"), ({"realm": "other.city"}, "does not follow")):
        changed = city.folder / "changed.json"
        changed.write_text(json.dumps({**other, "policy": other["policy"] | change}))
        done = civicroot("realm", "sign-policy", changed, "--previous", city.policy_file, *sheets(city, "root-1"))
        assert (done.code, says in done.err) == (2, True)
    unsigned = civicroot("realm", "sign-policy", draft, "--previous", draft, *sheets(city, "root-1"))
    assert (unsigned.code, "does not hold" in unsigned.err) == (2, True)


def test_wrong_same_and_absent_media_are_named_and_the_draft_stays(
    city: Table, ok: Civicroot, civicroot: Civicroot
) -> None:
    draft = draft_of(city, ok, "--threshold", "3")
    unsigned = draft.read_bytes()
    command = ("realm", "sign-policy", draft, "--previous", city.policy_file)
    stranger, damaged = city.stick("stranger"), city.stick("damaged")
    for stick in (stranger, damaged):
        city.secret(stick.name)
    ok("realm", "new-root", stranger, "--realm", REALM, "--name", "root-9", "-o", city.folder / "9.pub",
       "--secret", f"{stranger}={city.folder}/stranger.secret")  # fmt: skip
    (damaged / f"x{SUFFIX}").write_text("{")
    for name, says in (
        ("stranger", "wrong-medium: "),
        ("damaged", "sealed-key: "),
        ("absent", "medium-absent: "),
        ("city", "medium-absent: "),
    ):
        city.secret(name)
        done = civicroot(*command, *sheets(city, name))
        assert (done.code, done.err.startswith(f"civicroot: {says}")) == (2, True), done.err
        assert draft.read_bytes() == unsigned
    # One medium twice, in one sitting: its signature is there once, and somebody is told.
    twice = civicroot(*command, *sheets(city, "root-1"), *sheets(city, "root-1"))
    assert (twice.code, "same-medium: " in twice.err) == (2, True)
    assert len(json.loads(draft.read_text())["signatures"]) == 1
    # A copy of a root that has signed is no second root.
    copy = civicroot(*command, *sheets(city, "root-1-copy"))
    assert (copy.code, "its root has signed already" in copy.err, "1 of 3 roots signed" in copy.out) == (1, True, True)
    # A signature that does not verify is named, and nobody adds to it.
    broken = json.loads(draft.read_text())
    broken["signatures"][0]["signature"] = base64.encode(bytes(64))
    draft.write_text(json.dumps(broken))
    done = civicroot(*command, *sheets(city, "root-2"))
    assert (done.code, f"by root {kid(city, 0)} is wrong" in done.err) == (2, True)


def test_an_interrupted_signing_goes_on(city: Table, ok: Civicroot, civicroot: Civicroot) -> None:
    """The second medium is not there: the first signature is kept, and not asked for again."""
    draft = draft_of(city, ok, "--threshold", "3")
    command = ("realm", "sign-policy", draft, "--previous", city.policy_file)
    kept = city.folder / "root-2-away"
    (city.folder / "root-2").rename(kept)
    assert civicroot(*command, *sheets(city, "root-1", "root-2", "root-3")).code == 2
    kept.rename(city.folder / "root-2")
    (city.folder / "root-1.secret").unlink()
    assert ok(*command, *sheets(city, "root-1", "root-2", "root-3")).out.endswith("is complete\n")
    assert ok("policy", "check", draft, "--previous", city.policy_file).out.endswith("HOLDS\n")


def test_verify_names_what_is_missing(city: Table, ok: Civicroot, civicroot: Civicroot) -> None:
    command = ("realm", "verify", "--policy", city.policy_file)
    good = ok(*command, *sheets(city, "root-1", "root-1-copy", "root-2"), "--key", city.folder / "desk/registrar.key")
    assert "is a copy of root-1" in good.out
    assert "2 of 3 roots were shown, 2 are needed" in good.out
    few = civicroot(*command, *sheets(city, "root-1", "root-1-copy"))
    assert (few.code, "✗ too-few-roots: 1 of 3 roots" in few.out) == (1, True)
    same = civicroot(*command, *sheets(city, "root-1", "root-2"), *sheets(city, "root-1"))
    assert (same.code, "✗ same-medium" in same.out) == (1, True)
    city.secret("root-3", "not the passphrase")
    wrong = civicroot(*command, *sheets(city, "root-1", "root-2", "root-3"))
    assert (wrong.code, "wrong-passphrase: root-3" in wrong.out) == (1, True)
    ok("key", "new", city.folder / "desk/other.key")
    key = civicroot(*command, "--key", city.folder / "desk/other.key", "--key", city.folder / "absent.key")
    assert (key.code, key.out.count("✗")) == (1, 2)


def test_a_name_that_no_city_or_root_has_is_a_fault_of_who_typed_it(tmp_path: Path, civicroot: Civicroot) -> None:
    for realm, name in (("Bad_Realm", "root-4"), ("my.city", "../x")):
        said = civicroot("realm", "new-root", tmp_path, "--realm", realm, "--name", name, "-o", tmp_path / "4.pub")
        assert said.code == 2
        assert realm in said.err or name in said.err
    assert not any(tmp_path.iterdir())


# Copies


def test_a_working_key_is_sealed_and_written_again(city: Table, ok: Civicroot, civicroot: Civicroot) -> None:
    key, stick = city.folder / "desk/registrar.key", city.stick("copies")
    before = key.read_bytes()
    city.secret("copies")
    secret = ("--secret", f"{stick}={city.folder}/copies.secret")
    assert civicroot("realm", "backup", "--from", key, "--to", stick, *secret).code == 2, "whose is it?"
    made = ok("realm", "backup", "--from", key, "--to", stick, "--realm", REALM, *secret).out
    there = civicroot("realm", "restore", "--from", stick, "--to", key, *secret)
    assert (there.code, "File exists" in there.err) == (2, True)
    key.unlink()
    assert ok("realm", "restore", "--from", stick, "--to", key, *secret).out.split(": ")[1] == made.split(": ")[1]
    assert (key.read_bytes(), key.stat().st_mode & 0o777) == (before, 0o600)


def test_copies_go_to_media_of_their_own(city: Table, ok: Civicroot, civicroot: Civicroot) -> None:
    one, two, copy = city.folder / "root-1", city.folder / "root-2", city.folder / "root-1-copy"
    secrets = [*city.secrets(root_1=one, root_2=two), "--secret", f"{copy}={city.folder}/root-1.secret"]
    for target, says in ((one, "same-medium: "), (two, "same-medium: ")):
        done = civicroot("realm", "backup", "--from", one, "--to", target, *secrets)
        assert (done.code, says in done.err) == (2, True), done.err
    # Once more is no harm: the copy is opened, and that is all.
    before = next(copy.glob(f"*{SUFFIX}")).read_bytes()
    ok("realm", "backup", "--from", one, "--to", copy, *secrets)
    assert next(copy.glob(f"*{SUFFIX}")).read_bytes() == before
    # Another key of the same name is not written over.
    other = city.stick("other")
    city.secret("other")
    ok("realm", "new-root", other, "--realm", REALM, "--name", "root-1", "-o", city.folder / "1.pub",
       "--secret", f"{other}={city.folder}/other.secret")  # fmt: skip
    taken = civicroot("realm", "backup", "--from", one, "--to", other, *secrets)
    assert (taken.code, "medium-taken: " in taken.err) == (2, True)


def test_a_copy_that_breaks_off_leaves_no_key(
    city: Table, civicroot: Civicroot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stick is pulled out while it is written: what is half there is no key, and the next try is whole."""
    target = city.stick("late")
    city.secret("late")
    secrets = city.secrets(root_2=city.folder / "root-2", late=target)
    command = ("realm", "backup", "--from", city.folder / "root-2", "--to", target, *secrets)

    def pulled(path: Path, content: bytes, mode: int = 0o666) -> None:
        path.write_bytes(content[: len(content) // 2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("civicroot_cli.files.create", pulled)
        assert civicroot(*command).code == 130
    assert not list(target.glob(f"*{SUFFIX}"))
    assert civicroot(*command).code == 0
    assert [path.suffix for path in target.iterdir()] == [SUFFIX]
