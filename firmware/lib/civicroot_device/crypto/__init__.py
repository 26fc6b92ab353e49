"""Ed25519, SHA-512 and X25519 in plain MicroPython and in viper: what a device signs and agrees on keys with."""
