"""Claiming a deposit: what a bin offers after the lid closed, and what only the backend may learn of it."""
