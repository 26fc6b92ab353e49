"""A PostgreSQL server of its own for tests, from Debian's package: on a socket in its folder, and no port.

It refuses to run as root, so that where the tests do, it runs as the package's own user. Nothing of it outlives the
tests, so it need not sync.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

USER = "postgres"
STARTED_WITHIN = 60  # seconds; pg_ctl waits for it
_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=32MB -c listen_addresses=''"


class Postgres:
    """A running server; `url` gives each asker a database of its own."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._data = self._folder / "data"
        self._numbers = 0
        self._account = USER if os.geteuid() == 0 else None
        if self._account is not None:
            os.chown(self._folder, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)

    def __enter__(self) -> "Postgres":
        self._run("initdb", "-D", str(self._data), "-U", USER, "--auth=trust", "--no-sync", "--locale=C.UTF-8")
        log, options = str(self._folder / "log"), f"-k {self._folder} {_FAST}"
        self._run("pg_ctl", "start", "-w", "-t", str(STARTED_WITHIN), "-D", str(self._data), "-l", log, "-o", options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate", "-w", "-D", str(self._data))
        shutil.rmtree(self._folder)

    def url(self) -> str:
        """Of a new, empty database."""
        self._numbers += 1
        name = f"city{self._numbers}"
        self._run("createdb", "-h", str(self._folder), "-U", USER, name)
        return f"postgresql+psycopg://{USER}@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        # Not on the path everywhere: Debian keeps the programs of each version apart.
        found = shutil.which(program) or str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))
        done = subprocess.run(
            [found, *arguments],
            user=self._account,
            extra_groups=[] if self._account else None,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,  # the server inherits it, and a pipe would stay open
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=STARTED_WITHIN * 2,
        )
        assert done.returncode == 0, f"{program} {arguments}: {done.returncode}; {self._said()}"

    def _said(self) -> str:
        log = self._folder / "log"
        return log.read_text() if log.exists() else "no log"
