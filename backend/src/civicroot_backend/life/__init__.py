"""The life of a device: what became of its key and of each of its numbers, each with what shows it."""
