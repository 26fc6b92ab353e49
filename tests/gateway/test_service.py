"""The gateway as a service: its systemd unit, and a real process that speaks to a service manager."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

import pytest
from civicroot_gateway import config, keyfile
from civicroot_gateway.operate import control

from tests.support.brokers import Broker, NatsBroker

from .city import City
from .live import GatewayProcess, LiveBackend, LiveDevice, eventually
from .service_manager import ServiceManager

UNIT = "civicroot-gateway.service"
UNITS = sorted(
    found.name for found in (files("civicroot_gateway") / "service").iterdir() if found.name.endswith(".service")
)
MOST_EXPOSURE = 1.5  # of 10: systemd's own measure; what is left is network, serial ports and the host's files
_OF_ROOT = {"fchown"}  # SQLite gives its files to the database's owner, but only if it runs as root
_SECRETS = ("first-s3cret", "second-s3cret")
# The strongest of the unit's rules that can break a Python: no memory is writable and executable (prctl(2), Linux 6.3).
_DENY_WRITE_EXECUTE = (
    "import ctypes, sys; assert ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0) == 0, ctypes.get_errno();"
    "from civicroot_cli.main import main; sys.exit(main())"
)


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIVICROOT_GATEWAY_PAGE_LISTEN", "127.0.0.1:0")


class Service(GatewayProcess):
    """A gateway that is started by the words that `around` makes of its command."""

    def __init__(
        self, city: City, folder: Path, broker: Broker, login: str = "", around: Callable[[list[str]], list[str]] = list
    ) -> None:
        super().__init__(city, folder, broker, login=login)
        self.around = around

    def _command(self, name: str) -> list[str]:
        words = super()._command(name)
        return self.around(words) if name == "run" else words

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(20)


def _unit(name: str = UNIT) -> str:
    return (files("civicroot_gateway") / "service" / name).read_text()


def _settings(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def _systemd_analyze(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# The unit


@pytest.mark.parametrize("name", UNITS)
def test_unit_is_valid(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    program = _settings(_unit(name))["ExecStart"][0].partition(" ")[0]
    path.write_text(_unit(name).replace(program, sys.executable))  # verify wants it to be there
    assert _systemd_analyze("verify", "--man=no", str(path)) == ""


@pytest.mark.parametrize("name", UNITS)
def test_unit_exposes_little(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(_unit(name))
    said = _systemd_analyze("security", "--offline=yes", str(tmp_path / name))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found is not None
    print(f"exposure {found[1]}")
    assert float(found[1]) <= MOST_EXPOSURE


def test_unit_and_code_agree() -> None:
    unit = _settings(_unit())
    assert unit["ExecStart"][0].endswith("/bin/civicroot gateway run")
    assert f"/var/lib/{unit['StateDirectory'][0]}" == config.model.DATA_FOLDER
    assert f"/etc/{unit['ConfigurationDirectory'][0]}" == str(config.CONFIG_FILE.parent)
    assert unit["Type"] == ["notify"] and unit["Restart"] == ["always"] and int(unit["WatchdogSec"][0]) >= 30
    users = (files("civicroot_gateway") / "service" / "civicroot-gateway.sysusers.conf").read_text()
    assert f"u {unit['User'][0]} - " in users


def _allowed_calls() -> set[str]:
    """What the unit's SystemCallFilter lets through."""
    sets: dict[str, set[str]] = {}
    name = ""
    for line in _systemd_analyze("syscall-filter").splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = set()
        elif line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].add(line.strip())

    def members(of: str) -> set[str]:
        return set().union(*(members(item) if item.startswith("@") else {item} for item in sets[of]))

    allowed: set[str] = set()
    for value in _settings(_unit())["SystemCallFilter"]:
        named = set().union(*(members(word) for word in value.removeprefix("~").split()))
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed | members("@default")


def test_process_makes_no_system_call_that_the_unit_forbids(tmp_path: Path) -> None:
    city = City()
    device = city.device()
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-qq", "-o", str(trace)]
    with ExitStack() as stack:
        broker = stack.enter_context(NatsBroker(tmp_path))
        stack.enter_context(LiveBackend(city, broker))
        live = stack.enter_context(LiveDevice(city, broker, device))
        gateway = stack.enter_context(Service(city, tmp_path, broker, around=lambda words: [*strace, *words]))
        eventually(lambda: control.ask(tmp_path / "data"), "the process's own status")
        live.add(device.record(0), device.record(1), first=0)
        eventually(lambda: live.pump() or not live.waiting, "acknowledgement")
        eventually(lambda: gateway.status()["counters"].get("record.committed") == 2, "delivery")
        _terminate_traced(gateway)
    used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    assert {"fdatasync", "sendto", "poll"} & used, used
    assert used - _allowed_calls() - (_OF_ROOT if os.geteuid() == 0 else set()) == set()


