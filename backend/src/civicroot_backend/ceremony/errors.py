"""What can go wrong at a ceremony; each is one line for the people in the room, and names itself.

CommandError
└── CeremonyError
    ├── PlanError           the plan cannot be, or is another one than the ceremony was begun with
    ├── ClockError          the clock of this machine cannot be right
    ├── MediumError
    │   ├── MediumAbsent    no such folder, or no key on it
    │   ├── WrongMedium     another key lies there than the one that is asked for
    │   ├── MediumTaken     it holds a key already; nothing is overwritten
    │   ├── SameMedium      two keys would lie, or were shown, on one medium
    │   └── SealedKeyError  a key file is damaged
    ├── WrongPassphrase     the file does not open with it
    ├── WeakPassphrase      too short to protect anything
    ├── TokenError          a PKCS#11 token or its module does not do what is asked
    │   ├── TokenAbsent
    │   ├── TokenLocked     too many wrong PINs
    │   └── WrongPin
    └── TooFewRoots         fewer roots than the threshold
"""

from civicroot_cli.main import CommandError


class CeremonyError(CommandError):
    """Root of these; shown as `civicroot: name: …`."""

    name = "ceremony"

    def __str__(self) -> str:
        return f"{self.name}: {super().__str__()}"


class PlanError(CeremonyError):
    """The plan cannot be, or is another one than the ceremony was begun with."""

    name = "plan"


class ClockError(CeremonyError):
    """The clock of this machine cannot be right."""

    name = "clock"


class MediumError(CeremonyError):
    """A medium does not hold what it should."""

    name = "medium"


class MediumAbsent(MediumError):
    """No such folder, or no key on it."""

    name = "medium-absent"


class WrongMedium(MediumError):
    """Another key lies there than the one that is asked for."""

    name = "wrong-medium"


class MediumTaken(MediumError):
    """It holds a key already; nothing is overwritten."""

    name = "medium-taken"


class SameMedium(MediumError):
    """Two keys would lie, or were shown, on one medium."""

    name = "same-medium"


class SealedKeyError(MediumError):
    """A key file is damaged, or no key file."""

    name = "sealed-key"


class WrongPassphrase(CeremonyError):
    """The file does not open with it."""

    name = "wrong-passphrase"


class WeakPassphrase(CeremonyError):
    """Too short to protect anything."""

    name = "weak-passphrase"


class TokenError(CeremonyError):
    """A PKCS#11 token or its module does not do what is asked."""

    name = "token"


class TokenAbsent(TokenError):
    """No such token is plugged in."""

    name = "token-absent"


class TokenLocked(TokenError):
    """Too many wrong PINs were given."""

    name = "token-locked"


class WrongPin(TokenError):
    """The token refuses the PIN."""

    name = "wrong-pin"


class TooFewRoots(CeremonyError):
    """Fewer roots than the threshold."""

    name = "too-few-roots"
