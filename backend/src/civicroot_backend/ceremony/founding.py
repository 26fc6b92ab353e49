"""The ceremony that founds a city: each step is done once, durably, and found done when the ceremony goes on later."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli import files
from civicroot_cli.policy import draft, signatures
from civicroot_wire import policy as policies
from civicroot_wire import sodium
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from civicroot_backend import realm
from civicroot_backend.ceremony import copying, protocol, working_keys
from civicroot_backend.ceremony import journal as journals
from civicroot_backend.ceremony import medium as media
from civicroot_backend.ceremony.errors import ClockError, PlanError, SameMedium, TooFewRoots
from civicroot_backend.ceremony.folder_medium import PASSPHRASE
from civicroot_backend.ceremony.journal import Journal
from civicroot_backend.ceremony.medium import Medium
from civicroot_backend.ceremony.open_key import Order
from civicroot_backend.ceremony.plan import Plan, RootPlan
from civicroot_backend.ceremony.secret_source import Console
from civicroot_backend.ceremony.working_keys import WorkingKeys
from civicroot_backend.errors import ConfigurationError

EARLIEST = 1_767_225_600  # 2026-01-01: this program is younger
DRAFT_FILE = "policy.draft.json"


@dataclass(frozen=True)
class Founded:
    """What there is now."""

    config: Path
    policy: Policy
    protocol: Path
    page: Path


class Ceremony:
    """One of them. `clock` gives Unix seconds, `step` is told what comes next; whatever it raises interrupts."""

    def __init__(
        self,
        plan: Plan,
        console: Console,
        clock: Callable[[], float],
        randomness: Callable[[int], bytes],
        step: Callable[[str], None] | None = None,
    ) -> None:
        self._plan = plan
        self._console = console
        self._clock = clock
        self._randomness = randomness
        self._step = step or console.say

    def run(self) -> Founded:
        """Begin, or go on. Raises CeremonyError and what is below it; then the same again goes on from there."""
        plan = self._plan
        now = self._now()
        if not self._console.exchanges:
            self._check_media()
        journal = self._begin(now)
        for number, root in enumerate(plan.roots, 1):
            self._make_root(journal, number, root)
        keys = working_keys.make(plan, self._randomness, self._step)
        policy = self._signed(journal, keys)
        self._step("the first enrolments and the register")
        working_keys.enrol(plan, keys, now, self._randomness)
        self._step("the configuration")
        config = plan.folder / realm.CONFIG_FILE
        text = realm.configuration(plan.realm, plan.addresses, plan.outside, working_keys.ENROLMENTS)
        if not config.exists():  # once written it is the operator's, who may have changed it
            files.replace(config, text.encode())
        for root in plan.roots:
            self._back_up(journal, root)
        self._step("the protocol")
        journal.finished = journal.finished or self._now()
        record = protocol.of(plan, journal, keys, policy, self._not_separate())
        written, page = protocol.write(plan.protocol, record)
        journal.write()
        (plan.folder / DRAFT_FILE).unlink(missing_ok=True)
        return Founded(config, policy, written, page)

    def _now(self) -> int:
        now = int(self._clock())
        if now < EARLIEST:
            raise ClockError(f"this machine's clock says {protocol.day(now)}; set it, for it dates what is signed")
        return now

    def _check_media(self) -> None:
        """Where nobody can exchange media or answer: excludes two keys on one medium, and a medium without a secret."""
        seen: dict[str, str] = {}
        for root in self._plan.roots:
            for text in filter(None, (root.medium, root.backup)):
                identity = self._medium(text).identity()
                if identity in seen:
                    raise SameMedium(f"{root.name} and {seen[identity]} would lie on one medium, {text}")
                seen[identity] = root.name
                self._console.secret(self._plan.text_of(text), PASSPHRASE, new=False)

    def _not_separate(self) -> list[str]:
        """Roots whose media are in now and on one file system: two folders of one stick are one theft."""
        systems: dict[int, str] = {}
        found = []
        for root in self._plan.roots:
            system = self._medium(root.medium).file_system()
            if system is not None and systems.setdefault(system, root.name) != root.name:
                found.append(f"{root.name} and {systems[system]} lie on one file system")
        return found

    def _begin(self, now: int) -> Journal:
        plan = self._plan
        path = plan.folder / journals.FILE
        found = journals.read(path, plan)
        if found is not None:
            if now < found.started:
                raise ClockError(
                    f"the clock says {protocol.day(now)}; the ceremony began {protocol.day(found.started)}"
                )
            self._console.say(f"the ceremony of {protocol.day(found.started)} goes on")
            return found
        expected = [*working_keys.written(plan), plan.folder / realm.CONFIG_FILE, plan.folder / realm.POLICY_FILE]
        there = [str(path) for path in expected if path.exists()]
        if there:
            raise PlanError(f"{', '.join(there)} is there already; nothing is overwritten")
        plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Journal(path, self._randomness(journals.ID_BYTES).hex(), journals.digest_of(plan), now)
        made.write()
        return made

    def _make_root(self, journal: Journal, number: int, root: RootPlan) -> None:
        if root.name in journal.roots:
            return
        medium = self._medium(root.medium)
        self._step(f"root {number} of {len(self._plan.roots)}: {root.name}, {root.holder or 'no holder named'}")
        self._console.ready(f"{root.name}: put in {medium}")
        order = Order(self._plan.realm, root.name, journal.ceremony)
        public = medium.make(order, self._console, self._randomness)
        self._step(f"{root.name} is made")
        self._console.say(f"  fingerprint {protocol.fingerprint(public)}")
        journal.roots[root.name] = public
        journal.write()

    def _signed(self, journal: Journal, keys: WorkingKeys) -> Policy:
        """The policy, signed by every root, which thereby shows that its medium can be read. Into policy.json."""
        plan = self._plan
        done = plan.folder / realm.POLICY_FILE
        if done.exists():
            return policies.verify(draft.read(done), sodium.verify)
        path = plan.folder / DRAFT_FILE
        policy = self._draft(path, journal, keys)
        for root in plan.roots:
            policy = self._sign(path, policy, root, journal.roots[root.name])
        self._step("the policy")
        try:
            policies.verify(policy, sodium.verify)
        except WireError as error:
            raise TooFewRoots(str(error)) from error
        draft.write(done, policy)
        return policy

    def _draft(self, path: Path, journal: Journal, keys: WorkingKeys) -> Policy:
        plan = self._plan
        roots = [journal.roots[root.name] for root in plan.roots]
        try:
            model = realm.policy_model(
                plan.realm, roots, plan.threshold, keys.log.public, keys.registrar.public, plan.outside
            )
            made = Policy(model, {})
        except (WireError, ConfigurationError) as error:
            raise PlanError(f"this makes no policy: {error}") from error
        if path.exists():
            found = draft.read(path)
            if found.model != made.model:
                raise PlanError(f"{path} says otherwise than the plan")
            return found
        draft.write(path, made)
        return made

    def _sign(self, path: Path, policy: Policy, root: RootPlan, public: bytes) -> Policy:
        if public in [root for root in policy.roots if _has_signed(policy, root)]:
            return policy
        self._step(f"{root.name} signs the policy, digest {protocol.policy_digest(policy)}")
        medium = self._medium(root.medium)
        self._console.ready(f"{root.name} signs: put in {medium}")
        with medium.opened({public}, self._console) as key:
            made = policies.sign(policy.model, [(key.public, key.sign)])
        combined = signatures.combine([policy, made])
        signatures.refuse_wrong(combined, combined.roots)
        draft.write(path, combined)
        return combined

    def _back_up(self, journal: Journal, root: RootPlan) -> None:
        if root.backup is None or root.name in journal.backups:
            return
        self._step(f"the copy of {root.name}")
        self._console.ready(f"{root.name}: put in {root.medium}")
        source = media.folder_only(self._medium(root.medium))
        copying.copy(
            source,
            media.folder_only(self._medium(root.backup)),
            {journal.roots[root.name]},
            self._console,
            self._randomness,
        )
        self._step(f"{root.name} is copied")
        journal.backups.append(root.name)
        journal.write()

    def _medium(self, text: str) -> Medium:
        return media.parse(text, self._plan.base)


def _has_signed(policy: Policy, root: bytes) -> bool:
    return bool(signatures.standing(policy, [root], 1).signed)
