"""`civicroot provision`: from a box of devices to devices that were seen alive. Needs the extra `provision`."""
