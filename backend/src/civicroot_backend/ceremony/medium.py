"""What a root key lies on: a folder (a USB stick, mounted) with a sealed key file, or a PKCS#11 token."""

from pathlib import Path

from civicroot_backend.ceremony import pkcs11_token
from civicroot_backend.ceremony.errors import TokenError
from civicroot_backend.ceremony.folder_medium import FolderMedium
from civicroot_backend.ceremony.pkcs11_token import SCHEME
from civicroot_backend.ceremony.token_medium import TokenMedium

Medium = FolderMedium | TokenMedium


def parse(text: str, base: Path | None = None) -> Medium:
    """A medium as people write it: a folder (relative to `base`), a sealed file, or a `pkcs11:` URI. TokenError."""
    if text.startswith(SCHEME):
        return TokenMedium(pkcs11_token.parse(text), text)
    return FolderMedium((base or Path()) / text)


def folder_only(medium: Medium) -> FolderMedium:
    """The folder. Raises TokenError: what is on a token does not leave it, and comes from nowhere else."""
    if isinstance(medium, TokenMedium):
        raise TokenError(f"{medium}: a token makes its own key, which never leaves it; other roots are its backup")
    return medium
