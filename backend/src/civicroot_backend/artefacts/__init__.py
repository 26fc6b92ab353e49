"""Artefacts: contents that signed messages name by their SHA-256, like a release's files, given out in pieces."""
