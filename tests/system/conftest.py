"""Lets the tests of whole cities import the pure parts of the firmware, as its own tests do."""

import tests.firmware.conftest  # noqa: F401 (it is what puts the firmware on the path)
