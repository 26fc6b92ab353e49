"""`civicroot policy`: made, signed m-of-n on machines that meet only through files, rotated, checked."""

import json
import random
from pathlib import Path

import pytest
from civicroot_cli import keyfile
from civicroot_wire import policy as policies
from civicroot_wire import sodium
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from tests.cli.conftest import Civicroot

REALM = "my.city"


class Ceremony:
    """Key files of roots r1 … r4, a log, two registrars and three witnesses; the policy's files beside them."""

    def __init__(self, folder: Path, run: Civicroot) -> None:
        self.folder = folder
        self.run = run
        for name in ("r1", "r2", "r3", "r4", "log", "log2", "reg", "reg2", "w1", "w2", "w3"):
            run("key", "new", folder / f"{name}.key")

    def public(self, name: str) -> str:
        """A public key's file."""
        return str(self.folder / f"{name}.key.pub")

    def kid(self, name: str) -> str:
        """A key's kid, in hex."""
        return keyfile.load(self.folder / f"{name}.key").kid.hex()

    def make(self, out: Path) -> Path:
        """An unsigned 2-of-3 policy."""
        roots = [part for name in ("r1", "r2", "r3") for part in ("--root", self.public(name))]
        named = ("--log", f"{REALM}/log={self.public('log')}", "--registrar", f"desk={self.public('reg')}")
        self.run("policy", "make", "--realm", REALM, *roots, "--threshold", 2, *named, "-o", out)
        return out

    def sign(self, draft: Path, *names: str, previous: Path | None = None) -> Path:
        """Sign it in place, one root holder after another."""
        before = () if previous is None else ("--previous", previous)
        for name in names:
            self.run("policy", "sign", draft, "--key", self.folder / f"{name}.key", *before)
        return draft

    def first(self) -> Path:
        """Version 1, signed by two of three."""
        return self.sign(self.make(self.folder / "policy-1.json"), "r1", "r3")


@pytest.fixture
def ceremony(tmp_path: Path, ok: Civicroot) -> Ceremony:
    return Ceremony(tmp_path, ok)


def load(path: Path) -> Policy:
    return policies.from_file(path.read_bytes())


