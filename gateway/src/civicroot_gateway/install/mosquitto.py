"""Mosquitto's configuration (2.0 or newer): main file, permissions, password hashes.

Facts that shape it: a SUBSCRIBE is granted whatever it asks for, and nothing forbidden is delivered; a forbidden
PUBLISH is acknowledged and dropped. SIGHUP reads permissions, passwords and certificates again.
"""

from pathlib import Path

from . import broker, permissions
from .broker import AUTHORITY, SERVER_CERTIFICATE, SERVER_KEY, Broker

MAIN_FILE, PERMISSIONS_FILE, PASSWORDS_FILE = "mosquitto.conf", "mosquitto.acl", "mosquitto.passwd"
SAVE_SECONDS = 1800  # each time the whole store is written: more often would wear an SD card
SESSION_DAYS = 30  # of a client that does not come back
MAX_KEEP_ALIVE = 3600  # seconds; MQTT 5 only, a client of 3.1.1 chooses for itself
_NAME = "%u"  # Mosquitto puts the account's name there


def render(config: Broker, folder: Path) -> dict[str, str]:
    """File name → content; `folder` is where the files will be."""
    return {
        MAIN_FILE: _main(config, folder),
        PERMISSIONS_FILE: _permissions(config),
        PASSWORDS_FILE: "".join(f"{found.name}:{found.mosquitto}\n" for found in config.accounts.values()),
    }


def _main(config: Broker, folder: Path) -> str:
    settings = config.settings
    return f"""\
# Written by `civicroot gateway broker-config`, which replaces it: change nothing here. Needs Mosquitto 2.0 or newer.
{f"user {settings.user}" if settings.user else ""}
# Nobody without an account; what an account may do says {PERMISSIONS_FILE}.
allow_anonymous false
password_file {folder / PASSWORDS_FILE}
acl_file {folder / PERMISSIONS_FILE}

# Limits. {settings.payload} bytes is the largest message of this side; a client that sends more is disconnected.
max_packet_size {settings.payload + broker.TOPIC_BYTES}
max_inflight_messages {broker.MAX_IN_FLIGHT}
max_queued_messages {broker.MAX_QUEUED}
max_queued_bytes {broker.MAX_QUEUED_BYTES}
max_keepalive {MAX_KEEP_ALIVE}
persistent_client_expiration {SESSION_DAYS}d
queue_qos0_messages false

# Sessions and retained messages. Nothing rests on them: devices and gateways send again what is not acknowledged.
persistence true
persistence_location {settings.store_folder.rstrip("/")}/
autosave_interval {SAVE_SECONDS}

# To the journal, without a line for each message.
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
sys_interval 0
set_tcp_nodelay true

# With TLS, for everybody. A client's id is its account's name, so that nobody takes over another one's session.
listener {settings.port} {settings.host}
{_tls(folder)}
use_username_as_clientid true
{_limits(settings.max_connections)}
{_certificate_listener(config, folder)}
# Without TLS, for what runs on this machine. It may have several connections in one account.
listener {settings.local} 127.0.0.1
{_limits(settings.max_connections)}"""


def _tls(folder: Path) -> str:
    return f"certfile {folder / SERVER_CERTIFICATE}\nkeyfile {folder / SERVER_KEY}\ntls_version tlsv1.2"


def _limits(connections: int) -> str:
    return f"max_connections {connections}\nmax_qos 1\nmax_topic_alias 0\n"


def _certificate_listener(config: Broker, folder: Path) -> str:
    port = config.settings.certificate_port
    if not port:
        return ""
    return f"""
# With TLS, for certificates (`civicroot gateway certificate client`) in place of passwords: the common name
# is the account.
listener {port} {config.settings.host}
{_tls(folder)}
cafile {folder / AUTHORITY}
require_certificate true
use_identity_as_username true
{_limits(config.settings.max_connections)}"""


def _permissions(config: Broker) -> str:
    settings = config.settings
    lines = ["# Written by `civicroot gateway broker-config`, which replaces it. What is not here is forbidden."]
    if settings.side != permissions.UPLINK:
        lines += ["", "# Every account, under its own name: this is all that a device has."]
        lines += _lines("pattern", permissions.of_device(settings.gateways, _NAME))
    for account in config.accounts.values():
        if account.role != permissions.DEVICE:
            lines += ["", f"user {account.name}", *_lines("topic", config.permissions_of(account))]
    return "\n".join(lines) + "\n"


def _lines(keyword: str, found: permissions.Permissions) -> list[str]:
    return [
        *(f"{keyword} write {name}" for name in found.publish),
        *(f"{keyword} read {name}" for name in found.subscribe),
    ]
