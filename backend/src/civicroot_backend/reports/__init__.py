"""What citizens tell the city about a bin or a tree: kept outside the log, for a while, and deletable at any time."""
