"""Radios that a bridge and a tag share: ESP-NOW, LoRa, and the air of the Unix port (SPEC.md §8.1, §8.2)."""
