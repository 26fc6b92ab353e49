"""What metrics say of anchors."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from civicroot_backend.anchor.book import Counts
from civicroot_backend.anchor.runner import Trouble


def collect(prefix: str, counts: Counts, sizes: dict[str, int], troubles: Sequence[Trouble]) -> Iterator[Metric]:
    """How many are in which state, the largest confirmed tree of each anchor, and since when one is in trouble."""
    states = GaugeMetricFamily(f"{prefix}_anchorings", "Anchorings by state", labels=("anchor", "state"))
    for (name, state), count in sorted(counts.items()):
        states.add_metric((name, state), count)
    largest = GaugeMetricFamily(f"{prefix}_anchored_size", "Entries of the largest confirmed tree", labels=("anchor",))
    for name, size in sorted(sizes.items()):
        largest.add_metric((name,), size)
    trouble = GaugeMetricFamily(
        f"{prefix}_anchor_trouble_seconds", "Time for which the anchor did not get on", labels=("anchor",)
    )
    for item in troubles:
        trouble.add_metric((item.name,), item.seconds)
    yield from (states, largest, trouble)
