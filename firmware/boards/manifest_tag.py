"""What a tag's image freezes (MicroPython: `make BOARD=… FROZEN_MANIFEST=…`), so that a wake loads no file."""

include("$(PORT_DIR)/boards/manifest.py")
package("civicroot_device", base_path="../lib", opt=2)
package("civicroot_radio", base_path="../lib", opt=2)
package("civicroot_wire", base_path="../../wire/src", opt=2)
