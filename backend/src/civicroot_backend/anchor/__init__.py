"""Anchors: systems outside the city's control that fix the log's trees in time."""
