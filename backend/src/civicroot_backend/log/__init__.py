"""The city log: indices from the database, tiles and a signed checkpoint in the public store (c2sp.org/tlog-tiles)."""
