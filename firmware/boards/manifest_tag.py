"""What a tag's image freezes (MicroPython: `make BOARD=… FROZEN_MANIFEST=…`): a wake then loads and compiles no file.

The three files that start it are frozen, too: as files they would be compiled at each wake, which takes as long as two
signatures. MicroPython takes a frozen boot.py and main.py before those of the file system.
"""

include("$(PORT_DIR)/boards/manifest.py")
package("civicroot_device", base_path="../lib", opt=2)
package("civicroot_radio", base_path="../lib", opt=2)
package("civicroot_wire", base_path="../../wire/src", opt=2)
module("boot.py", base_path="..", opt=2)
module("main.py", base_path="..", opt=2)
module("starter.py", base_path="..", opt=2)
