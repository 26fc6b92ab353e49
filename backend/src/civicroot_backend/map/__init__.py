"""The map: every bin and tree with a place, in memory, clustered for the part and the scale that somebody looks at."""
