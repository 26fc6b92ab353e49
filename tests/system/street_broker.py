"""A city whose devices have a broker of their own, as docs/operations.md sets it up: TLS, and an account for each."""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Processes
from civicroot_backend.demo.settings import Settings

from tests.gateway.secured_broker import SERVER, SecuredMosquitto
from tests.support.brokers import HOST


class StreetCity(City):
    """`street` is the devices' broker, whose gateway has an account, too; it ends with `stack`."""

    def __init__(
        self, settings: Settings, processes: Processes, say: Callable[[str], None], stack: ExitStack, folder: Path
    ) -> None:
        super().__init__(settings, processes, say)
        self._stack = stack
        self._folder = folder
        self.street: SecuredMosquitto | None = None

    @property
    def authority(self) -> Path:
        """The certificate by which devices know the broker."""
        return self._started().settings / "ca.pem"

    def site_gateway(self) -> str:
        """The crew's table of it: address, authority, and the command that makes a device's account."""
        street = self._started()
        account = [sys.executable, "-m", "civicroot_cli", "gateway", "account", "add", "--replace", "--folder"]
        account += [str(street.settings), "--reload-pid", str(street._process_id), "{kid}"]
        return (
            f'[gateway]\nkid = "{self._kid()}"\nhost = "{HOST}"\nport = {street.port}\nname = "{SERVER}"\n'
            f'ca = "{self.authority}"\naccount = {json.dumps(account)}\n'
        )

    def _gateway_configuration(self, data: Path) -> str:
        """The demo's, with another broker for the devices; the gateway has its key by now."""
        before, kid = super()._gateway_configuration(data), self._kid()
        street = self._started()
        address = json.dumps(f"mqtt://{kid}:{street.passwords[kid]}@{HOST}:{street.local_port}")
        lines = [f"broker_url = {address}" if line.startswith("broker_url") else line for line in before.splitlines()]
        return "\n".join(lines) + "\n"

    def _started(self) -> SecuredMosquitto:
        if self.street is None:
            self._folder.mkdir()
            self.street = SecuredMosquitto(self._folder, gateway=self._kid())
            self.street.add(self._kid(), role="gateway")
            self._stack.enter_context(self.street)
        return self.street

    def _kid(self) -> str:
        return str(json.loads((self._gateway / "identity.json").read_text())["kid"])
