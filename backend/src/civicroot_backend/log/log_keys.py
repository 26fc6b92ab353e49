"""The keys of one log: its policy has several when the key was rotated, each for the indices that follow the last's.

A checkpoint of size n is signed by the key that covers index n−1, its newest entry, so everybody knows from the size
alone whose signature to look for. No step of publishing crosses the end of a key: the last checkpoint of a key has
exactly the size at which the next one takes over.
"""

from collections.abc import Sequence
from itertools import pairwise

from civicroot_wire import checkpoint, note
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import SignatureError
from civicroot_wire.note import VerifierKey
from civicroot_wire.policy import Policy, TrustedKey
from civicroot_wire.sodium import Signer, verify

from civicroot_backend.errors import ConfigurationError, LogKeyMissing


class LogKeys:
    """The log keys of one origin, ascending by range, and the signers that this process has."""

    def __init__(self, origin: str, trusted: Sequence[TrustedKey], signers: Sequence[Signer]) -> None:
        self.origin = origin
        self._trusted = sorted(trusted, key=lambda item: item.first)
        self._signers = {signer.public: signer for signer in signers}

    @classmethod
    def of_one(cls, key: VerifierKey, signer: Signer) -> "LogKeys":
        """One key for all indices."""
        return cls(key.name, [TrustedKey(key.name, key.public, 0, None, key)], [signer])

    @classmethod
    def of_policy(cls, policy: Policy, signers: Sequence[Signer]) -> "LogKeys":
        """The policy's keys of the log that every signer belongs to. Raises ConfigurationError."""
        names = {item.public: item.name for item in policy.logs}
        origins = {names.get(signer.public) for signer in signers}
        if None in origins or len(origins) != 1:
            raise ConfigurationError("the log key files do not belong to one log of the policy")
        (origin,) = origins
        mine = sorted((item for item in policy.logs if item.name == origin), key=lambda item: item.first)
        for before, after in pairwise(mine):
            if before.last is None or before.last + 1 != after.first:
                raise ConfigurationError(f"the policy has no key of {origin} for the indices before {after.first}")
        return cls(str(origin), mine, signers)

    def key_of(self, size: int) -> VerifierKey:
        """The key that signs checkpoints of `size`. Raises LogKeyMissing if the policy has none."""
        index = max(size - 1, 0)
        for item in self._trusted:
            if item.covers(index) and item.key is not None:
                return item.key
        raise LogKeyMissing(f"the policy has no key of {self.origin} for log index {index}")

    def signer_of(self, size: int) -> Signer:
        """Its signer. Raises LogKeyMissing if the policy or this process has none."""
        key = self.key_of(size)
        signer = self._signers.get(key.public)
        if signer is None:
            raise LogKeyMissing(f"log index {max(size - 1, 0)} needs the key file of {key}: set next_log_key_file")
        return signer

    def end_after(self, size: int) -> int | None:
        """The largest size that the key of the entry after `size` may sign; None: no end. Raises LogKeyMissing."""
        key = self.key_of(size + 1)
        (last,) = (item.last for item in self._trusted if item.key is key)
        return None if last is None else last + 1

    def open(self, content: bytes) -> Checkpoint:
        """The checkpoint in a note, verified with the key of its size. Raises WireError, LogKeyMissing."""
        found = note.parse(content)
        body = checkpoint.parse_body(found.body)
        if body.origin != self.origin:
            raise SignatureError("untrusted", f"a checkpoint of {body.origin}")
        note.verify(found, self.key_of(body.size), verify)
        return body
