"""Runs one vector on CPython or on MicroPython: this folder is on both interpreters' paths."""
