"""Boxes and straps: fit, closed, thick enough, dry, printable; and what is wrong is caught."""
