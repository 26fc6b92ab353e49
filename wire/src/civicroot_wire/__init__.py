"""The bytes everyone agrees on: one source for CPython and MicroPython. The normative text is wire/SPEC.md."""
