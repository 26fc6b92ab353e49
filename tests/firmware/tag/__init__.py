"""The tag: its parts on a simulated clock, flash and air."""
