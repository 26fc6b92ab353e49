"""What the registry needs of whoever keeps its messages."""

from typing import Protocol

ENROLMENT, REVOCATION, CHECKPOINT = "enrolment", "revocation", "checkpoint"
CONFIGURATION, RELEASE = "configuration", "release"


class TrustStore(Protocol):
    """Messages as they were received, by kind and by the kid of the key or device that they are about."""

    def load(self, kind: str) -> dict[bytes, bytes]:
        """All messages of a kind by kid."""
