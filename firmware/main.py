"""Starts the device: `micropython main.py CONFIG.json …` on the Unix port, /config.json on a board.

Modules come from `lib` beside this file, the wire package from there too (as on a board) or from the checkout.
"""

import sys

if len(sys.argv) > 1:
    HERE = sys.argv[0].rpartition("/")[0] or "."
    sys.path[:0] = [HERE + "/lib", HERE + "/../wire/src"]
    ARGUMENTS = sys.argv[1:]
else:
    ARGUMENTS = ["/config.json"]

from civicroot_device.start import main

main(ARGUMENTS)