def _terminate_traced(gateway: Service) -> None:
    """SIGTERM to strace's child, which is the gateway."""
    children = Path(f"/proc/{gateway.pid}/task/{gateway.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)
    assert gateway.wait() == 0


def test_process_runs_without_writable_and_executable_memory(tmp_path: Path) -> None:
    city = City()
    device = city.device()

    def denied(words: list[str]) -> list[str]:
        return [words[0], "-c", _DENY_WRITE_EXECUTE, *words[3:]]

    with ExitStack() as stack:
        broker = stack.enter_context(NatsBroker(tmp_path))
        backend = stack.enter_context(LiveBackend(city, broker))
        live = stack.enter_context(LiveDevice(city, broker, device))
        gateway = stack.enter_context(Service(city, tmp_path, broker, around=denied))
        live.add(device.record(0), first=0)
        eventually(lambda: live.pump() or not live.waiting, "acknowledgement")
        eventually(lambda: backend.committed == [device.record(0)], "delivery")
        assert gateway.status()["running"]
        assert gateway.stop() == 0


# The process and its service manager


@pytest.fixture
def _manager(monkeypatch: pytest.MonkeyPatch) -> ServiceManager:
    manager = ServiceManager(watchdog=1.0)
    for name, value in manager.environment.items():
        monkeypatch.setenv(name, value)
    return manager


def test_service_is_ready_pings_says_its_status_reloads_and_stops(tmp_path: Path, _manager: ServiceManager) -> None:
    city = City()
    with _manager as manager, NatsBroker(tmp_path) as broker, LiveBackend(city, broker):
        gateway = Service(city, tmp_path, broker)
        with gateway:
            assert manager.hear(20) == "READY=1\nSTATUS=started"
            assert control.ask(tmp_path / "data") is not None  # the spool is open, and the loop turns
            manager.wait_for("WATCHDOG=1")
            assert "; devices up, uplink up" in manager.wait_for("STATUS=")
            os.kill(gateway.pid, signal.SIGHUP)
            manager.wait_for("RELOADING=1")
            manager.wait_for("READY=1")
            os.kill(gateway.pid, signal.SIGSTOP)
            manager.drain()
            assert manager.hear(2.0) is None
            os.kill(gateway.pid, signal.SIGCONT)
            manager.wait_for("WATCHDOG=1")
            assert gateway.stop() == 0
            manager.wait_for("STOPPING=1")


def test_service_that_cannot_open_its_spool_is_never_ready(tmp_path: Path, _manager: ServiceManager) -> None:
    city = City()
    with _manager as manager, NatsBroker(tmp_path) as broker:
        gateway = Service(city, tmp_path, broker)
        for found in (tmp_path / "data").iterdir():
            if found.name != keyfile.KEY_FILE:
                shutil.rmtree(found) if found.is_dir() else found.unlink()
        with gateway:
            assert gateway.wait() == 2
        assert manager.drain() == []
        assert len(gateway.log.read_text().splitlines()) == 1


def test_passwords_are_in_no_log_status_page_or_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = City()
    with NatsBroker(tmp_path) as broker:
        gateway = Service(city, tmp_path, broker, login=f"pi:{_SECRETS[0]}@")
        monkeypatch.setenv("CIVICROOT_GATEWAY_UPLINK_URL", f"mqtt://pi:{_SECRETS[1]}@127.0.0.1:1")  # refused
        with gateway:
            eventually(lambda: any(event["event"] == "link down" for event in gateway.events()), "a refused link")
            status = eventually(lambda: control.ask(tmp_path / "data"), "status")
            port = next(event["port"] for event in gateway.events() if event["event"] == "status page")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
                page = answer.read().decode()
            shown = subprocess.check_output(gateway._command("config"), text=True)
            command_line = Path(f"/proc/{gateway.pid}/cmdline").read_text()
            assert gateway.stop() == 0
    said = [gateway.log.read_text(), json.dumps(status), page, shown, command_line]
    assert "Connections" in page and "pi:***@" in shown
    assert not any(secret in text for secret in _SECRETS for text in said)


def test_page_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    city = City()
    with NatsBroker(tmp_path) as broker, Service(city, tmp_path, broker) as gateway:
        eventually(lambda: control.ask(tmp_path / "data"), "status")
        stop = threading.Event()
        asking = threading.Thread(target=lambda: _ask_until(stop, tmp_path / "data"))
        asking.start()
        try:
            assert gateway.stop() == 0
        finally:
            stop.set()
            asking.join()


def _ask_until(stop: threading.Event, folder: Path) -> None:
    while not stop.is_set():
        try:
            control.ask(folder)
        except control.GatewayError:  # it went away in between
            return
