"""The gateway's configuration: a TOML file, and environment variables that go before it (keys: model.py)."""

from .model import (
    CONFIG_FILE,
    DEFAULT_BATCH_RECORDS,
    DEFAULT_SPOOL_BYTES,
    MAX_BATCH_BYTES,
    BatchLimits,
    Config,
    DevicesLink,
    Page,
    SpoolLimits,
    Tls,
    UplinkLink,
)
from .reading import load, parse

__all__ = [
    "CONFIG_FILE",
    "DEFAULT_BATCH_RECORDS",
    "DEFAULT_SPOOL_BYTES",
    "MAX_BATCH_BYTES",
    "BatchLimits",
    "Config",
    "DevicesLink",
    "Page",
    "SpoolLimits",
    "Tls",
    "UplinkLink",
    "load",
    "parse",
]
