"""The firmware of Civicroot devices: see docs/architecture.md."""
