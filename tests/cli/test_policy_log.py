"""`civicroot policy check --url`: this version and all before it are in the public log, one after another."""

import json
import shutil
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_wire import checkpoint, merkle, tile
from civicroot_wire import policy as policies
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.note import VerifierKey

from tests.backend.city import City
from tests.cli.conftest import Civicroot


def publish(city: City) -> Path:
    """Open the backend with the policy that is there now, and close it; where its public files are."""
    with city.backend() as backend:
        backend.publish_pending()
    return city.config.data_directory / "public"


def next_version(city: City, ok: Civicroot, folder: Path, *changes: str) -> Path:
    """The next version, signed by the city's one root; it takes the place of the one in use."""
    current = city.folder / realm.POLICY_FILE
    kept = folder / f"policy-{json.loads(current.read_text())['policy']['version']}.json"
    shutil.copy(current, kept)
    ok("policy", "propose", current, "--from-index", 50, *changes, "-o", current)
    ok("policy", "sign", current, "--key", city.folder / realm.ROOT_KEY, "--previous", kept)
    return kept


def test_every_version_is_found_in_the_log(city: City, ok: Civicroot, civicroot: Civicroot, tmp_path: Path) -> None:
    public = publish(city)
    current = city.folder / realm.POLICY_FILE
    assert "✓ version 1 is log entry 0" in ok("policy", "check", current, "--url", public).out
    first = next_version(city, ok, tmp_path, "--add-anchor", "opentimestamps:a=70@0")
    missing = civicroot("policy", "check", current, "--previous", first, "--url", public)
    assert (missing.code, missing.err) == (1, "DOES NOT HOLD\n")
    assert "✗ not in the log of 2 entries: version 2" in missing.out
    publish(city)
    second = next_version(city, ok, tmp_path, "--add-anchor", "opentimestamps:b=70@0")
    publish(city)
    done = json.loads(ok("policy", "check", current, "--previous", second, "--url", public, "--json").out)
    said = [one["says"] for one in done["checks"] if one["check"] == "log"]
    assert said == ["version 1 is log entry 0", "version 2 is log entry 2", "version 3 is log entry 3"]
    older = ok("policy", "check", first, "--url", f"file://{public}")
    assert "– the log has version 3 already; this one is 1" in older.out


def forged_log(city: City, entries: list[bytes], folder: Path) -> Path:
    """A log of these few entries, under the city's own log key: what its operator could publish."""
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    for name, content in (
        (tile.tile_path(0, 0, len(entries)), b"".join(leaves)),
        (tile.tile_path(tile.ENTRIES, 0, len(entries)), tile.encode_bundle(entries)),
    ):
        path = folder / "log" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    origin = f"{city.realm}/log"
    head = Checkpoint(origin, len(entries), merkle.root(leaves))
    signed = checkpoint.sign(head, VerifierKey(origin, city.log_key.public), city.log_key)
    (folder / "log/checkpoint").write_text(signed)
    return folder


@pytest.mark.parametrize("fault", ["another content", "unsigned", "skipped"])
def test_what_is_wrong_with_a_logged_version_is_said(
    city: City, ok: Civicroot, civicroot: Civicroot, tmp_path: Path, fault: str
) -> None:
    current = city.folder / realm.POLICY_FILE
    first = next_version(city, ok, tmp_path, "--add-anchor", "opentimestamps:a=70@0")
    one, two = (policies.to_entry(policies.from_file(path.read_bytes())) for path in (first, current))
    ok("policy", "propose", first, "--add-anchor", "opentimestamps:evil=70@0", "-o", tmp_path / "evil.json")
    if fault == "another content":
        ok("policy", "sign", tmp_path / "evil.json", "--key", city.folder / realm.ROOT_KEY)
    else:
        ok("key", "new", tmp_path / "mallory.key")
        document = json.loads((tmp_path / "evil.json").read_text())
        document["policy"]["roots"] = {"threshold": 1, "keys": [(tmp_path / "mallory.key.pub").read_text().strip()]}
        (tmp_path / "evil.json").write_text(json.dumps(document))
        ok("policy", "sign", tmp_path / "evil.json", "--key", tmp_path / "mallory.key")
    evil = policies.to_entry(policies.from_file((tmp_path / "evil.json").read_bytes()))
    entries = {"another content": [one, two, evil], "unsigned": [one, evil], "skipped": [two]}[fault]
    log = forged_log(city, entries, tmp_path / "forged")
    done = civicroot("policy", "check", current, "--previous", first, "--url", log)
    assert done.code == 1
    says = {
        "another content": "✗ version 2 is log entry 2, and says otherwise than another version of that number",
        "unsigned": "✗ version 2 is log entry 1, and says otherwise than another version of that number",
        "skipped": "✗ not in the log of 1 entries: version 1",
    }[fault]
    assert says in done.out
    mallory = civicroot("policy", "check", tmp_path / "evil.json", "--url", log)
    assert mallory.code == 1


def test_a_log_that_the_policy_does_not_trust_is_one_line(
    city: City, civicroot: Civicroot, ok: Civicroot, tmp_path: Path
) -> None:
    public = publish(city)
    other = City(tmp_path / "other")
    done = civicroot("policy", "check", other.folder / realm.POLICY_FILE, "--url", public)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "is not what the policy trusts" in done.err
    for url, says in (("/nowhere", "no such folder"), ("gopher://x", "neither http"), (str(tmp_path), "not there")):
        done = civicroot("policy", "check", city.folder / realm.POLICY_FILE, "--url", url)
        assert (done.code, done.err.count("\n")) == (2, 1), done.err
        assert says in done.err
    damaged = public / "log" / tile.tile_path(tile.ENTRIES, 0, 2)
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    done = civicroot("policy", "check", city.folder / realm.POLICY_FILE, "--url", public)
    assert (done.code, done.err.count("\n")) == (2, 1)
