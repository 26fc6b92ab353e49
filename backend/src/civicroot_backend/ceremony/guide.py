"""The guided ceremony's questions; the answers make a plan, which is written down before anything is made."""

from pathlib import Path

from civicroot_cli import files

from civicroot_backend.ceremony.errors import PlanError
from civicroot_backend.ceremony.pkcs11_token import SCHEME
from civicroot_backend.ceremony.plan import Participant, Plan, RootPlan, load, to_text
from civicroot_backend.ceremony.secret_source import Console
from civicroot_backend.genesis import Outside
from civicroot_backend.realm import Addresses

PLAN_FILE = "plan.toml"


def plan_of(realm: str, folder: Path, addresses: Addresses, outside: Outside, console: Console) -> Plan:
    """Ask for everything, or take the plan that an interrupted ceremony wrote. PlanError, TooFewRoots."""
    whole = folder.absolute()
    path = whole / PLAN_FILE
    if path.exists():
        console.say(f"{path} is there: it is gone on with")
        asked = load(path)
        if asked.realm != realm:
            raise PlanError(f"{path} is the plan of {asked.realm}")
    else:
        asked = _ask(realm, whole, console)
        whole.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.create(path, to_text(asked).encode())
    return Plan(**{**vars(asked), "addresses": addresses, "outside": outside})


def _ask(realm: str, folder: Path, console: Console) -> Plan:
    console.say("Everybody who takes part reads along. What is asked for can be looked up in docs/keys.md.")
    place = console.ask("where this takes place")
    count = _number(console, "how many roots (3 is usual)")
    threshold = _number(console, "how many of them must sign (2 is usual)")
    roots = tuple(_root(number, console) for number in range(1, count + 1))
    desk = console.ask("folder of the registrar's key, another machine's or stick's") or str(folder / "desk")
    operator = console.ask("folder of the operator's key") or str(folder / "operator")
    release = console.ask("folder of the release key") or str(folder / "release")
    return Plan(
        realm=realm,
        threshold=threshold,
        roots=roots,
        folder=folder,
        desk=Path(desk).absolute(),
        operator=Path(operator).absolute(),
        release=Path(release).absolute(),
        protocol=folder / "protocol",
        place=place,
        participants=tuple(_participants(console)),
        base=folder,
    )


def _root(number: int, console: Console) -> RootPlan:
    name = f"root-{number}"
    holder = console.ask(f"{name}: who keeps it")
    medium = _medium(console.ask(f"{name}: its medium, a folder or {SCHEME}token=…?module-path=…"))
    if not medium:
        raise PlanError(f"{name} has no medium")
    backup = "" if medium.startswith(SCHEME) else _medium(console.ask(f"{name}: folder for a copy (nothing: none)"))
    return RootPlan(name, holder, medium, backup or None)


def _medium(text: str) -> str:
    return text if not text or text.startswith(SCHEME) else str(Path(text).absolute())


def _participants(console: Console) -> list[Participant]:
    found = []
    while name := console.ask("who else takes part (nothing: nobody more)"):
        found.append(Participant(name, console.ask(f"{name}'s part, like witness") or "present"))
    return found


def _number(console: Console, question: str) -> int:
    text = console.ask(question)
    if not (text.isascii() and text.isdecimal()):
        raise PlanError(f"not a number: {text}")
    return int(text)
