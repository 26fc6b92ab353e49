"""The HTTP side: JSON for pages and programs, the log under its C2SP paths, events, metrics."""
