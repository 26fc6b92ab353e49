"""How long the batteries of a tree tag and a smart bin last: `python -m hardware.power`."""
