"""Where Node and the browser are, and running npm in the front end's directory."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = ROOT / "backend/web"
BIN = Path(sys.executable).parent  # node and npm come from the wheel in the same environment
NODE = BIN / "node"
CHROMIUM = "/usr/bin/chromium"
NPM_SECONDS = 240


def npm(*arguments: str) -> str:
    """Run npm, installing the locked packages first if there are none; returns its output, fails the test otherwise."""
    if not (WEB / "node_modules").is_dir():
        _run("ci")
    return _run(*arguments)


def _run(*arguments: str) -> str:
    # npm starts its scripts with the first node on the path, which on some machines is an older one.
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    command = [str(BIN / "npm"), *arguments]
    done = subprocess.run(
        command, cwd=WEB, env=environment, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
