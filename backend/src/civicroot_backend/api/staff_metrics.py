"""Metrics of what staff rely on: whether the audit trail gets into the log, alarms, and messages about them."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from civicroot_backend.alarms import outbox, raised
from civicroot_backend.audit_trail import batches
from civicroot_backend.service import Backend

PREFIX = "civicroot"


def collect(backend: Backend) -> Iterator[Metric]:
    """Read when they are asked for."""
    with backend.database.read() as connection:
        rows, oldest = batches.waiting(connection)
        opened = raised.count(connection, None)
        messages = outbox.counts(connection)
    age = 0.0 if oldest is None else max(0.0, backend.clock() - oldest)
    yield GaugeMetricFamily(
        f"{PREFIX}_audit_trail_waiting", "Rows of the audit trail that the log does not fix yet", rows
    )
    yield GaugeMetricFamily(f"{PREFIX}_audit_trail_age_seconds", "How long the oldest of them waits", age)
    yield GaugeMetricFamily(f"{PREFIX}_alarms_open", "Alarms of rules that are open", opened)
    told = GaugeMetricFamily(f"{PREFIX}_alarm_messages", "Messages about alarms by state", labels=["state"])
    for state in (outbox.WAITING, outbox.SENT, outbox.DEAD):
        told.add_metric([state], messages.get(state, 0))
    yield told
