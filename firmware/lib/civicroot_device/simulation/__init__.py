"""Sensors of a device that has none: a made-up street, or a file that is replayed."""
