"""Retention: batches older than the city keeps them are pruned, after the log says which numbers they held."""
