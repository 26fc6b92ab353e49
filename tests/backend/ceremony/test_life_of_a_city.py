"""The life of a city's keys, rehearsed: founded two of three, one root on a token; rotated, lost, restored."""

import shutil
from pathlib import Path

import pytest
from civicroot_wire import keys, sodium
from civicroot_wire import policy as policies
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from tests.backend.ceremony.running import Running, running
from tests.backend.ceremony.table import REALM, Table
from tests.backend.ceremony.tokens import PIN, Tokens
from tests.cli.conftest import Civicroot


def kid_of(policy: Policy, place: int) -> str:
    return keys.kid(policy.roots[place]).hex()


class Life:
    """One city, and who works with it."""

    def __init__(self, table: Table, ok: Civicroot, civicroot: Civicroot) -> None:
        self.table = table
        self.ok = ok
        self.civicroot = civicroot
        self.folder = table.folder
        self.policy_file = table.policy_file
        self.config = self.folder / "city/backend.toml"
        self.token = ""

    def found(self, tokens: Tokens) -> None:
        """Two of three: a stick with a copy, a stick, a token."""
        self.token = tokens.add("root-3")
        backup = str(self.table.stick("root-1-copy"))
        three = self.table.root("root-3", medium=self.token)
        self.table.secret("root-3", PIN)
        plan = self.table.plan(self.table.root("root-1", backup=backup), self.table.root("root-2"), three)
        self.ok("realm", "init", "--plan", plan, "--non-interactive")

    def key(self, name: str) -> Path:
        """A new working key."""
        path = self.folder / name
        self.ok("key", "new", path)
        return path

    def request(self, key: Path, subject: str, role: str) -> Path:
        """The key's request to be enrolled."""
        path = key.with_suffix(".request")
        path.write_text(self.ok("key", "request", key, "--realm", REALM, "--subject", subject, "--role", role).out)
        return path

    def take(self, draft: Path) -> Path:
        """A signed version becomes the city's; the one before is kept, as verifiers have it."""
        kept = self.folder / f"policy-{self.table.policy.version}.json"
        shutil.copy(self.policy_file, kept)
        shutil.copy(draft, self.policy_file)
        return kept

    def audit(self, city: Running) -> None:
        """An auditor, who keeps a memory, finds nothing."""
        city.size()
        state = self.folder / "audit"
        assert self.ok("audit", city.url, "--policy", self.policy_file, "--state", state).out.endswith("NO ALARMS\n")


def test_keys_are_rotated_lost_and_restored_while_the_city_goes_on(
    table: Table, tokens: Tokens, ok: Civicroot, civicroot: Civicroot
) -> None:
    life = Life(table, ok, civicroot)
    life.found(tokens)
    first = table.policy
    with running(life.config) as city:
        desk = ("--registrar-key", life.folder / "desk/registrar.key", "--url", city.url)
        ok("enrol", *desk, "--from", life.request(life.key("zoo.key"), "organisation/zoo", "organisation"))
        life.audit(city)
        size = city.size()

    # 1. Registrar and one root are rotated; the second root is one no longer.
    ok("key", "new", life.folder / "desk/registrar-2.key")
    four = table.stick("root-4")
    table.secret("root-4")
    ok("realm", "new-root", four, "--realm", REALM, "--name", "root-4", "-o", life.folder / "root-4.pub",
       *table.secrets(root_4=four))  # fmt: skip
    second = life.folder / "second.json"
    ok("policy", "propose", life.policy_file, "--from-index", size + 1, "-o", second,
       "--retire-registrar", f"{REALM}/registrar",
       "--add-registrar", f"{REALM}/registrar={life.folder / 'desk/registrar-2.key.pub'}",
       "--drop-root", kid_of(first, 1), "--add-root", life.folder / "root-4.pub")  # fmt: skip
    _sign_one_after_another(life, second)
    before = life.take(second)
    _an_old_verifier_accepts(first, table.policy)

    with running(life.config) as city:
        assert ok("policy", "check", second, "--previous", before, "--url", city.url).out.endswith("HOLDS\n")
        if city.size() < size + 1:
            raise AssertionError("the new version is not in the log")
        old = keys.kid(first.registrars[0].public).hex()
        desk = ("--registrar-key", life.folder / "desk/registrar-2.key", "--url", city.url)
        city.size()
        ok("register", "rebuild", *desk, "--policy", life.policy_file, "--predecessor", old)
        _working_keys_are_rotated(life, city, desk)
        refused = civicroot("status-list", "publish", "--registrar-key", life.folder / "desk/registrar.key",
                            "--url", city.url)  # fmt: skip
        assert (refused.code, "untrusted" in refused.err) == (1, True), refused
        life.audit(city)
        size = city.size()

    # 2. A root's stick is gone; its copy becomes a new one, which signs the next version with the token.
    shutil.rmtree(life.folder / "root-1")
    new = table.stick("root-1-new")
    table.secret("root-1-new")
    copy = life.folder / "root-1-copy"
    sheets = table.secrets(root_1=copy, root_1_new=new)
    ok("realm", "restore", "--from", copy, "--to", new, *sheets)
    third = life.folder / "third.json"
    key = life.key("city/log-2.key")
    ok("policy", "propose", life.policy_file, "--from-index", size + 3, "-o", third,
       "--retire-log", f"{REALM}/log", "--add-log", f"{REALM}/log={key}.pub")  # fmt: skip
    signed = ok("realm", "sign-policy", third, "--previous", life.policy_file, "--root", new, "--root", life.token,
                *table.secrets(root_1_new=new, root_3=life.token))  # fmt: skip
    assert signed.out.endswith("third.json is complete\n")
    before = life.take(third)
    life.config.write_text(f'next_log_key_file = "log-2.key"\n{life.config.read_text()}')

    with running(life.config) as city:
        assert ok("policy", "check", third, "--previous", before, "--url", city.url).out.endswith("HOLDS\n")
        desk = ("--registrar-key", life.folder / "desk/registrar-2.key", "--url", city.url)
        for number in range(3):  # over the index at which the log's key changes
            ok("enrol", *desk, "--from", life.request(life.key(f"org-{number}.key"), f"org/{number}", "organisation"))
        assert city.size() > size + 3
        life.audit(city)
        backend = life.key("city/backend-2.key")
        request = life.request(backend, "backend/1", "backend")
        ok("rotate", "backend/1", "--new", request, "--last-seq", 0, *desk)
    text = life.config.read_text().replace('log_key_file = "log.key"', 'log_key_file = "log-2.key"')
    text = text.replace('next_log_key_file = "log-2.key"\n', "").replace('"backend.key"', '"backend-2.key"')
    life.config.write_text(text)
    (life.folder / "city/log.key").unlink()
    with running(life.config) as city:
        life.audit(city)
    verified = ok("realm", "verify", "--policy", life.policy_file, "--root", new, "--root", life.token, "--root", four,
                  *table.secrets(root_1_new=new, root_3=life.token, root_4=four), "--key", key,
                  "--key", life.folder / "desk/registrar-2.key",
                  "--key", life.folder / "operator/operator.key")  # fmt: skip
    assert verified.out.count("✓") == 7


