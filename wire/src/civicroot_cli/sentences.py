"""Plain sentences that a reading's and an entry's verdict share: who, when, seen by whom, and what nobody proved."""

from civicroot_wire import head as heads
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.finding import CHECKED, NOT_CHECKED, Finding
from civicroot_wire.head import Head
from civicroot_wire.policy import Policy

from .times import time_of

NO_WITNESS = (
    "that everybody is shown this same log: the policy asks for no witnesses, so the city could show others another "
    "(`civicroot audit --mirror` compares)"
)
NO_STATUS = (
    "that the keys were not revoked before: the file carries no status list (`civicroot proof upgrade` adds one)"
)


def enrolled(who: Enrolment, index: int, policy: Policy) -> str:
    """How a key came to be trusted: `enrolled as bin/12 on … (log entry 3, registrar …)`."""
    when = "" if who.issued_at is None else f" on {time_of(who.issued_at)[:10]} by the registrar's date"
    return f"enrolled as {who.subject}{when} (log entry {index}, registrar {registrar(who, index, policy)})"


def registrar(who: Enrolment, index: int, policy: Policy) -> str:
    """The name that the policy has for who enrolled a key."""
    return policy.registrar(who.registrar_kid, index).name


def seen(found: Head, policy: Policy) -> list[str]:
    """By which witnesses the checkpoint was seen."""
    if not found.cosigned:
        return []
    known = witnesses_known(found, policy)
    needed = f" ({policy.quorum} are needed)" if policy.quorum else ""
    return [f"seen by {len(found.cosigned)} of {known} witnesses: {found.witnesses()}{needed}"]


def no_later(when: int | None, found: Head, policy: Policy) -> list[str]:
    """Until when it was public at the latest, and whose clocks that rests on."""
    if when is None:
        return []
    return [f"public no later than {time_of(when)} ({_clocks(found, policy)})"]


def no_earlier(when: int | None, found: Head | None, policy: Policy) -> list[str]:
    """Since when it was made at the earliest, and whose clocks that rests on."""
    if when is None or found is None:
        return []
    return [f"made no earlier than {time_of(when)} ({_clocks(found, policy)})"]


def _clocks(found: Head, policy: Policy) -> str:
    doubt = f", if fewer than {policy.quorum} of them are wrong" if policy.quorum > 1 else ""
    return f"by the clocks of {', '.join(name for name, _ in found.cosigned)}{doubt}"


def witnesses_known(found: Head, policy: Policy) -> int:
    """How many witnesses the policy has for this checkpoint."""
    return len(heads.keys_at(policy.witnesses, max(found.checkpoint.size - 1, 0)))


def witnesses(found: Head) -> list[dict[str, object]]:
    """For JSON: who cosigned, and when in Unix seconds."""
    return [{"name": name, "time": time} for name, time in found.cosigned]


def seen_first(found: Head) -> dict[str, object]:
    """For JSON: the tree whose witnesses say until when it was public, the newest one or an earlier one."""
    return {"log_size": found.checkpoint.size, "witnesses": witnesses(found)}


def unchecked(findings: list[Finding]) -> dict[str, str]:
    """The steps that were not checked, and why."""
    return {found.step: found.says for found in findings if found.status == NOT_CHECKED}


def checked(findings: list[Finding], step: str) -> list[str]:
    """What a step found, if it was checked."""
    return [found.says for found in findings if found.step == step and found.status == CHECKED]
