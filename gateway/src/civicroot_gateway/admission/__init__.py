"""Which records are taken in: numbers, signatures, limits, and what is kept of what was refused."""
