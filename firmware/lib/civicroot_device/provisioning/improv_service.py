"""What a browser asks in frames of Improv-Serial, and what the device answers (improv.py has the frames)."""

from civicroot_device.errors import ConfigurationError
from civicroot_device.provisioning import improv
from civicroot_device.provisioning.errors import COMMITTED, ProvisioningError
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.provisioning.draft import Draft
    from civicroot_device.provisioning.wifi import Wifi

FIRMWARE = "Civicroot"


class ImprovService:
    """`write` takes bytes for the other end. `draft` and `wifi` are None once the device is provisioned."""

    def __init__(
        self, model: str, kid: bytes, draft: "Draft | None", wifi: "Wifi | None", write: "Callable[[bytes], None]"
    ) -> None:
        self._about = (FIRMWARE, VERSION, model, FIRMWARE + " " + kid.hex())
        self._draft = draft
        self._wifi = wifi
        self._write = write
        self._joined = draft is None

    async def frame(self, data: bytes) -> None:
        """Answer a frame."""
        try:
            kind, content = improv.decode(data)
            if kind == improv.COMMAND:
                command, content = improv.command(content)
                self._write(improv.error(improv.NONE))
                await self._do(command, content)
        except improv.ImprovError as error:
            self._write(improv.error(error.code))
        except (ConfigurationError, ProvisioningError, OSError):
            self._write(improv.error(improv.UNKNOWN))

    async def _do(self, command: int, content: bytes) -> None:
        if command == improv.SET_WIFI:
            await self._set_wifi(content)
        elif command == improv.GET_STATE:
            self._write(improv.state(improv.PROVISIONED if self._joined else improv.AUTHORIZED))
            if self._joined:
                self._write(improv.result(improv.SET_WIFI, ()))
        elif command == improv.GET_INFO:
            self._write(improv.result(command, self._about))
        elif command == improv.SCAN:
            for name, dbm, locked in self._wifi.scan() if self._wifi is not None else ():
                self._write(improv.result(command, (name, str(dbm), "YES" if locked else "NO")))
            self._write(improv.result(command, ()))
        else:
            raise improv.ImprovError(improv.UNKNOWN_COMMAND)

    async def _set_wifi(self, content: bytes) -> None:
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
