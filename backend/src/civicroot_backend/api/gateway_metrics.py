"""Metrics of gateways, as each says of itself."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from civicroot_backend.gateways.board import Standing


def collect(prefix: str, standings: Mapping[bytes, Standing]) -> Iterator[Metric]:
    """One alarm can be made of each: whether it is online, and what it needs somebody for."""
    online = GaugeMetricFamily(f"{prefix}_gateway_online", "1 while the gateway is online", labels=("gateway",))
    alarms = GaugeMetricFamily(f"{prefix}_gateway_alarm", "1: it needs somebody", labels=("gateway", "reason"))
    for kid, standing in sorted(standings.items()):
        online.add_metric((kid.hex(),), float(standing.said.online))
        for reason in standing.reasons:
            alarms.add_metric((kid.hex(), reason), 1)
    yield online
    yield alarms
