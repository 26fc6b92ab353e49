"""What the city's API answers, as typed values: one class for each model of its OpenAPI document, by the same name.

Names with few values are plain texts here: a city that is newer than this client may know one more. Times are ISO 8601
in UTC. Nothing here is proof of anything (`Client.verified` is).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LogState:
    """What of the city log is published."""

    origin: str
    size: int
    checkpoint_time: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are."""

    devices: int
    gateways: int
    records: int
    rejected: int


@dataclass(frozen=True, slots=True)
class City:
    """The city at a glance."""

    realm: str
    log: LogState
    counts: Counts


@dataclass(frozen=True, slots=True)
class Location:
    """WGS 84, degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Value:
    """One measurement."""

    name: str
    unit: str | None
    value: bool | int | float | str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one signed record says."""

    kid: str
    seq: int
    time: str | None
    received: str
    values: list[Value]
    pruned: bool
    log_index: int
    published: bool
    proof: str


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device, as the registrar described it."""

    kid: str
    subject: str
    kind: str
    name: str
    label: str | None
    location: Location | None
    simulated: bool
    enrolled_at_index: int
    page: str | None
    latest: Reading | None


@dataclass(frozen=True, slots=True)
class BinProperties:
    """What the city says of a bin."""

    kind: Literal["bin"]
    accepts: list[str]
    district: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class SpeciesNames:
    """What people call a species."""

    en: str | None
    ko: str | None
    zh: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that lies elsewhere."""

    url: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class TreeProperties:
    """What the city says of a tree."""

    kind: Literal["tree"]
    scientific: str | None
    species: SpeciesNames
    planted: str | None
    trunk_cm: str | None
    picture: Picture | None
    district: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class InventorySource:
    """Where the properties come from: a file of the city's. No device has signed them."""

    file_sha256: str
    imported: str
    statement: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A bin or a tree with its current device, if it has one, and what the city says of it."""

    kid: str | None
    subject: str
    kind: str
    name: str
    label: str | None
    location: Location | None
    simulated: bool
    enrolled_at_index: int | None
    page: str | None
    latest: Reading | None
    properties: BinProperties | TreeProperties | None
    inventory: InventorySource | None


@dataclass(frozen=True, slots=True)
class PropertiesVersion:
    """What one imported file said."""

    properties: BinProperties | TreeProperties
    location: Location | None
    inventory: InventorySource


@dataclass(frozen=True, slots=True)
class LastValue:
    """The last value of a measurement, and the reading that has it."""

    name: str
    unit: str | None
    value: bool | int | float | str
    text: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Emptied:
    """When a bin was emptied, as its levels say; repeat it from these readings and those beside them."""

    time: str | None
    fell: str
    confirmed: bool
    before: Reading
    after: Reading


@dataclass(frozen=True, slots=True)
class State:
    """How a bin or a tree is, as far as its readings say."""

    values: list[LastValue]
    full: bool | None
    full_from: str
    emptied: Emptied | None
    step: str
    searched: int


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bin is, by its newest reading that says so."""

    value: float
    text: str
    time: str | None
    received: str
    kid: str
    seq: int
    proof: str


@dataclass(frozen=True, slots=True)
class NearSubject:
    """A bin or a tree, and how far it is."""

    subject: str
    kind: str
    name: str
    label: str | None
    page: str | None
    location: Location
    distance_m: int
    properties: BinProperties | TreeProperties | None
    fill: Level | None
    full: bool | None


