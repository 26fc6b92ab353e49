"""From samples to signed records to their delivery: the reporting core."""
