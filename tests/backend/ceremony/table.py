"""The table that a ceremony is held at: sticks, sheets with passphrases, the plan."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from civicroot_backend.ceremony import plan as plans
from civicroot_backend.ceremony.founding import EARLIEST, Ceremony, Founded
from civicroot_backend.ceremony.plan import Plan
from civicroot_backend.ceremony.secret_source import Files
from civicroot_wire import policy as policies
from civicroot_wire import sodium
from civicroot_wire.policy import Policy

REALM = "my.city"
NOW = EARLIEST + 1_000_000


class Table:
    """`folder` holds everything; a stick is a folder below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def stick(self, name: str) -> Path:
        """A new, empty one."""
        made = self.folder / name
        made.mkdir()
        return made

    def secret(self, name: str, text: str | None = None) -> Path:
        """A sheet with a passphrase, each another one."""
        path = self.folder / f"{name}.secret"
        path.touch(0o600)
        path.write_text(f"{text or f'correct horse {name}'}\n")
        return path

    def root(self, name: str, medium: str | Path | None = None, **fields: str) -> dict[str, str]:
        """A row of a plan; its stick is made unless a medium is given."""
        lies = medium or self.stick(name)
        row = {"name": name, "holder": f"Holder of {name}", "medium": str(lies), "secret_file": str(self.secret(name))}
        return row | fields

    def plan(self, *roots: dict[str, str], threshold: int = 2, rest: str = "") -> Path:
        """A plan's file."""
        lines = [
            f'realm = "{REALM}"',
            f"threshold = {threshold}",
            'folder = "city"',
            'place = "Room <12> & hall"',
            rest,
        ]
        for row in roots:
            lines += ["[[roots]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items())]
        lines += ["[[participants]]", 'name = "Grace Hopper"', 'part = "witness"']
        path = self.folder / "plan.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def hold(
        self,
        plan: Path | Plan,
        step: Callable[[str], None] | None = None,
        now: float = NOW,
    ) -> Founded:
        """Hold the ceremony of a plan with nobody at the terminal."""
        read = plans.load(plan) if isinstance(plan, Path) else plan
        return Ceremony(read, Files(read.secrets()), lambda: now, os.urandom, step or (lambda _: None)).run()

    def secrets(self, **media: str | Path) -> list[str]:
        """`--secret` for media: name of the sheet = medium."""
        found: list[str] = []
        for name, medium in media.items():
            sheet = self.folder / f"{name.replace('_', '-')}.secret"
            found += ["--secret", f"{medium}={sheet}"]
        return found

    @property
    def policy_file(self) -> Path:
        return self.folder / "city" / "policy.json"

    @property
    def policy(self) -> Policy:
        """The city's, verified."""
        return policies.verify(policies.from_file(self.policy_file.read_bytes()), sodium.verify)
