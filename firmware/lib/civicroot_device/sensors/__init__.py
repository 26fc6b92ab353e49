"""One driver per file; each takes a bus object and says what its chip measured, or what is wrong with it."""
