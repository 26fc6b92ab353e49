"""Models of the chips, so that the whole application runs with its true drivers on the Unix port. Not copied to boards.

One file per chip, with what its driver uses and nothing more. A model's constructor takes callables that give the
physical value, so that a simulated world or a test moves it; its attributes are switches for its faults (`silent`,
`bad_crc`, …). Chips on I2C are put on a bus by simulated_i2c.py; a chip with lines of its own is its bus itself
(A02yyuwModel is a Uart, Hx711Model a Shift). A model follows the same datasheet as its driver, but proves no driver:
that is what the replays in tests/firmware/sensors are for.
"""
