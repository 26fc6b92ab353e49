"""The registrar's desk: enrols, revokes and rotates keys, and publishes which of them are withdrawn."""
