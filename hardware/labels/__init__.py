"""Plates with a code that a phone reads from a metre away, for bins and trees."""
