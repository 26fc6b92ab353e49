"""Updates under power cuts (kept.py): step n brings the device to release n, through fetch, trial and commit."""

import starter
from update_world import OLD, START, VERSION, World, files_of, sign


class Small(World):
    """Releases of two small files: how larger ones survive is update_cut.py's matter."""

    def files(self, version, behaviour):
        all_files = files_of(version, behaviour)
        return {path: all_files[path] for path in (START, VERSION)}


_signed = {}  # by release: as they would be after a restart, and not signed in each of a thousand lives


def _version(number):
    return (0, 3 + number, 0)


def step(flash, number):
    world = Small(flash)
    for before in range(number):
        world.know(_version(before))
    files = world.know(_version(number))
    if number not in _signed:
        _signed[number] = sign(_version(number), files)
    world.offered.append(_signed[number])
    if world.live() != _version(number):
        raise AssertionError(f"release {number} is not kept")


def found(flash):
    state = World(flash).state()
    if state is None or state.committed < OLD:
        return 0
    if state.followed == starter.FACTORY:
        raise AssertionError("committed, and not followed")
    return state.committed[1] - 2
