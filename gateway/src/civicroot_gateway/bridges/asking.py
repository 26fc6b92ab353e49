"""What radio devices say beside records (SPEC.md §8.1): questions for content, and their state.

A question is answered at once, out of what the gateway has verified and cached; nothing of it is durable. Who asks has
to have the link key of an enrolled device, and to be fresh: nobody else makes the bridge transmit.
"""

from collections.abc import Callable

from civicroot_wire import lora, radio_fetch, state
from civicroot_wire.bridge_message import LORA, MAX_PAYLOAD
from civicroot_wire.errors import WireError
from civicroot_wire.radio_fetch import PART_OVERHEAD, Part, Standing, Want

from ..errors import KeyFileError
from .air_share import AirShare
from .bridge import Bridge, Heard
from .radio_desk import RadioDesk
from .sessions import Sessions

NOT_YET = "not-yet"

KeyOf = Callable[[bytes], bytes | None]  # the link key of an enrolled device; raises SignatureError, KeyFileError


class Asking:
    """`desk` has the contents; `key_of` gives link keys; `monotonic` seconds."""

    def __init__(self, realm: str, key_of: KeyOf, desk: RadioDesk, monotonic: Callable[[], float]) -> None:
        self.sessions = Sessions()
        self._realm = realm
        self._key_of = key_of
        self._desk = desk
        self._monotonic = monotonic
        self._shares: dict[str, AirShare] = {}

    def take(self, bridge: Bridge, heard: Heard) -> tuple[bytes, bytes] | None:
        """A frame that is no record. If it is a device's state: (kid, its message), for the engine."""
        try:
            found = radio_fetch.decode_up(heard.payload)
            key = self._key_of(found.kid)
            if key is None:
                bridge.counts["ask-unknown-device"] += 1
                return None
            said = radio_fetch.verify_up(found, self._realm, key)
        except WireError as error:
            bridge.counts[f"ask-{error.reason}"] += 1
            return None
        except KeyFileError:
            bridge.counts["ask-no-key"] += 1
            return None
        counter, number = found.numbers
        if not self.sessions.take(found.kid, counter, number, self._monotonic()):
            bridge.counts["ask-old-counter"] += 1
            return None
        if isinstance(said, Standing):
            bridge.counts["state"] += 1
            self._desk.settled(found.kid, said.settled)
            return found.kid, state.encode(said.state)
        self._give(bridge, heard, found.kid, said, (counter, number), key)
        return None

    def service(self, bridges: dict[str, Bridge]) -> None:
        """Hand over the parts that are due."""
        now = self._monotonic()
        for name, share in self._shares.items():
            for one in share.due(now):
                bridges[name].send(LORA, one.address, one.frame)

    def wait(self) -> float | None:
        """Seconds until `service` has something to do."""
        now = self._monotonic()
        waits = [share.wait(now) for share in self._shares.values()]
        return min((seconds for seconds in waits if seconds is not None), default=None)

    def _give(self, bridge: Bridge, heard: Heard, kid: bytes, want: Want, numbers: tuple[int, int], key: bytes) -> None:
        most = lora.MAX_LORA_BYTES if heard.radio == LORA else MAX_PAYLOAD
        content = self._desk.part(kid, want.head, want.offset, want.length)
        if content is None:
            bridge.counts["ask-too-fast"] += 1
            return

        def frame(part: Part) -> bytes:
            return radio_fetch.encode_part(kid, *numbers, part, self._realm, key, most)

        if isinstance(content, str):
            self._refuse(bridge, heard, content, frame)
            return
        size = most - PART_OVERHEAD
        parts = [Part(want.offset + at, content[at : at + size]) for at in range(0, len(content), size)]
        frames = [frame(part) for part in parts]
        if heard.radio != LORA:
            for one in frames:
                bridge.send(heard.radio, heard.address, one)
        elif not self._share_of(bridge).plan(kid, heard.address, frames, self._monotonic()):
            self._refuse(bridge, heard, NOT_YET, frame)
            return
        bridge.counts["parts"] += len(frames)

    def _refuse(self, bridge: Bridge, heard: Heard, reason: str, frame: Callable[[Part], bytes]) -> None:
        """By LoRa only while its share of the hour lasts. Silence is a miss to the device: it gives up until later."""
        bridge.counts[f"part-{reason}"] += 1
        said = frame(Part(reason=reason))
        if heard.radio == LORA and not self._share_of(bridge).spend(said, self._monotonic()):
            bridge.counts["part-unsaid"] += 1
            return
        bridge.send(heard.radio, heard.address, said)

    def _share_of(self, bridge: Bridge) -> AirShare:
        if bridge.name not in self._shares:
            assert bridge.lora is not None  # it was heard there
            self._shares[bridge.name] = AirShare(bridge.lora)
        return self._shares[bridge.name]
