"""A tag: a device on a battery that sleeps, wakes, senses, signs, and speaks by radio for a second (SPEC.md §8.1)."""
