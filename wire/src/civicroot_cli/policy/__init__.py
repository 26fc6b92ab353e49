"""`civicroot policy`: the trust policy, made, signed, rotated and checked, off line but for a look into the log."""
