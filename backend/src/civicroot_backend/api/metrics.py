"""Metrics for Prometheus, in a registry of the application's own.

Counts are read from the database when they are asked for: they survive restarts, and ingest does not know of metrics.
"""

import time
from collections.abc import Iterable, Iterator, Mapping

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicroot_backend.api import anchor_metrics, gateway_metrics, staff_metrics, witness_metrics
from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.database import queries
from civicroot_backend.ingest import evidence
from civicroot_backend.service import Backend
from civicroot_backend.telemetry.errors import TelemetryError

PREFIX = "civicroot"
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
UNMATCHED = "unmatched"  # one label for all paths that do not exist: anybody can make them up
_COUNTED = {
    evidence.RECORD: ("records", "Records of committed batches by what became of them"),
    evidence.BATCH: ("batches", "Batch messages by what became of them"),
}

router = APIRouter()


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    tags=["operation"],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics(request: Request) -> Response:
    """In the text exposition format."""
    registry: CollectorRegistry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


class Metrics:
    """The registry, and the histogram of requests."""

    def __init__(self, backend: Backend, broadcast: Broadcast) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_BackendCollector(backend, broadcast))
        ProcessCollector(registry=self.registry)
        self.requests = Histogram(
            "http_request_duration_seconds",
            "Time to the beginning of the response",
            ("method", "route", "status"),
            namespace=PREFIX,
            buckets=BUCKETS,
            registry=self.registry,
        )


class RequestDurations:
    """Measures every request up to the beginning of its response, since events go on for hours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                labels = (scope["method"], _route(scope), str(message["status"]))
                self._metrics.requests.labels(*labels).observe(time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, send_measured)


def _route(scope: Scope) -> str:
    path: str = getattr(scope.get("route"), "path", UNMATCHED)
    return path


class _BackendCollector(Collector):
    def __init__(self, backend: Backend, broadcast: Broadcast) -> None:
        self._backend = backend
        self._broadcast = broadcast

    def describe(self) -> Iterable[Metric]:
        """Nothing: otherwise registering would collect."""
        return []

    def collect(self) -> Iterator[Metric]:
        """What the backend has counted, and where it stands."""
        counts = self._backend.counts()
        with self._backend.database.read() as connection:
            last = queries.last_position(connection)
        for scope, (name, help_text) in _COUNTED.items():
            family = CounterMetricFamily(f"{PREFIX}_{name}", help_text, labels=("outcome",))
            for (counted, reason), count in counts.items():
                if counted == scope:
                    family.add_metric((reason,), count)
            yield family
        yield _entries(counts)
        yield from self._log()
        anchors = self._backend.anchors
        yield from anchor_metrics.collect(PREFIX, anchors.counts(), anchors.sizes(), self._backend.anchor_troubles())
        yield from gateway_metrics.collect(PREFIX, self._backend.gateways.standings())
        yield from staff_metrics.collect(self._backend)
        yield from self._telemetry(last)
        yield _gauge(
            "mqtt_connected", "1 while the broker is connected", float(self._backend.health().broker_connected)
        )
        yield _gauge("event_listeners", "Pages that listen to events", float(self._broadcast.listeners))

    def _log(self) -> Iterator[Metric]:
        published = self._backend.published
        yield _gauge("log_size", "Entries that the published checkpoint covers", published.size if published else 0)
        if published is not None:
            age = max(0.0, self._backend.clock() - published.time)
            yield _gauge("checkpoint_age_seconds", "Time since the published checkpoint was signed", age)
        yield from witness_metrics.collect(PREFIX, self._backend.witnesses(), published)

    def _telemetry(self, last: int | None) -> Iterator[Metric]:
        """Positions begin with 1, and an empty store's cursor is -1: the lag of nothing is 0."""
        try:
            cursor = self._backend.telemetry.cursor()
        except TelemetryError:
            yield _gauge("telemetry_up", "1 if the telemetry store answers", 0)
            return
        yield _gauge("telemetry_up", "1 if the telemetry store answers", 1)
        lag = max(0, (last or 0) - max(0, cursor))
        yield _gauge("projection_lag_records", "Accepted records that telemetry does not have yet", lag)


def _entries(counts: Mapping[tuple[str, str], int]) -> Metric:
    help_text = "Submitted entries by kind and by what became of them"
    family = CounterMetricFamily(f"{PREFIX}_entries", help_text, labels=("kind", "outcome"))
    for (kind, reason), count in counts.items():
        if kind not in _COUNTED:
            family.add_metric((kind, reason), count)
    return family


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", help_text, value)
