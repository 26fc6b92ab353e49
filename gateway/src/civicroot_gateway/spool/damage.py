"""What of the journal cannot be read any more, as it is reported and kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Damage:
    """`octets` at `offset` of a segment that are no frames; with them went positions `first` to `last`.

    `records`: at most so many records; some of them may have been delivered before. A whole segment that is missing
    has offset 0 and octets 0. `first` is 0 when no position is missing: then no record was hit.
    """

    segment: int
    offset: int
    octets: int
    first: int
    last: int
    records: int
