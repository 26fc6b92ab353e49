"""What drivers talk through: thin ones over `machine` on a board, recorded or simulated ones elsewhere."""
