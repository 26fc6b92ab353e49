"""Civicroot backend."""
