"""Errors of the desk: each is one line for the person at it."""

from civicroot_cli.main import CommandError


class RegisterError(CommandError):
    """The register is missing, damaged, somebody else's, or does not know what is asked for."""


class DeviceError(CommandError):
    """An errand that cannot be done, by `reason`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
