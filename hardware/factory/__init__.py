"""The factory's test of a built unit: what the firmware's own self-test says on the jig, judged."""