def _sign_one_after_another(life: Life, draft: Path) -> None:
    """Three sittings: a wrong passphrase, one stick, and the token; the draft keeps what there is."""
    stick = life.folder / "root-1"
    command = ("realm", "sign-policy", draft, "--previous", life.policy_file, "--root")
    life.table.secret("wrong", "not the passphrase")
    wrong = life.civicroot(*command, stick, *life.table.secrets(wrong=stick))
    assert (wrong.code, "wrong-passphrase: root-1" in wrong.err) == (2, True)
    half = life.civicroot(*command, stick, *life.table.secrets(root_1=stick))
    assert (half.code, "is not complete; the same command goes on" in half.out) == (1, True)
    with pytest.raises(WireError, match="quorum-missed"):
        policies.verify(policies.from_file(draft.read_bytes()), sodium.verify)
    assert "registrar my.city/registrar" in half.out, "what changes is shown before anybody signs"
    done = life.ok(*command, life.token, *life.table.secrets(root_3=life.token))
    assert "2 of 3 roots signed" in done.out


def _an_old_verifier_accepts(old: Policy, new: Policy) -> None:
    """Whoever knows only the roots of version 1: a gateway, a browser that pinned them, an auditor."""
    assert policies.verify(new, sodium.verify, old.roots, old.threshold).version == 2
    forgetful = policies.Policy(new.model, dict(list(new.signatures.items())[:1]))
    with pytest.raises(WireError, match="quorum-missed"):
        policies.verify(forgetful, sodium.verify, old.roots, old.threshold)


def _working_keys_are_rotated(life: Life, city: Running, desk: tuple[str | Path, ...]) -> None:
    """Operator and release key: a successor is enrolled, the old one withdrawn; what it says then is refused."""
    for role, signing in (("operator", ("configuration", "sign", "interval=600", "--version", 1)),
                          ("release", None)):  # fmt: skip
        subject = f"{role}/1"
        new = life.key(f"{role}/{role}-2.key")
        done = life.ok("rotate", subject, "--new", life.request(new, subject, role), "--last-seq", 0, *desk)
        assert [line["kind"] for line in done.lines()] == ["enrolment", "revocation"]
        if signing is None:
            continue
        for key, code in ((life.folder / f"{role}/{role}.key", 1), (new, 0)):
            out = life.folder / f"{key.stem}.cose"
            life.ok(*signing, "--subject", "bin/12", "--key", key, "--realm", REALM, "--issuer", subject, "-o", out)
            sent = life.civicroot("configuration", "submit", out, "--url", city.url)
            assert (sent.code, "revoked" in sent.err) == (code, code == 1), sent
