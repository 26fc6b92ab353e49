"""What survives a power cut: key and counter, the outbox, records that were refused."""
