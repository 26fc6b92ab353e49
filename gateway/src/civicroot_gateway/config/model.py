"""Every key of the gateway's configuration: a field is a key, a nested dataclass is a table of the file.

Name, kind, default, limits and comment stand here and nowhere else: reading, environment, checking and printing follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from civicroot_wire.batch import MAX_BATCH_RECORDS, MAX_MESSAGE_BYTES
from civicroot_wire.record import MAX_RECORD_BYTES

from ..admission.limits import MAX_UP_BYTES
from ..bridges import settings as bridge_settings
from ..bridges.settings import BridgeSettings
from ..mqtt.broker_address import BrokerAddress
from .kinds import METADATA, File, Listen, Realm, Setting, Tables, Url, number, setting, whole

CONFIG_FILE = Path("/etc/civicroot/gateway.toml")
DATA_FOLDER = "/var/lib/civicroot-gateway"
MAX_BATCH_BYTES = MAX_MESSAGE_BYTES - 8192  # leaves room for the header and three bytes of CBOR head per record
DEFAULT_BATCH_RECORDS = 512
DEFAULT_SPOOL_BYTES = 1 << 30
_TABLE = "table"


def table(kind: type, name: str, comment: str) -> Any:
    """A dataclass field that is a table `name` of the file, with the keys of dataclass `kind`."""
    return field(default_factory=kind, metadata={_TABLE: (name, comment)})


@dataclass(frozen=True)
class Tls:
    """Files of a TLS connection; they are read again when the gateway gets SIGHUP."""

    ca: Path | None = setting(
        File(optional=True),
        "",
        "PEM: whose certificates the broker may have; empty: the system's. Needs mqtts:// above",
    )
    certificate: Path | None = setting(File(optional=True), "", "PEM: the gateway's certificate, if the broker asks")
    key: Path | None = setting(File(optional=True), "", "PEM: the certificate's key")


@dataclass(frozen=True)
class DevicesLink:
    """The connection to the devices' broker."""

    tls: Tls = table(Tls, "tls", "")


@dataclass(frozen=True)
class UplinkLink:
    """The connection to the backend's broker."""

    bytes_per_second: int = whole(
        0, 0, 1 << 40, "bandwidth for batches, 0: no limit; deposits and alarms pass ahead and are counted"
    )
    tls: Tls = table(Tls, "tls", "")


@dataclass(frozen=True)
class BatchLimits:
    """When a batch closes: `max_records`, `max_bytes` of records, `max_age` in seconds."""

    max_records: int = whole(
        DEFAULT_BATCH_RECORDS, 1, MAX_BATCH_RECORDS, "records at most: 512 have paths of nine hashes"
    )
    max_bytes: int = whole(
        128 * 1024, MAX_RECORD_BYTES, MAX_BATCH_BYTES, "bytes of records at most: a second of a slow mobile uplink"
    )
    max_age: float = number(
        10.0,
        0,
        3600,
        "seconds from a record's arrival to its batch, while the uplink keeps up: somebody stands at the bin",
    )
    urgent_age: float = number(
        1.0,
        0,
        3600,
        "the same for deposits and alarms: somebody waits at the bin for the claim, or should be on the way",
    )


@dataclass(frozen=True)
class SpoolLimits:
    """What the spool may take of the disk."""

    max_bytes: int = whole(
        DEFAULT_SPOOL_BYTES, MAX_MESSAGE_BYTES, 1 << 50,
        "bytes of records and refused batches; when it is full devices keep theirs. 1 GiB is months of 500 devices",
    )  # fmt: skip


@dataclass(frozen=True)
class Admission:
    """What a device may send, in bytes of its messages."""

    device_rate: int = whole(
        16 * 1024, 512, 1 << 30,
        "bytes a second over time: a hundred records, where the busiest bin makes one a minute",
    )  # fmt: skip
    device_burst: int = whole(
        1 << 20, MAX_UP_BYTES, 1 << 40,
        "bytes at once after a silence: four full outboxes, so that no backlog waits for this limit",
    )  # fmt: skip


@dataclass(frozen=True)
class Page:
    """The status page."""

    listen: tuple[str, int] | None = setting(
        Listen(optional=True),
        "127.0.0.1:8090",
        "host:port of the status page, /healthz and /metrics; empty: none. It asks nobody who they are: keep it on "
        "127.0.0.1, or behind something that does",
    )


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the configuration says; paths are absolute."""

    realm: str = setting(Realm(), None, "the city's permanent name")
    policy: Path = setting(File(), "policy.json", "the city's trust policy; paths are relative to this file")
    data: Path = setting(File(), DATA_FOLDER, "folder of key and spool; left out: systemd's StateDirectory, or this")
    broker: BrokerAddress = setting(
        Url(), "mqtt://127.0.0.1:1883", "the devices' broker: mqtt[s]://[user:password@]host[:port]", name="broker_url"
    )
    uplink: BrokerAddress = setting(Url(), None, "the backend's broker, likewise; may be the same", name="uplink_url")
    bridges: tuple[BridgeSettings, ...] = setting(
        Tables(bridge_settings.parse), [], "radio bridges: an ESP32 on USB that runs firmware/bridge.py", name="bridge",
        example=bridge_settings.EXAMPLE,
    )  # fmt: skip
    devices_link: DevicesLink = table(DevicesLink, "devices", "The connection to the devices' broker")
    uplink_link: UplinkLink = table(UplinkLink, "uplink", "The connection to the backend's broker")
    batch: BatchLimits = table(BatchLimits, "batch", "When records become a signed batch")
    admission: Admission = table(Admission, "admission", "What one device may send; over it nothing is acknowledged")
    spool: SpoolLimits = table(SpoolLimits, "spool", "What is kept until the backend has committed it")
    page: Page = table(Page, "page", "What the gateway says about itself")

    @property
    def spool_bytes(self) -> int:
        """Bytes of records and refused batches that the spool takes."""
        return self.spool.max_bytes


@dataclass(frozen=True)
class Key:
    """A key and where it is: `tables` of the file from the outside in, `name`, `field` of the table's dataclass."""

    tables: tuple[str, ...]
    name: str
    field: str
    setting: Setting

    @property
    def dotted(self) -> str:
        """What errors call it."""
        return ".".join((*self.tables, self.name))


@dataclass(frozen=True)
class Table:
    """A table of the file: its `kind`, `keys`, tables inside by field, and what it is about."""

    path: tuple[str, ...]
    kind: type
    keys: tuple[Key, ...]
    tables: dict[str, "Table"]
    comment: str

    def walk(self) -> Iterator["Table"]:
        """This table, and those inside."""
        yield self
        for inner in self.tables.values():
            yield from inner.walk()


def describe(kind: type = Config, path: tuple[str, ...] = (), comment: str = "") -> Table:
    """The tables and keys of a dataclass."""
    assert is_dataclass(kind)
    keys: list[Key] = []
    tables: dict[str, Table] = {}
    for item in fields(kind):
        if METADATA in item.metadata:
            found: Setting = item.metadata[METADATA]
            keys.append(Key(path, found.name or item.name, item.name, found))
        else:
            name, says = item.metadata[_TABLE]
            assert isinstance(item.default_factory, type)
            tables[item.name] = describe(item.default_factory, (*path, name), says)
    return Table(path, kind, tuple(keys), tables, comment)
