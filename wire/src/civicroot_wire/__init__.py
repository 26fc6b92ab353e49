"""Civicroot wire."""
