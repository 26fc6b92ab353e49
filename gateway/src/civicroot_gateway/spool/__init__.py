"""What is durable at the gateway."""
