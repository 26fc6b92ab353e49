"""The circuits of the units, as code: `python -m hardware.circuits` writes netlists and runs skidl's rules."""
