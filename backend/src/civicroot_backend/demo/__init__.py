"""A city on one machine: broker, backend, gateway, and devices running the real firmware in MicroPython."""
