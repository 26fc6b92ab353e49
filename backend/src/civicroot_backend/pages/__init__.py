"""The built web pages and how they are served."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
