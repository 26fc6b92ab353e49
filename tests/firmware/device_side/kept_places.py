"""The operator's configuration and the home that it named (wanted.py, homes.py, places.py)."""

from civicroot_device.config import Configuration
from civicroot_device.crypto import ed25519
from civicroot_device.places import Places
from civicroot_wire import configuration, keys

SUBJECT, REALM = "bin/12", "test.example"
GATEWAYS = ("0102030405060708", "1112131415161718")
SEED = bytes(range(32))
PUBLIC = ed25519.public_key(SEED)
BROKER = {"host": "127.0.0.1", "port": 1883}


def places(flash):
    fields = {"realm": REALM, "gateway": GATEWAYS[0], "broker": BROKER, "data": "/", "kind": "bin", "interval_s": 60}
    fields["homes"] = [{"gateway": GATEWAYS[1], "broker": BROKER}]
    fields["subject"], fields["operator"] = SUBJECT, PUBLIC.hex()
    return Places(Configuration(fields), flash)


def step(flash, number) -> None:
    """Version `number` moves the device to the other gateway, and sets its interval."""
    settings = {"home.gateway": GATEWAYS[(number + 1) % 2], "report.interval_s": 100 + number}
    wanted = configuration.Configuration(SUBJECT, number, settings)
    signed = configuration.sign(
        wanted, keys.kid(PUBLIC), REALM, REALM, lambda message: ed25519.sign(SEED, PUBLIC, message)
    )
    now = places(flash)
    now.follow(signed)  # after a cut it may have moved already
    if now.homes.present.gateway.hex() != GATEWAYS[(number + 1) % 2]:
        raise AssertionError(f"version {number} did not move the device")


def found(flash):
    now = places(flash)
    if now.wanted.present is None:
        return 0
    number = now.wanted.present.version
    if now.standing != (number, None) or now.tuning.interval_ms != (100 + number) * 1000:
        raise AssertionError(f"version {number} is kept and not followed")
    return number + 1
