"""Bins and trees as people ask for them: what is near, how full it is, when it was emptied."""
