"""`civicroot key`: secret files for their owner only, nothing overwritten, names that everybody computes alike."""

import json
import stat
from pathlib import Path

import pytest
from civicroot_cli import keyfile
from civicroot_wire import base64, keys, possession, sodium
from civicroot_wire.note import parse_key

from tests.cli.conftest import Civicroot


def test_a_new_key_is_its_owners_only_and_never_overwritten(
    ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    file = tmp_path / "root.key"
    shown = json.loads(ok("key", "new", file, "--json").out)
    signer = keyfile.load(file)
    assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_size) == (0o600, 32)
    assert base64.decode((tmp_path / "root.key.pub").read_text().strip()) == signer.public
    assert shown == {
        "kid": signer.kid.hex(),
        "thumbprint": keys.thumbprint(signer.public).hex(),
        "public": base64.encode(signer.public),
    }
    secret = file.read_bytes()
    for target in (file, tmp_path / "no" / "folder.key"):
        again = civicroot("key", "new", target)
        assert (again.code, again.err.count("\n")) == (2, 1)
    file.rename(tmp_path / "moved.key")
    assert civicroot("key", "new", file).code == 2  # its .pub is still there, and would be another's
    assert (tmp_path / "moved.key").read_bytes() == secret


def test_a_key_is_shown_alike_from_every_form(ok: Civicroot, tmp_path: Path) -> None:
    ok("key", "new", tmp_path / "log.key")
    public = keyfile.load(tmp_path / "log.key").public
    forms = (tmp_path / "log.key", tmp_path / "log.key.pub", public.hex(), base64.encode(public))
    shown = {ok("key", "show", form, "--name", "my.city/log", "--json").out for form in forms}
    assert len(shown) == 1
    found = json.loads(shown.pop())
    for name, algorithm in (("log_vkey", 1), ("witness_vkey", 4)):
        key = parse_key(found[name])
        assert (key.name, key.algorithm, key.public) == ("my.city/log", algorithm, public)
    assert keyfile.load(tmp_path / "log.key").seed.hex() not in ok("key", "show", tmp_path / "log.key").out


def test_a_request_proves_possession(ok: Civicroot, tmp_path: Path) -> None:
    ok("key", "new", tmp_path / "zoo.key")
    options = ("--realm", "my.city", "--subject", "organisation/zoo", "--role", "organisation", "--label", "The zoo")
    line = json.loads(ok("key", "request", tmp_path / "zoo.key", *options, "--nonce", "ab" * 8).out)
    found = possession.decode(bytes.fromhex(line["possession"]))
    public = bytes.fromhex(line["public"])
    assert possession.verify(found, "my.city", public, sodium.verify).nonce == b"\xab" * 8
    assert (found.subject, found.role, line["label"]) == ("organisation/zoo", "organisation", "The zoo")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "no-such.pub"], "cannot read no-such.pub"),
        (["show", "abc"], "no public key"),
        (["show", "ab" * 31], "no public key"),
        (["show", "00" * 32], "anybody can sign for"),
        (["show", "ff" * 32], "anybody can sign for"),
        (["show", "ab" * 32, "--name", "two words"], "not a key name"),
        (["request", "none.key", "--realm", "a.b", "--subject", "bin/1", "--role", "device"], "cannot read none.key"),
        (["request", "none.key", "--realm", "a.b", "--subject", "bin/1", "--role", "king"], "invalid choice"),
        ([], "required"),
    ],
)
def test_slips_are_one_line(civicroot: Civicroot, arguments: list[str], says: str) -> None:
    done = civicroot("key", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--realm", "Not A Realm", "--subject", "bin/1"], "not a realm"),
        (["--realm", "a.b", "--subject", "bin"], "not a subject"),
        (["--realm", "a.b", "--subject", "bin/1", "--nonce", "xy"], "not hex"),
        (["--realm", "a.b", "--subject", "bin/1", "--nonce", "ab"], "nonce"),
    ],
)
def test_requests_that_no_registrar_would_take(
    ok: Civicroot, civicroot: Civicroot, tmp_path: Path, options: list[str], says: str
) -> None:
    ok("key", "new", tmp_path / "a.key")
    done = civicroot("key", "request", tmp_path / "a.key", "--role", "device", *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err


def test_a_key_that_others_can_read_is_refused(ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    ok("key", "new", tmp_path / "a.key")
    (tmp_path / "a.key").chmod(0o644)
    assert "chmod 600" in civicroot("key", "show", tmp_path / "a.key").err
    (tmp_path / "b.key").write_bytes(bytes(31))
    (tmp_path / "b.key").chmod(0o600)
    assert "a key has 32 bytes" in civicroot("key", "show", tmp_path / "b.key").err
