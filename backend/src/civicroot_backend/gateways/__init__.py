"""Gateways as the backend sees them: what each says of itself, and what that means for the devices behind it."""
