"""Pieces of content for devices (SPEC.md §8): only to devices of ours, only what a signed message told them of."""

from collections import Counter, deque
from collections.abc import Callable, Iterator

from civicroot_wire import piece, record, topic
from civicroot_wire.errors import WireError
from civicroot_wire.piece import NOT_YET, UNKNOWN, Piece, Want
from civicroot_witness.token_buckets import TokenBuckets

from ..registry.registry import Registry
from .configurations import Configurations
from .content_cache import ContentCache
from .fetches import Fetches
from .publication import DEVICES, UPLINK, Publication

# Of each device: the first pieces at once, then a megabyte in pieces of a kilobyte in under three minutes.
WANTS_AT_ONCE, WANTS_PER_SECOND = 32, 8.0
MAX_ASKING = 16_384  # devices that are remembered
MAX_ANSWERS = 512  # that wait to be sent: whoever gets none asks again
OUT_OF_RANGE = "out-of-range"


class Pieces:
    """Answers devices out of `cache`, and has fetched what it lacks. `own` is the gateway's kid."""

    def __init__(
        self,
        own: bytes,
        registry: Registry,
        configurations: Configurations,
        cache: ContentCache,
        fetches: Fetches,
        monotonic: Callable[[], float],
    ) -> None:
        self._own = own
        self._registry = registry
        self._configurations = configurations
        self._cache = cache
        self._fetches = fetches
        self._shares = TokenBuckets(WANTS_AT_ONCE, WANTS_PER_SECOND, MAX_ASKING, monotonic)
        self._answers: deque[tuple[bytes, Want, str | None]] = deque()  # device, what it wants, or why it gets nothing
        self.counts: Counter[str] = Counter()

    def wanted(self, kid: bytes, payload: bytes, now: float) -> None:
        """A device asks; `now` is monotonic seconds."""
        try:
            # 1. A device of ours: nobody else is answered.
            self._registry.signer(kid, record.ROLE)
            # 2. That keeps to its share.
            if self._shares.take(kid) or len(self._answers) >= MAX_ANSWERS:
                self.counts["too-fast"] += 1
                return
            want = piece.decode_want(payload)
        except WireError as error:
            self.counts[error.reason] += 1
            return
        self._answers.append((kid, want, self._lacks(kid, want, now)))

    def came(self, payload: bytes, now: float) -> None:
        """The backend answers."""
        try:
            found = piece.decode(payload)
        except WireError:
            self._fetches.counts["malformed"] += 1
            return
        self._fetches.take(found, now)

    def due(self, most: int, now: float) -> Iterator[Publication]:
        """At most `most` answers for devices and questions for the backend."""
        while self._answers and most > 0:
            most -= 1
            kid, want, reason = self._answers.popleft()
            message = piece.encode(self._answer(want, reason))
            yield Publication(DEVICES, topic.of_device(self._own, kid, topic.PIECE), message)
        for ask in self._fetches.due(most, now):
            yield Publication(UPLINK, topic.of_gateway(self._own, topic.WANT), piece.encode_want(ask))

    def look(self, kid: bytes, want: Want, now: float) -> Piece:
        """The answer to a question of device `kid` that does not come by MQTT."""
        return self._answer(want, self._lacks(kid, want, now))

    @property
    def is_due(self) -> bool:
        """Whether an answer waits."""
        return bool(self._answers)

    def _lacks(self, kid: bytes, want: Want, now: float) -> str | None:
        # 3. Something that an operator or a release told this device of: it cannot make us fetch anything else.
        size = self._configurations.size_of(kid, want.digest)
        if size is None:
            return UNKNOWN
        try:
            if self._cache.size(want.digest) is None:
                return self._fetches.want(want.digest, size, now)
        except OSError:
            self.counts["disk"] += 1
            return NOT_YET
        return None

    def _answer(self, want: Want, reason: str | None) -> Piece:
        if reason is None:
            try:
                reason, found = self._read(want)
            except OSError:
                self.counts["disk"] += 1
                reason = NOT_YET
        if reason is not None:
            self.counts[reason] += 1
            return Piece(want.digest, reason=reason)
        self.counts["served"] += 1
        return found

    def _read(self, want: Want) -> tuple[str | None, Piece]:
        size = self._cache.size(want.digest)
        if size is None or want.offset >= size:
            return NOT_YET if size is None else OUT_OF_RANGE, Piece(want.digest)
        return None, Piece(want.digest, want.offset, self._cache.read(want.digest, want.offset, want.length), size)
