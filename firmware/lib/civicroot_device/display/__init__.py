"""What a bin shows on its e-paper: a QR encoder, pages of 200 × 200 pixels, and the panel's driver."""
