"""What a box must be. Each module has `problems(made) -> list[str]`; `every.py` lists them."""
