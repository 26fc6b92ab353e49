"""The trail of what people did: chained rows, and statements in the city log about batches of them."""
