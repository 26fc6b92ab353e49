"""From spooled records to signed batches, and their way to the backend."""
