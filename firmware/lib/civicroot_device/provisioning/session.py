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
from civicroot_device.provisioning import improv, unlock
from civicroot_device.provisioning.errors import (
    COMMITTED,
    INCOMPLETE,
    MALFORMED,
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
    "set_keys": ("keys", {"operator": _TEXT, "release": _TEXT}),
    "set_place": ("place", {"label": _TEXT, "language": _TEXT, "claim_host": _TEXT, "interval_s": _NUMBER}),
}
_SINGLE = {"set_realm": "realm", "set_subject": "subject"}
_ONE: "dict[str, dict[str, tuple[type, ...]]]" = {"realm": {"realm!": _TEXT}, "subject": {"subject!": _TEXT}}


class Session:
    """`write` takes bytes for the other end. `draft` and `wifi` are None once the device is provisioned.

    over   why the device is to start again, when the answer is out; "" until then
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
        self._joined = draft is None
        self.over = ""

    async def line(self, data: bytes) -> None:
        """Answer a request."""
        name: object = None
        try:
            request = _request(data)
            name = request.get("id")
            name = name if isinstance(name, (int, str)) and (not isinstance(name, str) or len(name) <= MAX_ID) else None
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

    async def frame(self, data: bytes) -> None:
        """Answer a frame of Improv-Serial."""
        try:
            kind, content = improv.decode(data)
            if kind == improv.COMMAND:
                command, content = improv.command(content)
                self._write(improv.error(improv.NONE))
                await self._improv(command, content)
        except improv.ImprovError as error:
            self._write(improv.error(error.code))
        except (ConfigurationError, ProvisioningError, OSError):
            self._write(improv.error(improv.UNKNOWN))

    async def _improv(self, command: int, content: bytes) -> None:
        if command == improv.SET_WIFI:
            await self._improv_wifi(content)
        elif command == improv.GET_STATE:
            self._write(improv.state(improv.PROVISIONED if self._joined else improv.AUTHORIZED))
            if self._joined:
                self._write(improv.result(improv.SET_WIFI, ()))
        elif command == improv.GET_INFO:
            about = ("Civicroot", VERSION, self._factory.model, "Civicroot " + self._device.store.identity.kid.hex())
            self._write(improv.result(command, about))
        elif command == improv.SCAN:
            for name, dbm, locked in self._wifi.scan() if self._wifi is not None else ():
                self._write(improv.result(command, (name, str(dbm), "YES" if locked else "NO")))
            self._write(improv.result(command, ()))
        else:
            raise improv.ImprovError(improv.UNKNOWN_COMMAND)

    async def _improv_wifi(self, content: bytes) -> None:
        name, password = improv.wifi(content)
        if self._wifi is None or self._draft is None:
            raise ProvisioningError(COMMITTED, "Wi-Fi is set before the device is provisioned")
        self._write(improv.state(improv.PROVISIONING))
        if not await self._wifi.join(name, password):
            self._write(improv.state(improv.AUTHORIZED))
            raise improv.ImprovError(improv.UNABLE)
        self._draft.set("wifi", {"ssid": name, "password": password})
        self._joined = True
        self._write(improv.state(improv.PROVISIONED))
        self._write(improv.result(improv.SET_WIFI, ()))

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
        return commands.info(self._device.store, self._device.boots, self._device.calibration)

    def _status(self, _request: "Fields") -> "Fields":
        if self._draft is None:
            options = self._device.configuration
            told: "Fields" = {"realm": options.realm, "subject": options.subject}
            return {"state": PROVISIONED, "missing": [], "set": told}
        state = BEGUN if self._draft.missing else READY
        return {
            "state": state if self._draft.values else NEW,
            "missing": self._draft.missing,
            "set": self._draft.shown(),
        }

    def _set(self, what: str, request: "Fields") -> "Fields":
        draft = self._open()
        if what in _SINGLE:
            group = _SINGLE[what]
            draft.set(group, _typed(request, _ONE[group])[group])
        else:
            group, types = _SETTINGS[what]
            draft.set(group, _typed(request, types))
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
        asked = _typed(request, {"sensor!": _TEXT, "values": (dict,), "point": _TEXT, "known": _NUMBER})
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
        asked = _typed(request, {"nonce!": _TEXT})
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
        self._challenge = self._device.board.random(unlock.CHALLENGE_BYTES)
        return {"challenge": self._challenge.hex(), "subject": self._device.configuration.subject}

    def _unlock(self, request: "Fields") -> "Fields":
        self._closed()
        challenge, self._challenge = self._challenge, None  # one answer to each
        try:
            statement = bytes.fromhex(_typed(request, {"statement!": _TEXT})["statement"])
        except ValueError:
            raise ProvisioningError(VALUE, "statement is not hexadecimal")
        unlock.check(statement, self._device.configuration, challenge)
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


def _request(data: bytes) -> "Fields":
    try:
        found = json.loads(data)
    except (ValueError, RuntimeError, MemoryError):  # the second and third: MicroPython's limits of depth and size
        raise ProvisioningError(MALFORMED, "no JSON")
    if not isinstance(found, dict) or not isinstance(found.get("do"), str):
        raise ProvisioningError(MALFORMED, "no object with `do`")
    return found


def _typed(request: "Fields", types: "dict[str, tuple[type, ...]]") -> "Fields":
    """The request's values, checked: none unknown, none missing. Raises ProvisioningError."""
    found: "Fields" = {}
    known = {name.rstrip("!"): wanted for name, wanted in types.items()}
    for name, value in request.items():
        if name in ("id", "do") or value is None:
            continue
        if name not in known:
            raise ProvisioningError(VALUE, name + " is unknown")
        if not isinstance(value, known[name]) or value is True or value is False:
            raise ProvisioningError(VALUE, name + " is of a wrong type")
        found[name] = value
    for name in types:
        if name.endswith("!") and name[:-1] not in found:
            raise ProvisioningError(VALUE, name[:-1] + " is missing")
    return found
