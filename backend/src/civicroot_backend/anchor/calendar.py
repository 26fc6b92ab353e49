"""Calendar: a server that gathers digests and has a Bitcoin block commit to them (OpenTimestamps).

Whatever it answers is read strictly, as a timestamp of what it was asked about; another one cannot even be expressed,
since the message is not in the answer. What the timestamp claims is still to be shown, by the block.
"""

from civicroot_anchor.ots import Timestamp, timestamp
from civicroot_wire.errors import MalformedError

from civicroot_backend.anchor.remote import Remote
from civicroot_backend.errors import AnchorUnavailable

MAX_ANSWER_BYTES = 10_000  # as the first implementation
_ACCEPT = "application/vnd.opentimestamps.v1"


class Calendar:
    """The calendar behind `remote`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return self._remote.url

    def submit(self, digest: bytes) -> Timestamp:
        """What it promises for a digest. The same again does no harm and costs nothing. Raises AnchorUnavailable."""
        return self._decoded(self._remote.post("/digest", digest, MAX_ANSWER_BYTES, _ACCEPT), digest)

    def upgrade(self, commitment: bytes) -> Timestamp | None:
        """What it knows by now of a message that it promised to keep; None: nothing yet. Raises AnchorUnavailable."""
        found = self._remote.get("/timestamp/" + commitment.hex(), MAX_ANSWER_BYTES, _ACCEPT)
        return None if found is None else self._decoded(found, commitment)

    def close(self) -> None:
        """Give connections up."""
        self._remote.close()

    def _decoded(self, answer: bytes, message: bytes) -> Timestamp:
        try:
            return timestamp.decode(answer, message)
        except MalformedError as error:
            raise AnchorUnavailable(f"{self.url} answers no timestamp: {error}") from error
