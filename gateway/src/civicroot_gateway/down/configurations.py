"""What operators and release keys want devices to do: signed configurations and release manifests (SPEC.md §3.6, §8).

The gateway relays only what it has verified itself, exactly as it was signed, and keeps it: a device that comes online
after weeks without backend is told. The topic retains one message, so a device that has both a configuration and a
release is told the other one when it comes online.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterator

from civicroot_wire import record, topic
from civicroot_wire.errors import MalformedError, TrustError, WireError

from ..operate.logs import fields
from ..registry.registry import RegisteredKey, Registry
from ..registry.trust_store import RELEASE, TrustStore
from ..signing import Verify
from . import command
from .command import KINDS, ROLES, Command
from .publication import DEVICES, Publication

MAX_COMMAND_BYTES = 48 * 1024  # a release of 256 files with paths of 96 bytes has 36 KiB
MAX_TOTAL_BYTES = 64 << 20  # a configuration and a release of 3 KiB for each of 10,000 devices
MAX_EARLY = 256  # messages whose signer or device is not registered yet; the broker has them, and gives them again

_log = logging.getLogger(__name__)


class Configurations:
    """The newest configuration and release of each device, and what of it devices are still to be told."""

    def __init__(self, realm: str, registry: Registry, verify: Verify) -> None:
        self._realm = realm
        self._registry = registry
        self._verify = verify
        self._known: dict[tuple[bytes, str], Command] = {}
        self._last: dict[bytes, str] = {}  # by device: the kind that the topic retains
        self._octets = 0
        self._early: OrderedDict[tuple[bytes, bytes], bytes] = OrderedDict()  # (device, signer) -> message
        self._new: list[bytes] = []  # devices to be told once it is durable
        self._due: OrderedDict[tuple[bytes, str], bool] = OrderedDict()  # (device, kind) -> whether it is retained

    def load(self, store: TrustStore) -> None:
        """Forget everything, take what the store has, and tell it to the devices again.

        It was verified before it was stored, and by now its signer may have been withdrawn: it holds nevertheless.
        """
        self._known.clear()
        self._last.clear()
        self._due.clear()
        self._octets = 0
        for kind in KINDS:
            for kid, message in store.load(kind).items():
                try:
                    self.add(command.read(kid, message))
                except WireError as error:
                    _log.error("stored command is damaged", extra=fields(kid=kid.hex(), error=str(error)))
        self._new.clear()
        self.tell_all()

    # Messages in

    def judge(self, kid: bytes, message: bytes) -> Command | None:
        """The command in a message for device `kid`, or None if it is no news; raises WireError."""
        # 1. The same again, or our own, if devices and uplink are one broker.
        if any(known.message == message for known in self._of(kid)):
            return None
        # 2. Well-formed, and of a size that a device takes.
        if len(message) > MAX_COMMAND_BYTES:
            raise MalformedError("too-large", f"command of {len(message)} bytes")
        found = command.read(kid, message)
        try:
            # 3. For a device of ours, by somebody whose role it is.
            device = self._registry.signer(kid, record.ROLE)
            signer = self._registry.signer(found.signer, ROLES[found.kind])
        except TrustError as error:
            if error.reason != "unknown-key-id" or len(self._early) >= MAX_EARLY:
                raise
            self._early[kid, found.signer] = message  # brokers keep no order of what they retain
            return None
        # 4. Each under the name that the city enrolled, signed in this realm.
        _check_names(found, device, signer)
        command.verify(found, self._realm, signer.public, self._verify)
        # 5. Newer than what is known: nobody gives a device an old configuration again.
        return self._newer(found)

    def add(self, found: Command) -> None:
        """Take in what `judge` returned."""
        before = self._known.get((found.kid, found.kind))
        self._octets += len(found.message) - (len(before.message) if before else 0)
        self._known[found.kid, found.kind] = found
        self._last[found.kid] = found.kind
        self._new.append(found.kid)

    def early(self, key: RegisteredKey) -> list[tuple[bytes, bytes]]:
        """(device, message) of what waited for this key; it is no longer kept."""
        waited = [both for both in self._early if key.kid in both]
        return [(kid, self._early.pop((kid, signer))) for kid, signer in waited]

    def _newer(self, found: Command) -> Command | None:
        known = self._known.get((found.kid, found.kind))
        # A configuration is of a place, whose versions rise; a release is of the device, wherever it stands.
        if known is not None and (known.subject == found.subject or found.kind == RELEASE):
            if found.version == known.version:
                raise TrustError("equivocation", f"two contents of version {found.version}")
            if found.version < known.version:
                return None
        if self._octets + len(found.message) > MAX_TOTAL_BYTES:
            raise MalformedError("out-of-range", f"over {MAX_TOTAL_BYTES} bytes of commands")
        return found

    # What devices are told

    def committed(self) -> None:
        """What came in is durable: tell it."""
        for kid in self._new:
            self._tell(kid, self._last[kid], retain=True)
        self._new.clear()

    def tell_all(self) -> None:
        """Tell everything again: the devices' broker may have lost what it retained."""
        for kid, last in self._last.items():
            for kind in sorted(KINDS, key=lambda kind: kind == last):  # what is to be retained comes last
                self._tell(kid, kind, retain=True)

    def device_online(self, kid: bytes) -> None:
        """Tell a device what the topic does not retain."""
        last = self._last.get(kid)
        for kind in KINDS:
            if last is not None and kind != last:
                self._tell(kid, kind, retain=False)

    def due(self, most: int, gateway: bytes) -> Iterator[Publication]:
        """At most `most` publications; each is then no longer due."""
        while self._due and most > 0:
            (kid, kind), retain = self._due.popitem(last=False)
            found = self.current(kid, kind)
            if found is not None:
                most -= 1
                yield Publication(DEVICES, topic.of_device(gateway, kid, topic.CMD), found.message, 1, retain)

    @property
    def is_due(self) -> bool:
        """Whether anything is to be published."""
        return bool(self._due)

    def size_of(self, kid: bytes, digest: bytes) -> int | None:
        """Bytes of a content that a device's configuration or release names, 0 if it does not say; None: not named."""
        for kind in KINDS:
            found = self.current(kid, kind)
            if found is not None and digest in found.contents:
                return found.contents[digest] or 0
        return None

    def _tell(self, kid: bytes, kind: str, retain: bool) -> None:
        if (kid, kind) in self._known:
            self._due[kid, kind] = retain or self._due.get((kid, kind), False)

    def current(self, kid: bytes, kind: str) -> Command | None:
        """The newest command of a kind for a device, if the device is still who it is for."""
        found = self._known.get((kid, kind))
        key = self._registry.get(kid)
        return found if found is not None and key is not None and found.is_for(key.subject) else None

    def _of(self, kid: bytes) -> list[Command]:
        return [self._known[kid, kind] for kind in KINDS if (kid, kind) in self._known]


def _check_names(found: Command, device: RegisteredKey, signer: RegisteredKey) -> None:
    if not found.is_for(device.subject):
        raise TrustError("wrong-topic", f"for {found.subject}, and the device is {device.subject}")
    if found.issuer != signer.subject:
        raise TrustError("untrusted", f"{signer.subject} signed as {found.issuer}")
