"""The `civicroot` command: its sub-commands come from what is installed."""
