"""Rolling a release out to a city's devices in stages, with a stop when too many fail."""
