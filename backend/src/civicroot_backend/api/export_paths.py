"""Addresses in files: whole ones, since a file is read elsewhere."""

from civicroot_backend.service import Backend


def absolute(backend: Backend, path: str | None) -> str | None:
    """The address of a path of this city."""
    return None if path is None else f"{backend.config.public_url}{path}"


def named(*parts: str) -> str:
    """A file's name without ending: letters, digits and what file systems and headers take as they are."""
    return "-".join("".join(each if each.isalnum() and each.isascii() else "-" for each in part) for part in parts)
