"""Setting up the demo's city goes on where an earlier start was interrupted."""

from pathlib import Path

from civicroot_backend import keyfile
from civicroot_backend.config import load
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
