"""Proof bundles of readings and of other entries, with what the log says of the keys that signed them."""
