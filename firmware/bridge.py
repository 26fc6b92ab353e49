"""Starts the radio bridge: `micropython bridge.py --air PORT` on the Unix port; copied to a board as /main.py.

It needs `lib/civicroot_bridge`, `lib/civicroot_radio`, `lib/civicroot_wire`, and `clock.py` and `version.py` of
`lib/civicroot_device`.
"""

import sys

if len(sys.argv) > 1:
    HERE = sys.argv[0].rpartition("/")[0] or "."
    sys.path[:0] = [HERE + "/lib", HERE + "/../wire/src"]

from civicroot_bridge.app import main

main(sys.argv[1:])
