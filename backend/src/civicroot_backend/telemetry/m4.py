"""M4: of each bucket of a course the first, least, greatest and last sample (Jugel et al., VLDB 2014).

Averages would be numbers that nobody signed. These are readings as they came, so that each point leads to its proof.
For engines that cannot say which of their points an extreme was; it looks at one sample at a time and keeps four of
each bucket.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from civicroot_backend.telemetry.errors import TelemetryRangeError
from civicroot_backend.telemetry.store import Course, Sample, Windows, windows

OF_BUCKET = 4  # first, least, greatest, last


def buckets(start: int, end: int, points: int) -> Windows:
    """Cut [start, end) so that OF_BUCKET samples of each bucket are at most `points`. Raises TelemetryRangeError."""
    if points < OF_BUCKET:
        raise TelemetryRangeError(f"{points} points asked for; {OF_BUCKET} are the least")
    return windows(start, end, points // OF_BUCKET)


@dataclass(slots=True)
class _Kept:
    first: Sample
    least: Sample
    greatest: Sample
    last: Sample


def course(samples: Iterable[Sample], cut: Windows) -> Course:
    """Those to show, of samples in any order; the earlier of two equal extremes counts."""
    kept: dict[int, _Kept] = {}
    total = 0
    for sample in samples:
        total += 1
        number = (sample.placed - cut.start) // cut.width
        found = kept.get(number)
        if found is None:
            kept[number] = _Kept(sample, sample, sample, sample)
            continue
        found.first, found.last = min(found.first, sample), max(found.last, sample)
        if (sample.number, sample) < (found.least.number, found.least):
            found.least = sample
        if (-sample.number, sample) < (-found.greatest.number, found.greatest):
            found.greatest = sample
    chosen = {each for one in kept.values() for each in (one.first, one.least, one.greatest, one.last)}
    return Course(sorted(chosen), total)
