"""Runs before main.py on a board: no prompt on a provisioned one; the heap is collected before it is all in pieces.

MicroPython starts main.py by itself, but not after a soft reset from its raw prompt. So a provisioned board is started
from here (main.py says why it does not come back). If this file fails on a provisioned board, the chip starts again.
"""

import micropython

micropython.kbd_intr(-1)  # main.py says why nothing may come before this
restart = True
try:
    import gc
    import os

    gc.collect()
    gc.threshold(gc.mem_free() // 4 + gc.mem_alloc())
    found = os.listdir("/")
    restart = "factory.json" in found and "config.json" in found
    if restart:
        import main

        restart = main.restart  # it comes back when the device was unlocked
finally:
    while True:
        try:
            if not restart:
                break
            import machine

            machine.reset()
        except BaseException:  # noqa: BLE001, S110 (a chip that restarts needs no import)
            pass
