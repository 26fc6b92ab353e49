"""The device's account at the gateway's broker, made by a command of the site file, like

["ssh", "gateway.local", "civicroot", "gateway", "account", "add", "--replace", "{kid}"]

It prints a line of JSON with `username` and `password`, which go to the device and nowhere else.
"""

import json
import subprocess

from civicroot_cli.main import CommandError

SECONDS = 60.0
KID = "{kid}"


def make(command: list[str], kid: str) -> dict[str, str]:
    """`username` and `password`. CommandError with what the command complained of."""
    words = [word.replace(KID, kid) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        return {"username": str(found["username"]), "password": str(found["password"])}
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{words[0]} makes no account for {kid}: {error.stderr.strip()}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise CommandError(f"{words[0]} makes no account for {kid}: {error}") from error
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise CommandError(f"{words[0]} prints no username and password") from error
