"""Starts the device: `micropython main.py CONFIG.json …` on the Unix port, /config.json on a board.

The factory's copy of the modules is in `lib` beside this file, the wire package there too (as on a board) or in the
checkout. Which copy starts, that one or an update, says starter.py. None of these files is ever updated.

Whoever has MicroPython's prompt on a board's USB port reads the key off its flash. So a provisioned board never gets
there: whatever ends the program, the chip starts again. The prompt is for whoever holds a board that is not
provisioned yet, or that was unlocked, which has wiped its key (civicroot_device/provisioning/unlock.py).
"""

import micropython

# Ctrl-C is a byte like any other from here on. On a board MicroPython looks for one that came before only where a
# program jumps (vm.c), and up to the `try` there is no jump: so that one is raised inside it.
micropython.kbd_intr(-1)
CTRL_C = 3


def provisioned() -> bool:
    """Whether this board is. An unlock removes the configuration last, when the key is gone."""
    found = os.listdir("/")
    return "factory.json" in found and "config.json" in found


restart, off = True, -1
try:
    import sys

    if len(sys.argv) > 1:  # the Unix port, which has nothing to hide
        restart, off = False, CTRL_C
        micropython.kbd_intr(CTRL_C)
    import os

    import starter

    if restart:
        import machine  # now: a release may have a module of that name

        if not provisioned():
            micropython.kbd_intr(CTRL_C)
        starter.run(["/config.json"], ["/lib"])
    else:
        here = sys.argv[0].rpartition("/")[0] or "."
        starter.run(sys.argv[1:], [here + "/lib", here + "/../wire/src"])
except KeyboardInterrupt:
    if restart:
        raise
    # Before there was anything to end; the application ends by itself.
finally:
    try:
        micropython.kbd_intr(off)
        restart = restart and provisioned()
    finally:
        # Also when nobody can tell, as with a heap that is full: the next start can.
        while True:
            try:
                if not restart:
                    break
                if "machine" not in globals():
                    import machine
                machine.reset()
            except BaseException:  # noqa: BLE001, S110 (a chip that restarts needs no import)
                pass