def test_two_of_three_roots_sign_apart_and_their_signatures_are_put_together(
    ceremony: Ceremony, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    draft = ceremony.make(tmp_path / "draft.json")
    unsigned = civicroot("policy", "check", draft)
    assert (unsigned.code, unsigned.err) == (1, "DOES NOT HOLD\n")
    assert "0 of 3 roots signed, 2 needed; not signed by" in unsigned.out
    # Each on a machine of their own, with a copy of the draft.
    mine, theirs = tmp_path / "mine.json", tmp_path / "theirs.json"
    for copy, name in ((mine, "r1"), (theirs, "r3")):
        ok("policy", "sign", draft, "--key", ceremony.folder / f"{name}.key", "-o", copy)
        alone = civicroot("policy", "check", copy)
        assert alone.code == 1
        assert f"signed by {ceremony.kid(name)}; not signed by" in alone.out
    ok("policy", "combine", mine, theirs, "-o", tmp_path / "policy.json")
    done = ok("policy", "check", tmp_path / "policy.json")
    assert "✓ 2 of 3 roots signed, 2 needed" in done.out
    assert f"not signed by {ceremony.kid('r2')}" in done.out
    assert done.out.endswith("HOLDS\n")
    policy = policies.verify(load(tmp_path / "policy.json"), sodium.verify)
    assert (policy.version, policy.threshold, len(policy.roots), policy.quorum) == (1, 2, 3, 0)


def test_a_root_and_a_log_key_are_rotated_under_the_old_and_the_new_threshold(
    ceremony: Ceremony, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    before = ceremony.first()
    after = tmp_path / "policy-2.json"
    changes = [
        "--from-index",
        "1000",
        "--retire-log",
        f"{REALM}/log",
        "--add-log",
        f"{REALM}/log={ceremony.public('log2')}",
    ]
    changes += ["--drop-root", ceremony.kid("r1"), "--add-root", ceremony.public("r4")]
    changes += ["--add-registrar", f"desk-2={ceremony.public('reg2')}@500..900", "--quorum", "2"]
    changes += [part for name in ("w1", "w2", "w3") for part in ("--add-witness", f"{name}={ceremony.public(name)}")]
    ok("policy", "propose", before, *changes, "-o", after)
    check = ("policy", "check", after, "--previous", before)

    # A root that goes has no say without the version before, and its signature alone hands over nothing.
    stranger = civicroot("policy", "sign", after, "--key", ceremony.folder / "r1.key")
    assert (stranger.code, stranger.err.count("\n")) == (2, 1)
    assert "--previous" in stranger.err
    ceremony.sign(after, "r4", "r2")
    assert policies.verify(load(after), sodium.verify).version == 2  # its own roots are content …
    assert civicroot("policy", "check", after).code == 0
    missed = civicroot(*check)
    assert missed.code == 1  # … but it was not handed over
    assert f"handed over by version 1: 1 of 3 roots signed, 2 needed; signed by {ceremony.kid('r2')}" in missed.out
    shown = ok("policy", "sign", after, "--key", ceremony.folder / "r1.key", "--previous", before).out
    assert f"root {ceremony.kid('r1')} is no root any more" in shown
    assert "from index 0 on → indices 0–999" in shown
    assert ok(*check).out.endswith("HOLDS\n")
    found = json.loads(ok(*check, "--json").out)
    assert (found["holds"], found["version"], {one["status"] for one in found["checks"]}) == (True, 2, {"held"})

    old, new = load(before), load(after)
    policies.verify(new, sodium.verify, old.roots, old.threshold)
    assert [(key.first, key.last) for key in new.logs] == [(0, 999), (1000, None)]
    assert [(key.name, key.first, key.last) for key in new.registrars] == [("desk", 0, None), ("desk-2", 500, 900)]
    assert new.quorum == 2


def test_the_new_roots_alone_or_the_old_roots_alone_are_not_enough(
    ceremony: Ceremony, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    before = ceremony.first()
    after = tmp_path / "policy-2.json"
    drops = [part for name in ("r1", "r2") for part in ("--drop-root", ceremony.kid(name))]
    ok("policy", "propose", before, *drops, "--add-root", ceremony.public("r4"), "--threshold", 2, "-o", after)
    ceremony.sign(after, "r3", "r4")
    assert civicroot("policy", "check", after, "--previous", before).code == 1
    old_only = tmp_path / "old-only.json"
    ok("policy", "propose", before, *drops, "--add-root", ceremony.public("r4"), "--threshold", 2, "-o", old_only)
    ceremony.sign(old_only, "r1", "r2", previous=before)
    done = civicroot("policy", "check", old_only, "--previous", before)
    assert done.code == 1
    assert "✗ 0 of 2 roots signed" in done.out
    assert "✓ handed over" in done.out


def test_a_wrong_signature_is_named_wherever_it_turns_up(
    ceremony: Ceremony, civicroot: Civicroot, tmp_path: Path
) -> None:
    good = ceremony.first()
    document = json.loads(good.read_text())
    first, second = document["signatures"]
    first["signature"], second["signature"] = second["signature"], first["signature"]
    bad = tmp_path / "swapped.json"
    bad.write_text(json.dumps(document))
    done = civicroot("policy", "check", bad)
    assert done.code == 1
    for row in document["signatures"]:
        assert f"WRONG signature by {row['kid']} (bad-signature)" in done.out
    signing = civicroot("policy", "sign", bad, "--key", ceremony.folder / "r2.key")
    assert signing.code == 2
    assert f"the signature by root {first['kid']} is wrong" in signing.err
    for drafts in ((bad, bad), (good, bad)):
        combined = civicroot("policy", "combine", *drafts, "-o", tmp_path / "c.json")
        assert (combined.code, combined.err.count("\n")) == (2, 1)
        assert "wrong" in combined.err
    assert not (tmp_path / "c.json").exists()


def test_any_edit_of_a_signed_policy_is_noticed(ceremony: Ceremony, civicroot: Civicroot, tmp_path: Path) -> None:
    text = ceremony.first().read_text()
    model = json.loads(text)["policy"]
    edits: list[dict[str, object]] = [
        {"version": 2},
        {"realm": "your.city"},
        {"anchors": [{"name": "x", "kind": "opentimestamps", "first": 0, "work": 0, "blocks": []}]},
        {"roots": {**model["roots"], "threshold": 1}},
        {"registrars": []},
        {"registrars": [{**model["registrars"][0], "first": 1}]},
    ]
    for edit in edits:
        path = tmp_path / "edited.json"
        path.write_text(json.dumps({**json.loads(text), "policy": model | edit}))
        assert civicroot("policy", "check", path).code == 1, edit


def test_drafts_of_different_policies_are_not_combined(
    ceremony: Ceremony, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    one = ceremony.first()
    other = tmp_path / "other.json"
    ok("policy", "propose", one, "--quorum", 0, "-o", other)
    done = civicroot("policy", "combine", one, other, "-o", tmp_path / "c.json")
    assert done.code == 2
    assert "do not say the same" in done.err


def test_succession_is_of_the_same_city_and_the_next_number(
    ceremony: Ceremony, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    one = ceremony.first()
    two, three = tmp_path / "2.json", tmp_path / "3.json"
    ok("policy", "propose", one, "--add-anchor", "opentimestamps:a=70@0", "-o", two)
    ok("policy", "propose", two, "--add-anchor", "opentimestamps:b=70@0", "-o", three)
    ceremony.sign(two, "r1", "r2")
    ceremony.sign(three, "r1", "r2")
    assert civicroot("policy", "check", two, "--previous", one).code == 0
    assert civicroot("policy", "check", three, "--previous", two).code == 0
    for wrong in ((three, one), (two, two), (one, two)):
        done = civicroot("policy", "check", wrong[0], "--previous", wrong[1])
        assert done.code == 1
        assert "does not follow" in done.out
    elsewhere = Path(str(one).replace("policy-1", "elsewhere"))
    document = json.loads(one.read_text())
    document["policy"]["realm"] = "your.city"
    elsewhere.write_text(json.dumps(document))
    assert (
        "it is of my.city, the one before of your.city"
        in civicroot("policy", "check", two, "--previous", elsewhere).out
    )


def test_show_says_all_that_is_trusted(ceremony: Ceremony, ok: Civicroot) -> None:
    out = ok("policy", "show", ceremony.first()).out
    assert f"registrar  desk ({ceremony.kid('reg')}), from index 0 on" in out
    assert all(ceremony.kid(name) in out for name in ("r1", "r2", "r3"))
    assert "2 of 2 needed" in out


PROPOSE = [
    (["--add-registrar", "x=r4"], "needs a log index"),
    (["--from-index", "9", "--add-registrar", "r4"], "a registrar is NAME=KEY"),
    (["--from-index", "-1"], "--from-index is 0 to"),
    (["--from-index", "9", "--retire-registrar", "nobody"], "nobody is not among them"),
    (["--retire-registrar", "desk"], "needs a log index"),
    (["--retire-registrar", "desk@1..2"], "retired at one index"),
    (["--from-index", "0", "--retire-registrar", "desk"], "it cannot end at -1"),
    (["--from-index", "9", "--add-log", "my.city/log=r4"], "two of my.city/log at once"),
    (["--from-index", "9", "--add-witness", "my.city/w+00000000+AAAA"], "no verifier key"),
    (["--quorum", "1"], "this makes no policy: out-of-range"),
    (["--threshold", "4"], "3 roots cannot reach a threshold of 4"),
    (["--threshold", "0"], "this makes no policy"),
    (["--drop-root", "0011223344556677"], "no root 0011223344556677"),
    (["--drop-anchor", "x"], "accepts no anchor x"),
    (["--add-root", "r1"], "root keys repeat"),
    (["--add-root", "nokey"], "no public key"),
]


@pytest.mark.parametrize(("changes", "says"), PROPOSE)
def test_changes_that_make_no_policy_are_one_line(
    ceremony: Ceremony, civicroot: Civicroot, tmp_path: Path, changes: list[str], says: str
) -> None:
    names = ("r1", "r4")
    given = [ceremony.public(text) if text in names else text for text in changes]
    given = [
        f"{text.partition('=')[0]}={ceremony.public(text.partition('=')[2])}" if text.endswith("=r4") else text
        for text in given
    ]
    done = civicroot("policy", "propose", ceremony.first(), *given, "-o", tmp_path / "x.json")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
    assert says in done.err
    assert not (tmp_path / "x.json").exists()


def test_a_retired_key_is_not_retired_again_and_one_of_two_is_named(
    ceremony: Ceremony, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    two = tmp_path / "2.json"
    ok("policy", "propose", ceremony.first(), "--retire-registrar", "desk@99", "--add-registrar",
       f"desk={ceremony.public('reg2')}@100", "-o", two)  # fmt: skip
    again = civicroot("policy", "propose", two, "--retire-registrar", f"{ceremony.kid('reg')}@200", "-o", two)
    assert "no longer than that already" in again.err
    # Both have the name; an index under both asks which.
    which = civicroot("policy", "propose", two, "--retire-registrar", "desk@50", "-o", two)
    assert which.code == 2
    assert ceremony.kid("reg2") in which.err
    ok("policy", "propose", two, "--retire-registrar", f"{ceremony.kid('reg2')}@150", "-o", two)
    assert [key.last for key in Policy(json.loads(two.read_text())["policy"], {}).registrars] == [99, 150]


def test_files_that_are_no_policies_are_one_line(ceremony: Ceremony, civicroot: Civicroot, tmp_path: Path) -> None:
    whole = ceremony.first().read_bytes()
    chance = random.Random(1)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]",:0 9x\\\xff')
        path = tmp_path / "damaged.json"
        path.write_bytes(damaged[: chance.randrange(len(damaged))] if chance.random() < 0.3 else damaged)
        done = civicroot("policy", "check", path)
        try:
            policies.verify(policies.from_file(path.read_bytes()), sodium.verify)
            assert done.code == 0  # what was damaged says nothing: white space
        except WireError:
            assert done.code in (1, 2)
            assert done.err.count("\n") == 1
    for content in (b"", b"[]", b'{"policy": 1, "signatures": []}', b"[" * 100_000, b" " * 300_000):
        path.write_bytes(content)
        done = civicroot("policy", "show", path)
        assert (done.code, done.err.count("\n")) == (2, 1)
