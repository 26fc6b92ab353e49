"""nats-server's configuration for MQTT (2.15 or newer): main file, and accounts with their permissions.

Facts that shape it: in a subject `/` is `.` and `+` is `*`; a forbidden SUBSCRIBE is refused; a forbidden PUBLISH is
acknowledged and dropped. Sessions and retained messages need no permission of the account, and what an old session had
subscribed is judged again by the account that resumes it.
"""

from pathlib import Path

from . import broker, permissions
from .broker import SERVER_CERTIFICATE, SERVER_KEY, Broker

MAIN_FILE, ACCOUNTS_FILE = "nats.conf", "nats-accounts.conf"
STORE_BYTES = (
    1 << 30
)  # messages for those who are away, and retained ones; a full store takes no more, and devices keep theirs
STORE_MEMORY = 16 << 20  # MQTT keeps nothing in memory streams
MAX_PENDING = 8 << 20  # bytes under way to one client that reads slowly; then it is disconnected
_NO_PASSWORD = "$2a$04$" + "." * 53  # bcrypt's form, of no password that anybody could find
MAX_SUBSCRIPTIONS = 64  # of one client; a gateway has eight, and each takes two


def render(config: Broker, folder: Path) -> dict[str, str]:
    """File name → content; `folder` is where the files will be."""
    return {MAIN_FILE: _main(config, folder), ACCOUNTS_FILE: _accounts(config)}


def _main(config: Broker, folder: Path) -> str:
    settings = config.settings
    return f"""\
# Written by `civicroot gateway broker-config`, which replaces it: change nothing here. Needs nats-server 2.15 or newer.
server_name: "civicroot-{settings.side}"  # MQTT keeps sessions under it

# NATS's own clients have no account; nats-server cannot be without the port.
listen: "127.0.0.1:{settings.local}"

# {settings.payload} bytes is the largest message of this side; a client that sends more is disconnected.
max_payload: {settings.payload + broker.TOPIC_BYTES}
max_connections: {settings.max_connections}
max_subscriptions: {MAX_SUBSCRIPTIONS}
max_pending: {MAX_PENDING}
write_deadline: "10s"

# Sessions and retained messages. Nothing rests on them: devices and gateways send again what is not acknowledged.
jetstream {{
  store_dir: "{settings.store_folder}"
  max_file_store: {settings.store_bytes}
  max_memory_store: {STORE_MEMORY}
}}

mqtt {{
  listen: "{settings.host}:{settings.port}"
  max_ack_pending: {broker.MAX_IN_FLIGHT}
  reject_qos2_publish: true
  tls {{
    cert_file: "{folder / SERVER_CERTIFICATE}"
    key_file: "{folder / SERVER_KEY}"
    min_version: "1.2"
  }}
}}

include "{ACCOUNTS_FILE}"
"""


def _accounts(config: Broker) -> str:
    lines = ["# Written by `civicroot gateway broker-config`, which replaces it.", "authorization {", "  users: ["]
    lines += [_user(account.name, account.nats, config.permissions_of(account)) for account in config.accounts.values()]
    if not config.accounts:  # without any user nats-server would let everybody in
        lines += [_user("nobody", _NO_PASSWORD, permissions.NOTHING)]
    return "\n".join((*lines, "  ]", "}", ""))


def _user(name: str, password: str, found: permissions.Permissions) -> str:
    return (
        f'    {{user: "{name}", password: "{password}", allowed_connection_types: ["MQTT"], permissions: '
        f"{{publish: {_subjects(found.publish)}, subscribe: {_subjects(found.subscribe)}}}}}"
    )


def _subjects(topics: tuple[str, ...]) -> str:
    """NATS's subjects; no topic of ours has a dot, a space or `#`. An empty list would allow everything."""
    if not topics:
        return '{deny: ">"}'
    return "[" + ", ".join(f'"{name.replace("/", ".").replace("+", "*")}"' for name in topics) + "]"
