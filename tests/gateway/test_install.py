"""The bundle for a Raspberry Pi: built for real, installed into a folder without a network, upgraded, rolled back.

Building asks a package registry for wheels: without a network these tests fail.
"""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from .city import City

ROOT = Path(__file__).parents[2]
MACHINE = os.uname().machine
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BUILD_SECONDS = 200.0
_NO_NETWORK = {
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_NO_COMPILE": "1",  # only to be quicker
}  # port 9 discards; nothing listens


def build(folder: Path, machine: str, *pythons: str) -> Path:
    """The unpacked bundle."""
    output = folder / f"bundle-{machine}.tar"
    subprocess.run(
        [ROOT / "gateway" / "bundle" / "build", output, machine, *pythons], check=True, timeout=BUILD_SECONDS, stdout=2
    )
    (folder / machine).mkdir()
    subprocess.run(["tar", "xf", output, "-C", folder / machine], check=True, timeout=60)
    return folder / machine / "civicroot-gateway"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("bundle"), MACHINE, PYTHON)


def sign(bundle: Path) -> None:
    """Write SHA256SUMS again after a change."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(bundle)}\n"
        for path in sorted(bundle.rglob("*"))
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (bundle / "SHA256SUMS").write_text("".join(lines))


def next_release(bundle: Path, folder: Path) -> Path:
    """The same as a later version: a wheel of a changed tree in place of the gateway's."""
    source, found = folder / "source", folder / "next"
    shutil.copytree(ROOT / "gateway", source, ignore=shutil.ignore_patterns("__pycache__"))
    project = source / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "0.2.0"', 'version = "0.3.0"'))
    shutil.copytree(bundle, found)
    next(found.glob("wheels/civicroot_gateway-*.whl")).unlink()
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", found / "wheels", source], check=True, timeout=60)
    wheel = next(found.glob("wheels/civicroot_gateway-*.whl"))
    requirements = found / f"requirements-{PYTHON}.txt"
    lines = [line for line in requirements.read_text().splitlines() if not line.startswith("civicroot_gateway")]
    lines.append(f"civicroot_gateway==0.3.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    requirements.write_text("\n".join(lines) + "\n")
    release = found / "RELEASE"
    release.write_text(release.read_text().replace("version 0.2.0", "version 0.3.0"))
    sign(found)
    return found


class Pi:
    """A root folder that install.sh takes for the system's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base = root / "opt" / "civicroot"
        self.config = root / "etc" / "civicroot" / "gateway.toml"

    def run(self, script: Path, *arguments: str, **more: str) -> str:
        """What install.sh says; CalledProcessError if it fails."""
        environment = {"PATH": os.environ["PATH"], "CIVICROOT_ROOT": str(self.root), **_NO_NETWORK, **more}
        environment.setdefault("PYTHON", sys._base_executable)  # type: ignore[attr-defined]
        done = subprocess.run(
            ["sh", script, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode in (0, 1), done
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout

    def civicroot(self, *arguments: str) -> str:
        command = [self.base / "current" / "venv" / "bin" / "civicroot", "gateway", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    @property
    def version(self) -> str:
        python = self.base / "current" / "venv" / "bin" / "python"
        script = "from importlib.metadata import version; print(version('civicroot-gateway'))"
        return subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    @property
    def releases(self) -> list[str]:
        return sorted(path.name for path in self.base.iterdir() if path.is_dir() and not path.is_symlink())


class Refused(Exception):
    """install.sh ended with status 1; its text."""


def configure(pi: Pi) -> None:
    """What the operator does after the first installation: realm, uplink, policy, key."""
    City().write_policy(pi.config.with_name("policy.json"))
    text = pi.config.read_text()
    for name, value in (
        ("realm", "test.example"),
        ("uplink_url", "mqtt://127.0.0.1:1"),
        ("data", str(pi.root / "var")),
    ):
        text = re.sub(rf'^{name} = ".*"$', f'{name} = "{value}"', text, count=1, flags=re.MULTILINE)
    pi.config.write_text(text)
    pi.civicroot("init", "--data", str(pi.root / "var"), "--realm", "test.example")


def test_install_upgrade_and_rollback_without_a_network(bundle: Path, tmp_path: Path) -> None:
    pi = Pi(tmp_path / "pi")
    later = next_release(bundle, tmp_path)

    said = pi.run(bundle / "install.sh")
    assert "installed: 0.2.0-" in said
    assert pi.version == "0.2.0"
    assert "broker-config" in pi.civicroot("--help")
    unit = (pi.root / "etc/systemd/system/civicroot-gateway.service").read_text()
    broker = (pi.root / "etc/systemd/system/civicroot-broker.service").read_text()
    for text in (unit, broker):
        found = re.search("^ExecStart=(/opt/[^ ]+) ", text, re.MULTILINE)
        assert found is not None
        assert (pi.root / found[1].lstrip("/")).is_file()
    assert (pi.root / "usr/local/bin/civicroot").readlink() == Path("/opt/civicroot/current/venv/bin/civicroot")
    assert pi.config.read_text() == pi.civicroot("config", "--print-default")
    assert pi.config.stat().st_mode & 0o777 == 0o640
    configure(pi)
    edited = pi.config.read_text()

    assert pi.run(bundle / "install.sh")  # the same again changes nothing
    assert len(pi.releases) == 1
    assert pi.releases[0].endswith(f"-py{PYTHON}")

    first = pi.releases[0]
    assert f"upgraded: {first} -> 0.3.0-" in pi.run(later / "install.sh")
    assert pi.version == "0.3.0"
    assert pi.config.read_text() == edited
    assert (pi.base / "previous").readlink() == Path(first)
    assert len(pi.releases) == 2

    installed = pi.base / "current" / "install.sh"  # the bundle need not be there any more
    assert "rolled back" in pi.run(installed, "rollback")
    assert pi.version == "0.2.0"
    assert pi.config.read_text() == edited
    pi.run(installed, "rollback")  # and forth
    assert pi.version == "0.3.0"

    state = pi.root / "var" / "state.db"
    with sqlite3.connect(state) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Refused, match=r"cannot use .* schema 99"):
        pi.run(installed, "rollback")
    assert pi.version == "0.3.0"

    cut_off = pi.base / pi.releases[0]  # an installation that lost its power
    (cut_off / "complete").unlink()
    with pytest.raises(Refused, match="no release before"):
        pi.run(installed, "rollback")
    shutil.rmtree(cut_off / "venv" / "lib")
    pi.run(bundle / "install.sh")
    assert pi.version == "0.2.0"


def refusal(pi: Pi, script: Path, **more: str) -> str:
    with pytest.raises(Refused) as caught:
        pi.run(script, **more)
    assert not list(pi.root.rglob("venv"))
    return str(caught.value)


def stub(path: Path, statements: str) -> str:
    """A Python that believes something else about its machine."""
    path.write_text(f'#!/bin/sh\nshift\ncode=$1\nexec {sys.executable} -c "{statements}; $code"\n')
    path.chmod(0o755)
    return str(path)


def test_userland_of_32_bits_is_refused(bundle: Path, tmp_path: Path) -> None:
    python = stub(tmp_path / "python", "import struct; struct.calcsize = lambda _: 4")
    assert "this one's programs are 32-bit" in refusal(Pi(tmp_path / "pi"), bundle / "install.sh", PYTHON=python)


def test_other_machine_and_other_python_are_refused(bundle: Path, tmp_path: Path) -> None:
    python = stub(tmp_path / "python", "import platform; platform.machine = lambda: 'riscv64'")
    assert "not for riscv64" in refusal(Pi(tmp_path / "pi"), bundle / "install.sh", PYTHON=python)
    python = stub(tmp_path / "python", "import sys; sys.version_info = (3, 9)")
    assert "nothing for Python 3.9" in refusal(Pi(tmp_path / "pi"), bundle / "install.sh", PYTHON=python)


@pytest.mark.parametrize("damage", ["flip", "cut", "missing"])
def test_damaged_bundle_is_refused(bundle: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    wheel = next(copy.glob("wheels/pynacl-*.whl"))
    content = wheel.read_bytes()
    if damage == "missing":
        wheel.unlink()
    else:
        wheel.write_bytes(content[:-1] + (bytes([content[-1] ^ 1]) if damage == "flip" else b""))
    assert "bundle is damaged" in refusal(Pi(tmp_path / "pi"), copy / "install.sh")


def test_every_dependency_has_a_wheel_for_a_raspberry_pi(tmp_path: Path) -> None:
    """For Python 3.11 and 3.13, those of Raspberry Pi OS 12 and 13; a second resolver finds all it needs among them."""
    pythons = ("3.11", "3.13")
    bundle = build(tmp_path, "aarch64", *pythons)
    wheels = sorted((bundle / "wheels").iterdir())
    for path in wheels:
        platform = path.name.removesuffix(".whl").rsplit("-", 1)[1]
        assert platform == "any" or all(part.endswith("_aarch64") for part in platform.split("."))
    own = [path for path in wheels if path.name.startswith("civicroot_")]
    assert len(own) == 2
    for python in pythons:
        subprocess.run(
            [
                *(Path(sys.executable).with_name("uv"), "pip", "install", "--dry-run", "--quiet", "--offline"),
                *("--no-index", "--find-links", bundle / "wheels", "--only-binary", ":all:"),
                *("--python-platform", "aarch64-unknown-linux-gnu", "--python-version", python),
                *(
                    "--target",
                    tmp_path / "target",
                    "--require-hashes",
                    "--requirement",
                    bundle / f"requirements-{python}.txt",
                ),
            ],
            check=True,
            timeout=60,
        )
