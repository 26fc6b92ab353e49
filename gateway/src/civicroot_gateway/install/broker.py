"""A broker: its settings and accounts, what each account may do, and the limits that its configuration gets."""

from dataclasses import dataclass, field, replace

from civicroot_wire import acknowledgement, announcement, batch, claims, piece

from ..errors import InstallError
from . import accounts, permissions
from .accounts import Account

SERVER_CERTIFICATE, SERVER_KEY, AUTHORITY = "server.pem", "server.key", "ca.pem"
MOSQUITTO, NATS = "mosquitto", "nats"
BROKERS = (MOSQUITTO, NATS)
STORES = {MOSQUITTO: "/var/lib/mosquitto", NATS: "/var/lib/civicroot-nats"}

MQTT_TLS_PORT = 8883  # IANA's port of MQTT over TLS
LOCAL_PORTS = {MOSQUITTO: 1883, NATS: 4222}
MAX_CONNECTIONS = 1100  # a gateway's thousand devices and who looks after them; 50 kB of memory each with TLS
MAX_CONNECTIONS_LIMIT = 100_000

# The largest message of each side (SPEC.md §10), with room for a topic and the packet's own bytes.
TOPIC_BYTES = 1024
DEVICES_PAYLOAD = max(claims.MAX_STATEMENT_BYTES, piece.MAX_MESSAGE_BYTES, acknowledgement.MAX_ACK_BYTES)
UPLINK_PAYLOAD = max(batch.MAX_MESSAGE_BYTES, announcement.MAX_ANNOUNCEMENT_BYTES)

MAX_IN_FLIGHT = 512  # messages: a gateway commits so many in one group; with 20, Mosquitto's default, it would wait
MAX_QUEUED = 5_000  # messages kept for one client that is away; devices keep theirs anyway
STORE_BYTES = 1 << 30  # for those who are away, and what is retained; when it is full, devices keep theirs
MIN_STORE_BYTES = 1 << 20
MAX_QUEUED_BYTES = 32 << 20  # for one client: a Raspberry Pi has 1 GiB


@dataclass(frozen=True)
class Settings:
    """What `civicroot gateway broker-config` was told.

    side: permissions.SIDES. gateways: kids of those whose devices connect, none for the uplink's side; two
    while one takes the other's place.
    host, port: of the TLS listener. local_port: the listener without TLS on 127.0.0.1, 0 for the broker's usual one.
    certificate_port: Mosquitto's listener that asks for a certificate in place of a password, or 0 for none.
    store: folder of what the broker keeps; may be empty for the usual one. user: what Mosquitto becomes if root starts
    it; may be empty for `mosquitto`. store_bytes: what nats-server may keep.
    """

    broker: str = MOSQUITTO
    side: str = permissions.DEVICES
    gateways: tuple[str, ...] = ()
    host: str = "0.0.0.0"
    port: int = MQTT_TLS_PORT
    local_port: int = 0
    certificate_port: int = 0
    store: str = ""
    max_connections: int = MAX_CONNECTIONS
    user: str = ""
    store_bytes: int = STORE_BYTES

    def __post_init__(self) -> None:
        if self.broker not in BROKERS or self.side not in permissions.SIDES:
            raise InstallError(f"no such broker or side: {self.broker}, {self.side}")
        for gateway in self.gateways:
            accounts.check_name(gateway, permissions.GATEWAY)
        if not self.gateways and self.side != permissions.UPLINK:
            raise InstallError("whose devices connect? --gateway KID")
        ports = [self.port, self.local, *([self.certificate_port] if self.certificate_port else [])]
        if not all(0 < port < 1 << 16 for port in ports) or len(set(ports)) < len(ports):
            raise InstallError("ports are 1 to 65535, and each listener has its own")
        if self.certificate_port and self.broker == NATS:
            raise InstallError("nats-server has one MQTT listener: no second one for certificates")
        if not 1 <= self.max_connections <= MAX_CONNECTIONS_LIMIT:
            raise InstallError(f"connections are 1 to {MAX_CONNECTIONS_LIMIT}")
        if self.store_bytes < MIN_STORE_BYTES:
            raise InstallError(f"a store has {MIN_STORE_BYTES} bytes at least")
        if any(character in self.host + self.store + self.user for character in '\n"\\ \t'):
            raise InstallError(
                "a host, folder or user with spaces, quotes or backslashes cannot stand in a broker's file"
            )

    @property
    def payload(self) -> int:
        """Bytes of the largest message."""
        return DEVICES_PAYLOAD if self.side == permissions.DEVICES else UPLINK_PAYLOAD

    @property
    def local(self) -> int:
        """Port of the listener without TLS."""
        return self.local_port or LOCAL_PORTS[self.broker]

    @property
    def store_folder(self) -> str:
        """Where the broker keeps sessions and retained messages."""
        return self.store or STORES[self.broker]


@dataclass(frozen=True)
class Broker:
    """A broker's settings and its accounts by name."""

    settings: Settings
    accounts: dict[str, Account] = field(default_factory=dict)

    def permissions_of(self, account: Account) -> permissions.Permissions:
        """What the account may do."""
        if account.role == permissions.DEVICE:
            return permissions.of_device(self.settings.gateways, account.name)
        if account.role == permissions.GATEWAY:
            return permissions.of_gateway(self.settings.side, account.name)
        return permissions.of_backend(self.settings.side)

    def with_account(self, account: Account) -> "Broker":
        """One more account; raises InstallError if such a one has no business here."""
        here = self.settings
        if account.role == permissions.DEVICE and here.side == permissions.UPLINK:
            raise InstallError("devices have no account at the uplink's broker")
        if (
            account.role == permissions.GATEWAY
            and here.side != permissions.UPLINK
            and account.name not in here.gateways
        ):
            raise InstallError(f"this broker is of {', '.join(here.gateways)}")
        if account.role == permissions.BACKEND and here.side == permissions.DEVICES:
            raise InstallError("the backend has no account at the devices' broker")
        if account.role == permissions.DEVICE and account.name in here.gateways:
            raise InstallError("a gateway is no device")
        return replace(self, accounts={**self.accounts, account.name: account})

    def without(self, name: str) -> "Broker":
        """Without the account; raises InstallError if there is none."""
        if name not in self.accounts:
            raise InstallError(f"there is no account {name}")
        return replace(self, accounts={key: value for key, value in self.accounts.items() if key != name})
