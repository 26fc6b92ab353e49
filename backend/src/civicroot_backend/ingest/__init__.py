"""Ingest: a batch message is examined, judged, committed, and only then answered with a signed verdict."""
