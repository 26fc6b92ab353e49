"""How the public names are served over HTTP: the app says the same as the objects of a bucket do."""

IMMUTABLE = "public, max-age=31536000, immutable"  # a year is what HTTP caches take for ever
FRESH = "no-cache"  # may be kept, but must be asked for again
OCTETS = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
GZIP = "gzip"
BEACONS = "log/beacon/"  # signed notes
ARTEFACTS = "artefact/"  # contents named by their SHA-256
GZIP_LEVEL = 6  # 256 batch headers shrink from 87 to 47 kB; an auditor reads all of them
_WRITTEN_ONCE = ("log/tile/", "log/batch/", "log/anchor/", BEACONS, ARTEFACTS)


def is_immutable(name: str) -> bool:
    """Whether what lies under the name never changes."""
    return name.startswith(_WRITTEN_ONCE)


def cache_control(name: str) -> str:
    """The Cache-Control of a name."""
    return IMMUTABLE if is_immutable(name) else FRESH


def content_type(name: str) -> str:
    """The Content-Type of a name: checkpoints and the minimum index are text, the rest is binary."""
    return OCTETS if is_immutable(name) and not name.startswith(BEACONS) else TEXT


def is_compressed(name: str) -> bool:
    """Whether it is worth compressing, and may be (c2sp.org/tlog-tiles): bundles of entries; hashes are random."""
    return name.startswith("log/tile/entries/")
