"""How the commands of `realm` say what went wrong."""

import argparse
import sys
from collections.abc import Callable

from civicroot_wire.errors import WireError

from civicroot_backend.errors import BackendError

EXIT_FAILED = 1


def reporting(action: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The action with its errors as one line on stderr and exit status 1; CommandErrors have their own."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except (BackendError, WireError) as error:
            print(f"civicroot: {error}", file=sys.stderr)
            return EXIT_FAILED

    return reported
