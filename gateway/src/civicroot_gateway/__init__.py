"""Civicroot gateway."""
