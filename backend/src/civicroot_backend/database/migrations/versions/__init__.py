"""Alembic's migrations; connection.py runs them when the database is opened."""
