"""Entries: what registrars, operators and organisations sign is verified for its place in the log, and logged."""
