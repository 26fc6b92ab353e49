"""Updates: a signed release, pulled in pieces into the slot that is not in use, tried, and kept only if it reports."""
