"""`civicroot realm init`: who vouches for the log is in the first policy and the configuration."""

import json
import tomllib
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_cli.main import main
from civicroot_wire import note, policy, sodium
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer

NAMES = ("university.example/w1", "newspaper.example/w", "neighbour.example/w")
ANCHOR = {
    "policy": {"name": "sepolia.main", "kind": "evm", "chain": 11155111, "contract": "0x" + "ab" * 20},
    "settings": {"rpc_url": "https://rpc.example", "chain_id": 11155111, "calendars": ["https://a.example"]},
}


def _vkey(name: str, algorithm: int = note.COSIGNATURE) -> str:
    return str(VerifierKey(name, Signer.generate().public, algorithm))


def _init(folder: Path, *arguments: str) -> int:
    return main(["realm", "init", "--realm", "my.city", "--dir", str(folder), *arguments])


def _witnesses(vkeys: list[str]) -> list[str]:
    return [part for number, vkey in enumerate(vkeys) for part in ("--witness", vkey, f"https://w{number}.example/")]


def _policy(folder: Path) -> policy.Policy:
    return policy.verify(policy.from_file((folder / "policy.json").read_bytes()), sodium.verify)


def test_witnesses_and_anchors_are_in_policy_and_configuration(tmp_path: Path) -> None:
    file = tmp_path / "anchor.json"
    file.write_text(json.dumps(ANCHOR))
    vkeys = [_vkey(name) for name in NAMES]
    assert _init(tmp_path / "realm", *_witnesses(vkeys), "--anchor", str(file)) == 0

    found = _policy(tmp_path / "realm")
    assert [str(witness.key) for witness in found.witnesses] == vkeys
    assert [witness.first for witness in found.witnesses] == [0, 0, 0]
    assert found.quorum == 2  # more than half, where nothing else is said
    (anchor,) = found.anchors
    assert (anchor.name, anchor.kind, anchor.first, anchor.chain) == ("sepolia.main", "evm", 0, 11155111)
    written = tomllib.loads((tmp_path / "realm" / "backend.toml").read_text())
    assert written["witnesses"] == {name: f"https://w{number}.example" for number, name in enumerate(NAMES)}
    assert written["anchors"] == {"sepolia.main": {"kind": "evm", **ANCHOR["settings"]}}
    assert written["realm"] == "my.city"


def test_without_any_the_realm_is_as_before(tmp_path: Path) -> None:
    assert _init(tmp_path) == 0
    found = _policy(tmp_path)
    assert (found.witnesses, found.quorum, found.anchors) == ([], 0, [])
    assert not {"witnesses", "anchors"} & set(tomllib.loads((tmp_path / "backend.toml").read_text()))


@pytest.mark.parametrize("quorum", [1, 3])
def test_the_quorum_is_what_is_said(tmp_path: Path, quorum: int) -> None:
    assert _init(tmp_path, *_witnesses([_vkey(name) for name in NAMES]), "--quorum", str(quorum)) == 0
    assert _policy(tmp_path).quorum == quorum


def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, again = _vkey(NAMES[0]), _vkey(NAMES[0])
    same = str(VerifierKey(NAMES[1], note.parse_key(good).public, note.COSIGNATURE))
    broken = good[:-2] + ("A=" if good[-2:] != "A=" else "B=")
    file = tmp_path / "anchor.json"
    cases: list[tuple[list[str], object, str]] = [
        ([*_witnesses([good]), "--quorum", "2"], None, "quorum of 2 of 1"),
        ([*_witnesses([good]), "--quorum", "0"], None, "quorum of 0 of 1"),
        (["--quorum", "1"], None, "quorum of 1 of 0"),
        (_witnesses([good, again]), None, "witness named more than once: university.example/w1"),
        (_witnesses([_vkey(NAMES[0], note.ED25519)]), None, "no key for cosignatures"),
        (_witnesses([broken]), None, "no verifier key"),
        (_witnesses([good, same]), None, "witnesses repeat"),
        (["--witness", good, "ftp://w.example"], None, "needs an http(s) URL"),
        (["--witness", good, "https://"], None, "needs an http(s) URL"),
        (["--anchor", str(file)], [], "no JSON object"),
        (["--anchor", str(file)], {**ANCHOR, "more": {}}, "and nothing else"),
        (["--anchor", str(file)], {**ANCHOR, "policy": {"name": "a", "kind": "moon"}}, "no kind of anchor"),
        (["--anchor", str(file)], {**ANCHOR, "settings": {"rpc_url": None}}, "settings that cannot be: rpc_url"),
        (["--anchor", str(file)], {**ANCHOR, "settings": {"kind": "rfc3161"}}, "settings that cannot be: kind"),
        (["--anchor", str(file), "--anchor", str(file)], ANCHOR, "anchor named more than once: sepolia.main"),
        (["--anchor", str(tmp_path / "absent.json")], None, "absent.json"),
    ]
    for arguments, content, says in cases:
        file.write_text(json.dumps(content))
        assert _init(tmp_path / "realm", *arguments) == 2, arguments
        assert says in capsys.readouterr().err
        assert not (tmp_path / "realm").exists()


def test_what_cannot_be_a_realm_or_a_plan_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, says in (
        (["--realm", "x y", "--dir", str(tmp_path / "realm")], "civicroot: bad-text: not a realm: x y"),
        (["--realm", "x\ny", "--dir", str(tmp_path / "realm")], "civicroot: bad-text: not a realm: x\\ny"),
        (["--realm", "x y", "--dir", str(tmp_path / "realm"), "--ceremony"], "civicroot: bad-text: not a realm: x y"),
        (
            ["--plan", str(tmp_path / "none.toml")],
            f"civicroot: plan: cannot read {tmp_path}/none.toml: No such file or directory",
        ),
        (["--plan", str(tmp_path)], f"civicroot: plan: cannot read {tmp_path}: Is a directory"),
    ):
        assert main(["realm", "init", *arguments]) == 2, arguments
        assert capsys.readouterr().err == says + "\n"
        assert not (tmp_path / "realm").exists()


def test_the_quick_form_is_the_default_and_has_one_root_in_one_folder(tmp_path: Path) -> None:
    names = []
    for name, options in (("a", []), ("b", ["--quick"])):
        assert _init(tmp_path / name, *options) == 0
        names.append(sorted(path.name for path in (tmp_path / name).iterdir()))
    assert names[0] == names[1] == sorted(realm.FILES)
    found = _policy(tmp_path / "a")
    assert (found.threshold, len(found.roots)) == (1, 1)


def test_ways_of_founding_are_not_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "realm")
    for arguments, says in (
        (["--realm", "my.city"], "--realm and --dir are needed, or --plan"),
        (["--realm", "my.city", "--dir", folder, "--ceremony", "--non-interactive"], "nobody would answer"),
    ):
        assert main(["realm", "init", *arguments]) == 2
        assert says in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["realm", "init", "--quick", "--plan", "plan.toml"])
    assert not (tmp_path / "realm").exists()
