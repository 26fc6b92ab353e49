"""Claiming a deposit: openings that devices send, tokens and codes that citizens show, notices that bins are told."""
