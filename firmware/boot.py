"""Runs before main.py on a board: no prompt on a provisioned one; the heap is collected before it is all in pieces."""

import gc

import prompt

if prompt.closed():
    prompt.keep_out()
gc.collect()
gc.threshold(gc.mem_free() // 4 + gc.mem_alloc())
