"""Errors of the backend. What a message is refused for is a WireError with a reason; these are the backend's own.

BackendError
├── ConfigurationError       the configuration names unknown, missing or wrong keys
├── AlreadyRunning           another process works in the data directory
├── DatabaseFailed           the database cannot be opened, read or written
├── KeyFileError             a key file is missing, readable by others, or not 32 bytes
├── StoreError
│   ├── StoreUrlError        no engine for this URL
│   ├── StoreConflict        another content under a name that is written once
│   └── SwapRefused          compare-and-swap found other bytes: another writer is at work
├── LogError
│   ├── LogForked            what was published and what the database holds are not one log
│   ├── LogDamaged           a tile that was published, or a batch that an entry refers to, is missing or cut
│   └── LogKeyMissing        no key file for the key that must sign the next checkpoint
├── ArtefactRefused          an artefact is empty or too large
├── InventoryRefused         a file is no inventory, or has faults
├── PhotoRefused             bytes are no photo that the city takes
├── VisitRefused             a visit cannot be written so
├── NoRoom                   as many of something as the city keeps
├── CardRefused              a text is no card's
├── NotErased                deleted, but an old copy may still be on the disk
├── ClaimRefused             a deposit cannot be claimed, or not with this
├── AnchorUnavailable        an anchor cannot be reached or is not ready: the same again later
├── NotFound                 no such record, device or log entry
├── Pruned                   it was there, and was pruned after the time for which the city keeps records
├── TooManyStatements        one key signs more statements than the log takes of anybody
├── NotYetPublished          it is committed, but the published checkpoint does not cover it yet
└── BackendStopped           a part of the backend failed, or it is stopping
"""


class BackendError(Exception):
    """Root of this package's errors."""


class ConfigurationError(BackendError):
    """The configuration names unknown, missing or wrong keys; the message names them."""


class AlreadyRunning(BackendError):
    """Another process works in the data directory."""


class DatabaseFailed(BackendError):
    """The database cannot be opened, read or written: full, locked for long, newer than this program."""


class KeyFileError(BackendError):
    """A key file is missing, readable by others, or not 32 bytes."""


class StoreError(BackendError):
    """The store for blobs and log cannot do what was asked."""


class StoreUrlError(StoreError):
    """No engine for this URL."""


class StoreConflict(StoreError):
    """Another content lies under a name that is written once."""


class SwapRefused(StoreError):
    """Compare-and-swap found other bytes than expected: another writer is at work."""


class LogError(BackendError):
    """The city log cannot go on."""


class LogForked(LogError):
    """What was published and what the database holds are not one log; nothing is signed."""


class LogDamaged(LogError):
    """A tile that was published, or a batch that an entry refers to, is missing or cut."""


class LogKeyMissing(LogError):
    """The policy has no key for an index, or this process has not the key file of the one it has."""


class ArtefactRefused(BackendError):
    """An artefact is empty, or too large for the flash of a device."""


class InventoryRefused(BackendError):
    """A file is no inventory, or has faults; nothing of it is imported."""


class PhotoRefused(BackendError):
    """Bytes are no photo, or one that is too large to look at."""


class VisitRefused(BackendError):
    """What somebody wrote of a visit does not go with what is there (visits/visit.py); nothing was changed."""


class NoRoom(BackendError):
    """There is as much of something as the city keeps."""


class CardRefused(BackendError):
    """A text is none that a card could have."""


class NotErased(BackendError):
    """What was deleted is not in the database any more, but may still be on the disk: the same again later."""


class ClaimRefused(BackendError):
    """A deposit cannot be claimed, or not with this; `reason` is a name of claims.py."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class AnchorUnavailable(BackendError):
    """An anchor's other side cannot be reached or is not ready; the same ticket is tried again later."""


class NotFound(BackendError):
    """No such record, device or log entry."""


class Pruned(BackendError):
    """It was there, and was pruned after the time for which the city keeps records; the log says so."""


class TooManyStatements(BackendError):
    """One key signs more statements than the log takes of anybody; `wait` says for how many seconds."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class NotYetPublished(BackendError):
    """It is committed, but the published checkpoint does not cover it yet; ask again in a second."""


class BackendStopped(BackendError):
    """A part of the backend failed, or it is stopping."""
