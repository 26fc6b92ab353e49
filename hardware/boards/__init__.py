"""The boards: outline and placement from the circuits, and KiCad's files of them. Routing is manual."""