@dataclass(frozen=True, slots=True)
class History:
    """Numbers of one name over time; booleans count as 0 and 1."""

    name: str
    unit: str | None
    points: list[tuple[str, float, float, float]]


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A number that a signed reading has."""

    time: str
    value: float
    seq: int
    log_index: int
    published: bool
    pruned: bool
    proof: str


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one name over time, ascending; of more than were asked for, those that a line needs."""

    kid: str
    name: str
    unit: str | None
    start: str
    end: str
    total: int
    points: list[SeriesPoint]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's cosignature of a checkpoint, which was verified with its key."""

    name: str
    time: str | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A published checkpoint."""

    size: int
    root: str
    time: str
    cosigned: list[Cosigned]
    quorum: int
    met: bool


@dataclass(frozen=True, slots=True)
class Anchoring:
    """A tree of the log on its way to an anchor outside the city, or there."""

    name: str
    kind: str
    size: int
    state: str
    submitted: str
    confirmed: str | None
    time: str | None
    detail: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of the policy."""

    name: str
    url: str | None
    last_seen: str | None
    size: int
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class GatewayAlarm:
    """A gateway that needs somebody."""

    kid: str
    subject: str
    reasons: list[str]
    since: str
    behind: int
    version: str | None
    waiting: int | None
    room: int | None


@dataclass(frozen=True, slots=True)
class SilentDevice:
    """A device that is overdue against its own promise, although its gateway works."""

    kid: str
    subject: str
    gateway: str
    silent_since: str | None


@dataclass(frozen=True, slots=True)
class Alarms:
    """One alarm for each gateway that needs somebody, and none for each device behind one that has stopped."""

    gateways: list[GatewayAlarm]
    silent: list[SilentDevice]
    silent_count: int
    behind: int


@dataclass(frozen=True, slots=True)
class FateCounts:
    """How many numbers each class has, whatever was left out of the lists."""

    received: int
    skipped: int
    thinned: int
    rejected: int
    pruned: int
    lost: int
    conflicts: int
    equivocated: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That the key was withdrawn."""

    log_index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """Every number from 0 to `highest` is in exactly one of received, skipped, thinned, rejected and lost."""

    kid: str
    subject: str
    highest: int | None
    received: list[tuple[int, int]]
    skipped: list[tuple[int, int]]
    thinned: list[tuple[int, int]]
    rejected: list[tuple[int, int]]
    lost: list[tuple[int, int]]
    pruned: list[tuple[int, int]]
    conflicts: list[tuple[int, int]]
    equivocated: list[tuple[int, int]]
    counts: FateCounts
    truncated: bool
    last_seen: str | None
    silent_since: str | None
    silence_clock: str | None
    withdrawn: Withdrawal | None
    as_of: int


@dataclass(frozen=True, slots=True)
class StatementPayload:
    """What a statement says, if it is small: as text if it is some, otherwise in Base64."""

    text: str | None
    base64: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A log entry, as it describes itself. Believe only what its proof says."""

    index: int
    kind: str
    size: int
    published: bool
    kid: str | None
    issuer: str | None
    subject: str | None
    typ: str | None
    content_type: str | None
    detached: bool
    digest: str | None
    location: str | None
    payload: StatementPayload | None
    entry: str
    proof: str


@dataclass(frozen=True, slots=True)
class LiveReading:
    """A reading as it is sent to listeners."""

    kid: str
    seq: int
    time: str | None
    received: str
    values: list[Value]
    pruned: bool
    log_index: int
    published: bool
    proof: str
    subject: str


@dataclass(frozen=True, slots=True)
class CheckpointEvent:
    """A newly published checkpoint, or one that was published again with more cosignatures."""

    size: int
    root: str
    time: str
    cosigned: list[Cosigned]
    quorum: int
    met: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A report, as it is kept; by whom is not known."""

    id: str
    subject: str
    category: str
    text: str
    received: str
    has_photo: bool
    mended: str | None


@dataclass(frozen=True, slots=True)
class NewReportAnswer:
    """A report that was just made. The city keeps the token's hash alone."""

    id: str
    subject: str
    category: str
    text: str
    received: str
    has_photo: bool
    mended: str | None
    token: str


@dataclass(frozen=True, slots=True)
class SubmittedEntry:
    """An entry that is durable in the log, though no checkpoint covers it yet."""

    index: int
    leaf: str
    kind: str
    subject: str
