"""Configuration of the demo's MQTT broker: nats-server, which comes in a wheel (MQTT 3.1.1 needs its JetStream)."""

import json
import socket
from pathlib import Path

MAX_PAYLOAD = 1024 * 1024  # a batch message is at most 256 KiB
ACK_WAIT = "30s"  # unacknowledged QoS 1 messages come again after this


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_configuration(directory: Path, host: str, mqtt_port: int, client_port: int) -> Path:
    """Write `nats.conf` with its store in `directory`; returns its path."""
    directory.mkdir(parents=True, exist_ok=True)
    store = directory / "store"
    configuration = {
        "server_name": "civicroot-demo",
        "listen": f"127.0.0.1:{client_port}",
        "max_payload": MAX_PAYLOAD,
        "jetstream": {"store_dir": str(store.resolve()), "sync_interval": "always"},
        "mqtt": {"listen": f"{host}:{mqtt_port}", "ack_wait": ACK_WAIT, "max_ack_pending": 1024},
    }
    path = directory / "nats.conf"
    path.write_text(json.dumps(configuration, indent=2))  # nats-server reads JSON as a subset of its own format
    return path
