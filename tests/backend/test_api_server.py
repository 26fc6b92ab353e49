"""The server as a process, plain and over TLS: it ends at Ctrl-C although somebody listens."""

import json
import os
import signal
import ssl
import time
from pathlib import Path

import httpx
import pytest
from civicroot_backend import realm
from civicroot_backend.api.server import GRACE_SECONDS
from civicroot_backend.demo import certificate

from tests.backend.city import City
from tests.backend.processes import BackendProcess, wait_until
from tests.support.brokers import free_port

ENDED_WITHIN = GRACE_SECONDS + 20  # seconds after Ctrl-C; a TLS client that does not read takes the whole grace


def with_tls(config_file: Path, folder: Path) -> ssl.SSLContext:
    """Let the configuration serve over TLS; what a client needs to trust it."""
    certificate_file, key_file = certificate.make(folder, "127.0.0.1")
    lines = {"tls_certificate_file": str(certificate_file), "tls_key_file": str(key_file)}
    with config_file.open("a") as file:
        file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    return ssl.create_default_context(cafile=str(certificate_file))


def answers(client: httpx.Client) -> bool:
    """Whether the server serves yet."""
    try:
        return client.get("/api/v1/city").status_code == 200
    except httpx.ConnectError:
        return False


@pytest.mark.system
@pytest.mark.parametrize("tls", [False, True])
def test_ctrl_c_ends_the_process_although_somebody_listens(tmp_path: Path, tls: bool) -> None:
    port = free_port()
    # Nobody listens at the broker's address: serving does not wait for it.
    city = City(tmp_path / "city", realm.Addresses(f"mqtt://127.0.0.1:{free_port()}", http_port=port))
    trust = with_tls(city.config_file, tmp_path / "tls") if tls else ssl.create_default_context()
    url = f"http{'s' if tls else ''}://127.0.0.1:{port}"
    with (
        BackendProcess(city.config_file, port, tmp_path / "backend.log") as process,
        httpx.Client(base_url=url, verify=trust, timeout=20.0, trust_env=False) as client,
    ):
        wait_until(lambda: answers(client), "the server answers")
        with client.stream("GET", "/api/v1/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            begun = time.monotonic()
            os.kill(process.pid, signal.SIGINT)
            assert process.wait() == 0
        assert time.monotonic() - begun < ENDED_WITHIN
    assert "Traceback" not in (tmp_path / "backend.log").read_text()
