"""What whoever is at the other end of the USB cable asks, and what the device answers.

A request is one line, a JSON object: {"id": …, "do": "identity", …}. The answer has the same id and either "ok" with
what was found, or "error" (a name of errors.py) with "detail". While a request takes time there are lines with
"progress" before. `id` is an integer or a text of up to MAX_ID characters, and null where it could not be read.
"""

import json
import sys

from civicroot_wire.errors import WireError

from civicroot_device import commands
from civicroot_device.errors import ConfigurationError
from civicroot_device.provisioning import requests, unlock
from civicroot_device.provisioning.errors import (
    COMMITTED,
    INCOMPLETE,
    STORAGE,
    TOO_LONG,
    UNCOMMITTED,
    UNKNOWN,
    VALUE,
    ProvisioningError,
)
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.config import Configuration
    from civicroot_device.device import Device
    from civicroot_device.provisioning.draft import Draft
    from civicroot_device.provisioning.factory import Factory
    from civicroot_device.provisioning.wifi import Wifi
    from civicroot_device.storage.flash import Flash

    Fields = dict[str, Any]

MAX_ID = 64
# States.
NEW, BEGUN, READY, PROVISIONED = "new", "begun", "ready", "committed"
_TEXT, _NUMBER = (str,), (int,)
# What may be told, by request: the group of the draft, and its values with their types; "!" marks what has to be there.
_SETTINGS: "dict[str, tuple[str, dict[str, tuple[type, ...]]]]" = {
    "set_wifi": ("wifi", {"ssid!": _TEXT, "password!": _TEXT, "power_save": _TEXT}),
    "set_gateway": (
        "gateway",
        {
            "kid": _TEXT,
            "public": _TEXT,
            "host": _TEXT,
            "port": _NUMBER,
            "ca": _TEXT,
            "name": _TEXT,
            "username": _TEXT,
            "password": _TEXT,
        },
    ),
    "set_keys": ("keys", {"operator": _TEXT, "release": _TEXT, "registrar": _TEXT}),
    "set_place": ("place", {"label": _TEXT, "language": _TEXT, "claim_host": _TEXT, "interval_s": _NUMBER}),
}
_SINGLE = {"set_realm": "realm", "set_subject": "subject"}
_ONE: "dict[str, dict[str, tuple[type, ...]]]" = {"realm": {"realm!": _TEXT}, "subject": {"subject!": _TEXT}}


