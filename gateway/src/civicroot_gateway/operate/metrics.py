"""Metrics for Prometheus. None for each device: ten thousand series a gateway would drown the city's Prometheus."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from . import alarms
from .snapshot import Snapshot

PREFIX = "civicroot_gateway"


def text(snapshot: Snapshot) -> bytes:
    """The text exposition format."""
    registry = CollectorRegistry()
    registry.register(_Moment(snapshot))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Moment(Collector):
    """A snapshot as metrics."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        """Nothing: otherwise registering would collect."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All families."""
        found, standing = self._snapshot, self._snapshot.standing
        yield InfoMetricFamily(f"{PREFIX}_build", "The gateway's version", {"version": found.version})
        yield _gauge("uptime_seconds", "Since the process started", found.uptime)
        yield self._events()
        yield _gauge("spool_records", "Records that the backend has not committed", standing.records)
        yield _gauge("spool_bytes", "Bytes of what is spooled", standing.octets)
        yield _gauge("spool_limit_bytes", "Bytes that the spool may have", standing.limit)
        yield _gauge("spool_room_hours", "Until the spool is full at the present rate", standing.room_hours)
        yield _gauge("spool_oldest_seconds", "Unix time when the oldest spooled record came", standing.oldest)
        yield _gauge("spool_ok", "0 if the spool took no writes at the last try", found.failing is None)
        yield _gauge("batches_waiting", "Sealed batches without a verdict", standing.batches_waiting)
        yield _gauge("batches_refused", "Batches that the backend refused, kept", standing.batches_refused)
        yield _gauge("log_size", "Size of the newest checkpoint", standing.log_size)
        yield _gauge("clock_ok", "0 while the clock is not trusted", found.now is not None)
        yield _gauge("clock_jumps", "Jumps of the clock since the start", found.clock_jumps)
        yield _gauge("devices", "Devices that are known", len(standing.devices))
        yield _gauge("devices_offline", "Devices whose state says offline", self._offline())
        yield from self._links()
        yield self._bridges()
        yield self._down()
        yield self._alarms()

    def _events(self) -> Metric:
        events = CounterMetricFamily(
            f"{PREFIX}_events", "What was done and refused since the key was made", labels=("subject", "name")
        )
        for (subject, name), count in sorted(self._snapshot.standing.counters.items()):
            events.add_metric((subject, name), count)
        return events

    def _offline(self) -> int:
        return sum(device.online is False for device in self._snapshot.standing.devices)

    def _links(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(f"{PREFIX}_link_up", "1 if the broker is connected", labels=("link",))
        since = GaugeMetricFamily(f"{PREFIX}_link_seconds", "Since it is up or down", labels=("link",))
        days = GaugeMetricFamily(f"{PREFIX}_certificate_days", "Until the gateway's certificate ends", labels=("link",))
        for link in self._snapshot.links:
            up.add_metric((link.name,), link.up)
            since.add_metric((link.name,), link.seconds)
            if link.certificate_days is not None:
                days.add_metric((link.name,), link.certificate_days)
        for bridge in self._snapshot.bridges:
            up.add_metric((f"bridge-{bridge['name']}",), bridge["up"])
            since.add_metric((f"bridge-{bridge['name']}",), bridge["seconds"])
        yield from (up, since, days)

    def _bridges(self) -> Metric:
        events = CounterMetricFamily(
            f"{PREFIX}_bridge_events",
            "What came by radio, and how the line is, since the start",
            labels=("bridge", "name"),
        )
        for bridge in self._snapshot.bridges:
            for name, count in sorted(bridge["counts"].items()):
                events.add_metric((bridge["name"], name), count)
        return events

    def _down(self) -> Metric:
        events = CounterMetricFamily(
            f"{PREFIX}_down_events", "Devices' questions, and contents fetched for them, since the start",
            labels=("subject", "name"),
        )  # fmt: skip
        for subject, counts in sorted(self._snapshot.down.items()):
            for name, count in sorted(counts.items()):
                events.add_metric((subject, name), count)
        return events

    def _alarms(self) -> Metric:
        raised = {alarm.name for alarm in alarms.of(self._snapshot)}
        family = GaugeMetricFamily(f"{PREFIX}_alarm", "1 for what needs somebody", labels=("name",))
        for name in sorted(raised | set(alarms.TEXTS)):
            family.add_metric((name,), name in raised)
        return family


def _gauge(name: str, says: str, value: float | None) -> Metric:
    """A gauge without labels; without a value while that is not known."""
    family = GaugeMetricFamily(f"{PREFIX}_{name}", says)
    if value is not None:
        family.add_metric((), value)
    return family
