"""Part types: what can be ordered, with pins, ratings and prices. Nothing here knows a circuit."""
