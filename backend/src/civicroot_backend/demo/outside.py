"""Who vouches for the demo's log: witnesses and a chain. The realm's policy, made once, says which of them it has."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

from civicroot_wire import policy as policies

from .chain import NAME, Chain, NoChainError
from .processes import Processes
from .settings import Settings
from .witnesses import QUORUM, Witnesses


class Outside:
    """Everything of the demo that a real city does not run itself."""

    def __init__(self, settings: Settings, processes: Processes, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self.witnesses = Witnesses(settings.directory / "witnesses", processes, say)
        self.chain = Chain(settings.contracts, settings.directory / "chain", processes, say)
        self.anchored = False

    def found(self) -> list[str]:
        """Make what a new realm's policy names; returns the arguments of `civicroot realm init` that name it."""
        self.witnesses.make()
        named = [part for witness in self.witnesses.all for part in ("--witness", witness.vkey, witness.url)]
        named += ["--quorum", str(QUORUM)]
        try:
            self.chain.start()
        except NoChainError as error:
            self._say(f"no local EVM chain, so this realm has no anchor: {error}")
            return named
        return [*named, "--anchor", str(self.chain.deploy(self._settings.anchor_seconds))]

    def start(self, realm: Path) -> dict[str, str]:
        """Start those that the policy of the realm names; returns what the backend's environment says of them."""
        policy = policies.from_file((realm / "policy.json").read_bytes())
        environment = {"CIVICROOT_BEACON_SECONDS": str(self._settings.beacon_seconds)}
        if policy.witnesses:
            self.witnesses.start(realm / "policy.json")
            environment["CIVICROOT_WITNESSES"] = json.dumps(self.witnesses.urls())
        else:
            self._say("this folder's realm was founded without witnesses, by an earlier version: it goes on without")
        if any(anchor.name == NAME for anchor in policy.anchors):
            self.anchored = self._start_chain()
            environment["CIVICROOT_ANCHORS"] = json.dumps(self._anchors(realm))
        return environment

    def summary(self) -> list[str]:
        """Who vouches for the log now, a line each."""
        lines = [f"witness  {witness.name}, at {witness.url}" for witness in self.witnesses.started]
        if self.anchored:
            lines.append(f"anchor   {NAME}, at {self.chain.url}, every {self._settings.anchor_seconds} s")
        return lines or ["nobody outside vouches for this log: no witnesses, no anchors"]

    def _start_chain(self) -> bool:
        if self.chain.running:
            return True
        try:
            self.chain.start()
        except NoChainError as error:
            self._say(f"no local EVM chain this time, so nothing is anchored: {error}")
            return False
        return True

    def _anchors(self, realm: Path) -> dict[str, object]:
        """The backend's settings, with the address where the chain answers this time."""
        configured = tomllib.loads((realm / "backend.toml").read_text(encoding="utf-8"))["anchors"]
        return {**configured, NAME: {**configured[NAME], "rpc_url": self.chain.url}}
