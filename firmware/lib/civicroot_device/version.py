"""Which firmware this is."""

VERSION = "0.2.0"
BUILD_TIME = 1_790_000_000  # Unix seconds, September 2026: a clock that says less is not set
