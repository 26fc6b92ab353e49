"""Limits of an `up` message (SPEC.md §10)."""

MAX_UP_RECORDS = 32  # one TCP burst that an ESP32 can hold
MAX_UP_BYTES = 8 * 1024
