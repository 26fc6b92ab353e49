"""Runs before main.py on a board: the heap is collected before it is all in pieces."""

import gc

gc.collect()
gc.threshold(gc.mem_free() // 4 + gc.mem_alloc())
