"""starter.py as on a board: a littlefs as the root, a made-up `machine`, and tiny copies of the application.

Each copy's `main` says who it is and from where; what it says is collected in `SAID`.
"""

import sys

import starter
import vfs
from civicroot_device.storage.flash import Flash
from civicroot_device.update.compose import folder_of
from civicroot_device.update.slot import Slot  # noqa: F401 (for test_starter.py: later the root is another one)
from littlefs_cut import formatted
from nor_flash import NorFlash

SAID = []
TIMERS = []
COPY = "import starter_board\ndef main(arguments):\n    starter_board.SAID.append((%r, arguments))\n    %s\n"


class Reset(Exception):
    """machine.reset()."""


class Machine:
    """What starter.py takes from `machine`."""

    class Timer:
        ONE_SHOT = 0

        def __init__(self, number, mode, period, callback) -> None:
            TIMERS.append((number, period, callback))

    @staticmethod
    def reset():
        raise Reset()


def write(path, text) -> None:
    folder = Flash(folder_of(""))
    parts = path.split("/")[1:]
    for part in parts[:-1]:
        folder = folder.folder(part)
    folder.replace(parts[-1], [text.encode()])


def boot(arguments=("/config.json",)):
    """One start; (what was said, how it ended)."""
    for name in [name for name in sys.modules if name.startswith("civicroot_device")]:
        del sys.modules[name]
    del SAID[:], TIMERS[:]
    before = list(sys.path)
    try:
        starter.run(list(arguments), ["/lib"])
        ended = "ran"
    except (Reset, ImportError, ValueError) as error:
        ended = type(error).__name__
    sys.path[:] = before
    return list(SAID), ended


def story():
    """What starts, in order, on a flash that goes through a trial that fails; each by (folder, how it ended)."""
    nor = NorFlash(formatted(64), False)
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(nor), "/")
    sys.modules["machine"] = Machine
    write("/lib/civicroot_device/__init__.py", "")
    write("/lib/civicroot_device/start.py", COPY % ("factory", "pass"))
    write("/a/lib/civicroot_device/__init__.py", "")
    write("/a/lib/civicroot_device/start.py", COPY % ("a", "pass"))
    write("/b/lib/civicroot_device/__init__.py", "")
    write("/b/lib/civicroot_device/start.py", COPY % ("b", 'raise ValueError("b does not work")'))
    found = [boot()]
    state = starter.State()
    state.followed, state.committed = 1, (0, 3, 0)
    state.trial, state.candidate = 2, (0, 4, 0)
    starter.Disk("").replace(starter.FILE, state.pack())
    for _ in range(starter.TRIAL_STARTS + 1):
        found.append(boot())
    return [(said[0][0] if said else None, ended) for said, ended in found], starter.read(starter.Disk("")).failures


def commands():
    """A command while a trial is due: what starts, and the starts counted."""
    state = starter.State()
    state.trial = 1
    starter.Disk("").replace(starter.FILE, state.pack())
    return boot(("/config.json", "--info")), starter.read(starter.Disk("")).tries


def mixture():
    """A slot without a module that the factory's copy has: how its start ends."""
    write("/a/lib/civicroot_device/start.py", "import only_in_the_factory\n")
    write("/lib/only_in_the_factory.py", "")
    return boot()[1]


def guard():
    """A copy that neither reports nor gives itself up: (period, how the callback ended on trial, and after it)."""
    write("/a/lib/civicroot_device/start.py", COPY % ("a", "pass"))
    boot()
    ((_, period, look),) = TIMERS
    ended = []
    for trial in (1, 0):
        state = starter.State()
        state.followed, state.trial = 1 - trial, trial
        starter.Disk("").replace(starter.FILE, state.pack())
        try:
            look(None)
            ended.append("goes on")
        except Reset:
            ended.append("reset")
    return period, ended
