"""Copies of sealed keys: a backup, and what is restored from one. Every copy is opened again before it counts."""

from collections.abc import Callable, Collection
from pathlib import Path

from civicroot_cli import keyfile
from civicroot_wire import keys
from civicroot_wire.sodium import Signer

from civicroot_backend.ceremony.errors import MediumTaken, SameMedium, WrongMedium
from civicroot_backend.ceremony.folder_medium import FolderMedium
from civicroot_backend.ceremony.sealed_key import Label
from civicroot_backend.ceremony.secret_source import Console

Randomness = Callable[[int], bytes]


def copy(
    source: FolderMedium,
    target: FolderMedium,
    wanted: Collection[bytes] | None,
    console: Console,
    randomness: Randomness,
) -> bytes:
    """Seal the key of one medium onto another; its public key. A copy that is there already is opened.

    Raises SameMedium, MediumTaken, and as the media do.
    """
    key = source.choose(wanted)
    before = source.identity()
    signer = source.open_sealed(key, console)
    console.ready(f"{key.label.name}: put in {target}")
    return _stored(signer, key.label, target, before, console, randomness)


def seal_file(
    path: Path, realm: str, name: str, target: FolderMedium, console: Console, randomness: Randomness
) -> bytes:
    """Seal a working key's file onto a medium; its public key."""
    signer = keyfile.load(path)
    return _stored(signer, Label(realm, name, "", signer.public), target, None, console, randomness)


def unseal_file(source: FolderMedium, wanted: Collection[bytes] | None, path: Path, console: Console) -> bytes:
    """Write a working key's file again from its copy; its public key. CommandError if there is a file."""
    signer = source.open_sealed(source.choose(wanted), console)
    keyfile.create(path, signer)
    return signer.public


def _stored(
    signer: Signer, label: Label, target: FolderMedium, before: str | None, console: Console, randomness: Randomness
) -> bytes:
    there = [key for key in target.sealed() if key.label.file_name == label.file_name]
    if there and target.identity() == before:
        raise SameMedium(f"{target} is the medium that {label.name} lies on already")
    if there and there[0].label.public != label.public:
        raise MediumTaken(f"{target} holds another {label.name}, {keys.kid(there[0].label.public).hex()}")
    others = [key for key in target.sealed() if label.ceremony and _another_root(key.label, label)]
    if others:
        raise SameMedium(f"{target} holds {others[0].label.name} of the same city: every root has media of its own")
    if not there:
        target.store(signer, label, console, randomness)
    with target.opened({label.public}, console) as copied:
        if copied.public != label.public:
            raise WrongMedium(f"{target} holds another key")
    return label.public


def _another_root(one: Label, other: Label) -> bool:
    """Working keys have no ceremony on their label, and may lie beside any root."""
    return bool(one.ceremony) and one.realm == other.realm and one.name != other.name
