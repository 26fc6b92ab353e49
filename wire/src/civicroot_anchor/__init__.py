"""Verifying the evidence of external anchors: an EVM chain, Bitcoin through OpenTimestamps, a time-stamp authority."""