class Session:
    """`write` takes bytes for the other end. `draft` and `wifi` are None once the device is provisioned.

    over       why the device is to start again, when the answer is out; "" until then
    unusable   why its configuration cannot be used (unusable.py); "" if it can
    """

    def __init__(
        self,
        factory: "Factory",
        flash: "Flash",
        device: "Device",
        draft: "Draft | None",
        wifi: "Wifi | None",
        write: "Callable[[bytes], None]",
    ) -> None:
        self._factory = factory
        self._flash = flash
        self._device = device
        self._draft = draft
        self._wifi = wifi
        self._write = write
        self._challenge: "bytes | None" = None
        self.over = ""
        self.unusable = ""

    @property
    def provisioned(self) -> bool:
        """Whether it is: then it is told nothing more, and gives nobody the prompt."""
        return self._draft is None

    async def line(self, data: bytes) -> None:
        """Answer a request."""
        name: object = None
        try:
            request = requests.parse(data)
            name = request.get("id")
            name = name if isinstance(name, (int, str)) and len(str(name)) <= MAX_ID else None
            answer = await self._do(request, name)
        except ProvisioningError as error:
            self._say(name, "error", error.name, error.detail)
        except (ConfigurationError, WireError) as error:
            self._say(name, "error", VALUE, str(error))
        except OSError as error:
            self._say(name, "error", STORAGE, repr(error))
        else:
            self._say(name, "ok", answer)

    def too_long(self) -> None:
        """Answer a line that was not read to its end."""
        self._say(None, "error", TOO_LONG, "a request of more than one line's length")

    def log(self, text: str) -> None:
        """A line for whoever looks on."""
        self._write(json.dumps({"log": text}).encode() + b"\n")

    async def _do(self, request: "Fields", name: object) -> object:
        what = request.get("do")
        if what in _SETTINGS or what in _SINGLE:
            return self._set(str(what), request)
        action = _ACTIONS.get(what)
        if action is None:
            raise ProvisioningError(UNKNOWN, "do: %s" % what)
        if what == "self_test":
            return await self._self_test(name)
        if what == "calibrate":
            return await self._calibrate(request)
        return action(self, request)

    def _identity(self, _request: "Fields") -> "Fields":
        key = self._device.store.identity
        return {
            "kid": key.kid.hex(),
            "public": key.public.hex(),
            "model": self._factory.model,
            "version": VERSION,
            "boots": self._device.boots.count,
            "simulated": sys.platform in ("linux", "darwin"),
        }

    def _info(self, _request: "Fields") -> "Fields":
        found = commands.info(self._device.store, self._device.boots, self._device.calibration)
        found.update(self._fault())
        options = self._device.configuration
        if self._draft is None and options.radio is not None and not self.unusable:
            found["lengthened"] = _lengthened(options)
        return found

    def _status(self, _request: "Fields") -> "Fields":
        if self._draft is None:
            options = self._device.configuration
            told: "Fields" = {"realm": options.realm, "subject": options.subject}
            if self.unusable:
                nobody = self._factory.provisional_fields()["realm"]
                told = {name: value for name, value in told.items() if value not in (None, nobody)}
            answer: "Fields" = {"state": PROVISIONED, "missing": [], "set": told}
            answer.update(self._fault())
            return answer
        state = BEGUN if self._draft.missing else READY
        return {
            "state": state if self._draft.values else NEW,
            "missing": self._draft.missing,
            "set": self._draft.shown(),
        }

    def _fault(self) -> "Fields":
        return {"config": "unusable: " + self.unusable} if self.unusable else {}

    def _set(self, what: str, request: "Fields") -> "Fields":
        draft = self._open()
        if what in _SINGLE:
            group = _SINGLE[what]
            draft.set(group, requests.typed(request, _ONE[group])[group])
        else:
            group, types = _SETTINGS[what]
            draft.set(group, requests.typed(request, types))
        return {"missing": draft.missing}

    def _open(self) -> "Draft":
        if self._draft is None:
            raise ProvisioningError(COMMITTED, "the device is provisioned; unlock it to begin anew")
        return self._draft

    async def _self_test(self, name: object) -> "Fields":
        from civicroot_device.provisioning import check  # noqa: PLC0415 (not on a running device's heap)

        draft = self._open()
        assert self._wifi is not None

        def say(part: str, found: object) -> None:
            self._say(name, "progress", {"part": part, "found": found})

        return await check.run(self._device, draft, self._wifi, say)

    async def _calibrate(self, request: "Fields") -> "Fields":
        """The record of it is made at the first start after `commit`: the realm is not known before."""
        from civicroot_device.provisioning import check  # noqa: PLC0415

        self._open()
        asked = requests.typed(request, {"sensor!": _TEXT, "values": (dict,), "point": _TEXT, "known": _NUMBER})
        sensor, values = asked["sensor"], asked.get("values")
        if values is None:
            values = await check.reading(self._device, sensor, asked.get("point", ""), asked.get("known"))
        if not all(isinstance(value, int) for value in values.values()):
            raise ProvisioningError(VALUE, "values are integers")
        self._device.calibration.set(sensor, values)
        return {"sensor": sensor, "set": values, "calibration": self._device.calibration.of(sensor)}

    def _possession(self, request: "Fields") -> "Fields":
        """Signed for the realm and the subject that are set, and for no other."""
        values = self._open().values
        asked = requests.typed(request, {"nonce!": _TEXT})
        if "realm" not in values or "subject" not in values:
            raise ProvisioningError(INCOMPLETE, "realm and subject are set before")
        found = commands.prove_possession(self._device.store, values["realm"], asked["nonce"], values["subject"])
        return dict(found)

    def _commit(self, _request: "Fields") -> "Fields":
        draft = self._open()
        assert self._wifi is not None
        draft.commit(self._wifi.fields(draft.values.get("wifi")))
        self.over = "committed"
        return {"state": PROVISIONED}

    def _forget(self, _request: "Fields") -> "Fields":
        draft = self._open()
        draft.forget()
        draft.values = {}
        return {"missing": draft.missing}

    def _unlock_challenge(self, _request: "Fields") -> "Fields":
        self._closed()
        options = self._device.configuration
        if self.unusable and not unlock.signers(options):
            raise ProvisioningError(
                INCOMPLETE, "its configuration is unusable, and no key is left to unlock it: erase it"
            )
        self._challenge = self._device.board.secret(unlock.CHALLENGE_BYTES)
        return {"challenge": self._challenge.hex(), "subject": options.subject, "by": unlock.signers(options)}

    def _unlock(self, request: "Fields") -> "Fields":
        self._closed()
        challenge, self._challenge = self._challenge, None  # one answer to each
        try:
            statement = bytes.fromhex(requests.typed(request, {"statement!": _TEXT})["statement"])
        except ValueError:
            raise ProvisioningError(VALUE, "statement is not hexadecimal")
        unlock.check(statement, self._device.configuration, self._device.store.identity.public, challenge)
        unlock.begin(self._flash)
        self.over = "unlocked"
        return {"state": "unlocked"}

    def _closed(self) -> None:
        if self._draft is not None:
            raise ProvisioningError(UNCOMMITTED, "there is nothing to unlock")

    def _say(self, name: object, what: str, value: object, detail: str = "") -> None:
        answer: "Fields" = {"id": name, what: value}
        if detail:
            answer["detail"] = detail
        self._write(json.dumps(answer).encode() + b"\n")


def _lengthened(configuration: "Configuration") -> str:
    """Why a tag wakes more seldom than its configuration says; nothing if it does not."""
    from civicroot_device.reporting.tuning import Tuning  # noqa: PLC0415 (not on a bin's heap)
    from civicroot_device.tag import endurance  # noqa: PLC0415
    from civicroot_device.tag.settings import RadioSettings  # noqa: PLC0415

    assert configuration.radio is not None
    own = Tuning(configuration.kind, int(configuration.interval_s * 1000), int(configuration.sample_s * 1000))
    return endurance.held(own, RadioSettings(configuration.radio), endurance.from_files())[1]


_ACTIONS: "dict[object, Any]" = {
    "identity": Session._identity,
    "info": Session._info,
    "status": Session._status,
    "self_test": Session._self_test,
    "calibrate": Session._calibrate,
    "possession": Session._possession,
    "commit": Session._commit,
    "forget": Session._forget,
    "unlock_challenge": Session._unlock_challenge,
    "unlock": Session._unlock,
}
