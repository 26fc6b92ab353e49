"""What `civicroot gateway data-format` does."""

import argparse

from .. import config
from . import data_format


def check(arguments: argparse.Namespace) -> int:
    """Return 0 if configuration and data can be used; else GatewayError says why not."""
    data_format.check(config.load(arguments.config).data)
    return 0
