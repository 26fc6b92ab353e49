"""Firmware of a radio bridge: an ESP32 on the gateway's USB port that forwards frames; it has no key (SPEC.md §8.2)."""
