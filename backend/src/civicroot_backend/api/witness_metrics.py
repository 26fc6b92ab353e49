"""What metrics say of witnesses and quorum."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from civicroot_backend.log.publish import Published
from civicroot_backend.witnesses.errors import OK
from civicroot_backend.witnesses.report import WitnessReport


def collect(prefix: str, found: WitnessReport, published: Published | None) -> Iterator[Metric]:
    """Of the newest checkpoint, and of each witness."""
    cosigned = len(published.cosigned) if published else 0
    waits = 0 if found.waiting is None else found.waiting
    for name, says, value in (
        ("checkpoint_cosignatures", "Cosignatures of the published checkpoint that count", cosigned),
        ("checkpoint_quorum", "Cosignatures that the policy asks for", found.quorum),
        ("quorum_met", "1 if the newest checkpoint is published with its quorum", int(found.ok)),
        ("checkpoint_waiting_size", "Size of the checkpoint that waits for its quorum, 0 if none does", waits),
    ):
        yield GaugeMetricFamily(f"{prefix}_{name}", says, value)
    up = GaugeMetricFamily(f"{prefix}_witness_up", "1 if its last answer was a cosignature", labels=("witness",))
    alarm = GaugeMetricFamily(
        f"{prefix}_witness_alarm", "1 if it says that this log has another history", labels=("witness",)
    )
    for item in found.standings:
        up.add_metric((item.name,), int(item.state == OK))
        alarm.add_metric((item.name,), int(item.alarm is not None))
    answers = CounterMetricFamily(f"{prefix}_witness_answers", "Answers of witnesses", labels=("witness", "outcome"))
    for (name, outcome), count in sorted(found.counts.items()):
        answers.add_metric((name, outcome), count)
    yield from (up, alarm, answers)
