"""Witnesses: they see every checkpoint and cosign those that only add to what they saw (c2sp.org/tlog-witness)."""
