"""Setting up the demo's city goes on where an earlier start was interrupted."""

from pathlib import Path

import pytest
from civicroot_backend import keyfile
from civicroot_backend.config import load
from civicroot_backend.demo.chain import Chain, NoChainError
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Processes
from civicroot_backend.demo.settings import REALM, Settings


def test_a_realm_whose_founding_was_interrupted_is_founded_anew(tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path, firmware=tmp_path, port=8080)
    unfinished = tmp_path / "realm.new"
    unfinished.mkdir()
    (unfinished / "root.key").write_bytes(bytes(32))
    with Processes(tmp_path / "logs") as processes:
        City(settings, processes, lambda _text: None).found_realm()
        City(settings, processes, lambda _text: None).found_realm()  # a founded one stays as it is
    config = load(tmp_path / "realm" / "backend.toml", {})
    assert config.realm == REALM
    assert keyfile.load(config.log_key_file)
    assert not unfinished.exists()


@pytest.mark.parametrize("given", ["nothing", "no lock file", "another machine's binary"])
def test_without_anvil_there_is_no_chain_and_the_reason_is_said(tmp_path: Path, given: str) -> None:
    packages: Path | None = tmp_path / "contracts"
    if given == "nothing":
        packages = None
    else:
        (tmp_path / "contracts").mkdir()
        (tmp_path / "contracts" / "package.json").write_text('{"name": "contracts", "version": "1.0.0"}')
    if given == "another machine's binary":  # npm succeeds and has nothing to install
        lock = (
            '{"name": "contracts", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "contracts"}}}'
        )
        (tmp_path / "contracts" / "package-lock.json").write_text(lock)
    reason = {
        "nothing": "not asked for",
        "no lock file": "npm could not fetch anvil",
        "another machine's binary": "npm has no anvil for this machine",
    }[given]
    with Processes(tmp_path / "logs") as processes, pytest.raises(NoChainError, match=reason):
        Chain(packages, tmp_path / "chain", processes, lambda _text: None).start()
