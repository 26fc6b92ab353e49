"""Founding a city with people, media and a printed protocol; and what becomes of its root keys afterwards."""
