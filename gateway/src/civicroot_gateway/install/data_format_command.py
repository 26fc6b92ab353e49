"""What `civicroot gateway data-format` does."""

import argparse

from .. import config
from . import data_format


def check(arguments: argparse.Namespace) -> int:
    data_format.check(config.load(arguments.config).data)
    return 0
