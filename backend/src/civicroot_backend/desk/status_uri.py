"""What a registrar's status list is called."""


def uri_of(realm: str, registrar: bytes) -> str:
    """The URI of the list of the registrar with this kid; the city serves the newest there."""
    return f"https://{realm}/status-lists/{registrar.hex()}"
