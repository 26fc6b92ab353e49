"""Malformed input: whatever bytes come, a decoder refuses by name or accepts the one encoding that there is.

`targets` pairs every decoder with its writer. `test_malformed.py` drives them with Hypothesis in `make test`,
`python -m tests.fuzz` with atheris (coverage-guided) in `make fuzz`.
"""
