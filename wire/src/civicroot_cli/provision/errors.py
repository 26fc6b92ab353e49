"""What stops a crew. All are shown as one line (civicroot_cli.main).

CommandError
├── ListError         the list or the site file has faults; each names row and column
├── Unplugged         the device went away, or never answered: run the same command again
├── DeviceRefused     the device said no, with its name for why
├── Waiting           all is done that can be done now: registrar, operator or the first reading are waited for
├── Faulty            it does not pass its self-test: nothing was enrolled, and another one can take its row
└── WrongDevice       it is not the device that this is about: board, firmware, realm, or the same one twice
"""

from civicroot_cli.main import CommandError, Refused


class ListError(CommandError):
    """Faults in what was given, before anything was started."""


class Unplugged(CommandError):
    """The device does not answer any more; `gone`: and never will, for its port is not there."""

    def __init__(self, message: str, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


class DeviceRefused(Refused):
    """The device's own error: `name` (provisioning/errors.py of the firmware) and its words."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"the device refuses: {name}: {detail}")
        self.name = name


class Waiting(CommandError):
    """Not finished, and nothing is wrong."""

    exit_code = 3


class Faulty(Refused):
    """A device that does not work."""


class WrongDevice(Refused):
    """Not the device that was expected."""
