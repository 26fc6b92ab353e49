"""Metrics for Prometheus, in a registry of the witness's own."""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from .errors import StoreError
from .evidence import FORK, UNPROVED
from .witness import Witness

PREFIX = "civicroot_witness"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)  # seconds


class Metrics:
    """What happened since the start, and where the logs stand."""

    def __init__(self, witness: Witness) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Standing(witness))
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "requests", "add-checkpoint requests by answer", ("status", "reason"), PREFIX, registry=self.registry
        )
        self._seconds = Histogram(
            "request_seconds", "Time from a request's body to its answer", (), PREFIX, registry=self.registry,
            buckets=BUCKETS,
        )  # fmt: skip

    def count(self, status: int, reason: str) -> None:
        """A request was answered."""
        self._requests.labels(str(status), reason).inc()

    def timed(self, work: Callable[[bytes], str], body: bytes) -> str:
        """Do the work, and measure it."""
        begun = time.perf_counter()
        try:
            return work(body)
        finally:
            self._seconds.observe(time.perf_counter() - begun)

    def text(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self.registry)


class _Standing(Collector):
    """Read from the database when asked: it survives restarts."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def describe(self) -> Iterable[Metric]:
        """Nothing: otherwise registering would collect."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Where each log stands, what evidence there is, whether the clock and the database can be used."""
        try:
            yield from self._logs()
            clock, memory = self._witness.clock_fault(), self._witness.memory_fault()
        except StoreError:
            yield GaugeMetricFamily(f"{PREFIX}_database_ok", "1 if the database can be read", 0)
            return
        yield GaugeMetricFamily(f"{PREFIX}_database_ok", "1 if the database can be read", 1)
        yield GaugeMetricFamily(f"{PREFIX}_clock_ok", "0 if this machine's clock cannot be right", clock is None)
        yield GaugeMetricFamily(f"{PREFIX}_memory_ok", "0 if more was signed than the database knows", memory is None)

    def _logs(self) -> Iterator[Metric]:
        store = self._witness.store
        size = GaugeMetricFamily(f"{PREFIX}_log_size", "Size of the newest cosigned checkpoint", labels=("origin",))
        signed = GaugeMetricFamily(
            f"{PREFIX}_log_cosigned_seconds", "Unix time of the newest cosignature", labels=("origin",)
        )
        kept = GaugeMetricFamily(
            f"{PREFIX}_evidence", "Contradictions kept: fork is proof, unproved a suspicion", labels=("origin", "kind")
        )
        counted = Tally((found.origin, found.kind) for found in store.all_evidence())
        for origin in sorted({key.origin for key in store.all_keys()} | {origin for origin, _ in counted}):
            head = store.latest(origin)
            size.add_metric((origin,), head.size if head else 0)
            signed.add_metric((origin,), head.time if head else 0)
            for kind in (FORK, UNPROVED):
                kept.add_metric((origin, kind), counted[origin, kind])
        yield from (size, signed, kept)
