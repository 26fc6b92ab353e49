"""Boxes and straps around the boards, as parametric code: data in `case.py` and `units.py`, solids by build123d."""
