"""Measurements for `make bench`: what the system's own work costs, as ratios within one run."""
