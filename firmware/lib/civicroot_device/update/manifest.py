"""Judges the manifest of a release (SPEC.md §3.6): whether this device may bring it into its other slot.

A refusal is a WireError; its reasons beside those of SPEC.md §9:

    wrong-target     for another board
    too-early        the version that runs is older than the release's `minimum`
    unsafe-path      a path that leaves the slot's lib folder, is there twice, or is both module and package
    incomplete       no application in it that could start
    failed-version   it was tried, and failed, as often as a version may
"""

from civicroot_wire import release
from civicroot_wire.errors import MalformedError, TrustError

from civicroot_device.crypto import ed25519

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.release import Release

    Version = tuple[int, int, int]

OF_A_MODEL = "release/"  # class of the subjects of releases that are for no single device
MAX_BYTES = 24 * 1024  # 256 files with paths of 45 bytes; with its decoded form what an ESP32's heap holds meanwhile
MAX_DEPTH = 6  # folders under each other
FIRST = "lib/"
STARTS = ("lib/civicroot_device/start.py", "lib/civicroot_device/start.mpy")  # what starter.py imports
_HALF = ".new"  # flash.py: what has this suffix is the rest of a power cut
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


class Rules:
    """What this device goes by: its `realm`, `subject` and board (`target`), and the city's release key."""

    def __init__(self, realm: str, subject: str, target: str, key: bytes) -> None:
        self.realm = realm
        self.subject = subject
        self.target = target
        self.key = key


def judge(data: bytes, rules: Rules, running: "Version", committed: "Version") -> "Release | None":
    """The release in `data`; None if it is the one that runs. Raises WireError.

    running     the version of this code
    committed   the newest version that ever proved itself on this device: after a fall back to the factory's copy it
                is newer than `running`, and then it may be fetched once more, but nothing older
    """
    # 1. Small enough, and well-formed.
    if len(data) > MAX_BYTES:
        raise MalformedError("too-large", "manifest of %d bytes" % len(data))
    found = release.decode(data)
    # 2. By the city's release key, in this realm: only then is anything in it worth a look.
    release.verify(found, rules.realm, rules.key, ed25519.verify)
    # 3. For this device, or any of its model, and for this board.
    if found.subject != rules.subject and not found.subject.startswith(OF_A_MODEL):
        raise TrustError("wrong-topic", "release for " + found.subject)
    if found.target != rules.target:
        raise TrustError("wrong-target", "release for " + found.target)
    # 4. Newer, and not beyond what this version can be followed by.
    if found.version == running:
        return None
    if found.version < running or found.version < committed:
        raise TrustError("old-version", "%s after %s" % (text(found.version), text(max(running, committed))))
    if running < found.minimum:
        raise TrustError("too-early", "%s asks for %s" % (text(found.version), text(found.minimum)))
    # 5. Only files below the slot's lib, each once, and among them what starts.
    _check_paths([path for path, _, _ in found.files])
    return found


def version_of(name: str) -> "Version":
    """The version in text like "1.2.3"; what follows a hyphen or plus sign counts for nothing."""
    major, minor, patch = name.partition("-")[0].partition("+")[0].split(".")
    return int(major), int(minor), int(patch)


def text(version: "Version") -> str:
    """As people write it."""
    return "%d.%d.%d" % version


def _check_paths(paths: "list[str]") -> None:
    folders = set()
    for path in paths:
        parts = path.split("/")
        if not path.startswith(FIRST) or len(parts) > MAX_DEPTH or not all(_is_name(part) for part in parts):
            raise TrustError("unsafe-path", path)
        for depth in range(1, len(parts)):
            folders.add("/".join(parts[:depth]))
    modules = [_module(path) for path in paths]
    if len(set(modules)) < len(paths) or any(place in folders for place in paths + modules):
        raise TrustError("unsafe-path", "two files in one place")
    if not any(path in STARTS for path in paths):
        raise TrustError("incomplete", "no " + STARTS[0])


def _module(path: str) -> str:
    """What an import takes the file for: of x.py, x.mpy and the folder x it would see only one."""
    name, _, suffix = path.rpartition(".")
    return name if suffix in ("py", "mpy") else path


def _is_name(part: str) -> bool:
    """A plain name: no "..", nothing hidden, nothing that the flash takes for half-written."""
    return part[:1] not in ("", ".") and not part.endswith(_HALF) and all(letter in _LETTERS for letter in part)
