"""An outsider's view: a second implementation, written from the C2SP and RFC texts alone, reads what the city serves.

`independent_*.py` share no code with civicroot (test_independence.py reads their imports); Ed25519 is OpenSSL's.
"""
