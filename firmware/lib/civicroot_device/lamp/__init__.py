"""What a bin says by its ring of WS2812 LEDs: its state, and the code that claims a deposit."""
