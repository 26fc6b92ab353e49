"""A real device, MicroPython over TLS with its own account, and a real gateway, through the generated configuration."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from civicroot_wire import enrolment, registration
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.registration import Registration

from tests.firmware.device_process import DeviceProcess
from tests.support.brokers import HOST, NatsBroker

from .city import REALM, City
from .live import GatewayProcess, LiveBackend, eventually
from .secured_broker import SECURED, SERVER, SecuredBroker, SecuredMosquitto

RECORDS = 12
NONCE = "00" * 16


def enrol(city: City, device: DeviceProcess) -> bytes:
    """Enrol the device by what it signs itself; its kid."""
    asked = device.command("--possession", NONCE, "bin/1")
    kid, public, request = (bytes.fromhex(asked[name]) for name in ("kid", "public", "possession"))
    signed = enrolment.sign(
        Enrolment("bin/1", public, "device", request), city.registrar.kid, "registrar", REALM, city.registrar
    )
    index = city.log.append(signed)
    city.registrations[kid] = registration.encode(Registration(city.log.logged(index), city.log.note()))
    return kid


def write_gateway_config(gateway: GatewayProcess, broker: SecuredBroker, uplink: NatsBroker, kid: str) -> None:
    """With Mosquitto over the listener on its own machine, with NATS over TLS: the one that each has for it."""
    login = f"{kid}:{broker.passwords[kid]}@{HOST}"
    local = isinstance(broker, SecuredMosquitto)
    url = f"mqtt://{login}:{broker.local_port}" if local else f"mqtts://{login}:{broker.port}"
    gateway.config.write_text(
        f'realm = "{REALM}"\ndata = "data"\npolicy = "policy.json"\nbroker_url = "{url}"\n'
        f'uplink_url = "mqtt://{HOST}:{uplink.port}"\n[page]\nlisten = ""\n[batch]\nmax_age = 0.2\n'
        + ("" if local else f'[devices.tls]\nca = "{broker.settings / "ca.pem"}"\n')
    )


def _links_up(gateway: GatewayProcess) -> set[str]:
    return {event["link"] for event in gateway.events() if event["event"] == "link up"}


@pytest.mark.parametrize("kind", SECURED, ids=lambda kind: kind.kind.name)
def test_device_with_its_account_is_acknowledged_over_tls(kind: type[SecuredBroker], tmp_path: Path) -> None:
    city = City()
    gateway_kid = city.gateway.kid.hex()
    broker = kind(tmp_path, gateway=gateway_kid)
    device = DeviceProcess(tmp_path / "bin", broker.port, realm=REALM, gateway=gateway_kid, limit=RECORDS)
    kid = enrol(city, device)
    broker.add(kid.hex())
    broker.add(gateway_kid, role="gateway")
    device.configuration["broker"] = {
        "host": HOST,
        "port": broker.port,
        "username": kid.hex(),
        "password": broker.passwords[kid.hex()],
        "tls": {"ca": str(broker.settings / "ca.der"), "name": SERVER},
    }
    with (
        ExitStack() as stack,
        NatsBroker(tmp_path / "uplink") as uplink,
        broker,
        LiveBackend(city, uplink) as backend,
        device,
    ):
        gateway = GatewayProcess(city, tmp_path, uplink)
        write_gateway_config(gateway, broker, uplink, gateway_kid)
        gateway.start()
        stack.callback(gateway.kill)
        eventually(lambda: _links_up(gateway) >= {"devices", "uplink"}, "the gateway listens")
        device.start()
        eventually(lambda: len(set(backend.committed)) == RECORDS, "every record is committed")
        eventually(lambda: _waits_for_nothing(device), "every record is acknowledged to the device")
    assert len(backend.committed) == RECORDS


def _waits_for_nothing(device: DeviceProcess) -> bool:
    """What it was acknowledged is on its flash after a clean end; if it ended too soon it runs on."""
    assert device.interrupt() == 0
    if device.command("--info")["waiting"] == 0:
        return True
    device.start()
    return False
