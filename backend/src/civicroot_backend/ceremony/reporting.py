"""How the commands of `realm` say what went wrong."""

import argparse
import sys
from collections.abc import Callable

from civicroot_cli.main import printable
from civicroot_wire.errors import WireError

from civicroot_backend.errors import BackendError

EXIT_FAILED = 1  # it does not hold
EXIT_USAGE = 2  # it could not be done: what was given cannot be


def reporting(
    action: Callable[[argparse.Namespace], int], code: int = EXIT_FAILED
) -> Callable[[argparse.Namespace], int]:
    """The action with its errors as one line on stderr and this exit status; CommandErrors have their own."""

    def reported(arguments: argparse.Namespace) -> int:
        try:
            return action(arguments)
        except (BackendError, WireError) as error:
            print(f"civicroot: {printable(str(error))}", file=sys.stderr)
            return code

    return reported
