"""What operators and release keys sign: configurations and releases."""
