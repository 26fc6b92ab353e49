"""Starts the device: `micropython main.py CONFIG.json …` on the Unix port, /config.json on a board.

The factory's copy of the modules is in `lib` beside this file, the wire package there too (as on a board) or in the
checkout. Which copy starts, that one or an update, says starter.py. None of these files is ever updated.
"""

import sys

import prompt
import starter

if len(sys.argv) > 1:
    HERE = sys.argv[0].rpartition("/")[0] or "."
    LIBS = [HERE + "/lib", HERE + "/../wire/src"]
    ARGUMENTS = sys.argv[1:]
else:
    LIBS = ["/lib"]
    ARGUMENTS = ["/config.json"]

try:
    starter.run(ARGUMENTS, LIBS)
finally:
    if ARGUMENTS == ["/config.json"] and prompt.closed():
        prompt.restart_instead()
