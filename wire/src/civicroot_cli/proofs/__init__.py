"""`civicroot proof`: fetch proofs, upgrade them from the public log, export them for other people's tools."""
