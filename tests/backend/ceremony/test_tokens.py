"""Roots on PKCS#11 tokens (SoftHSM2): what they sign, and what is said of one that is absent or locked."""

import dataclasses
import re
import subprocess
import sys
from typing import Any

import pytest
from civicroot_backend.ceremony import pkcs11_token
from civicroot_backend.ceremony.errors import (
    CeremonyError,
    MediumTaken,
    TokenAbsent,
    TokenError,
    TokenLocked,
    WrongMedium,
    WrongPin,
)
from civicroot_backend.ceremony.pkcs11_token import TokenAddress
from civicroot_wire import sodium
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backend.ceremony.table import Table
from tests.backend.ceremony.tokens import MODULE, PIN, Tokens, uri
from tests.cli.conftest import Civicroot


def test_a_token_signs_what_libsodium_accepts_and_keeps_its_key(tokens: Tokens) -> None:
    address = pkcs11_token.parse(tokens.add("root-1"))
    with pkcs11_token.opened(address, PIN, write=True) as token:
        made = token.make("my.city/root-1", b"id")
        for message in (b"", b"policy", bytes(70_000)):
            sodium.verify(made.public, message, made.sign(message))
        with pytest.raises(MediumTaken, match=r"my\.city/root-1"):
            token.make("my.city/root-1", b"id")
    with pkcs11_token.opened(address, PIN) as token:
        (found,) = token.found()
        assert (found.public, found.name, found.identifier) == (made.public, "my.city/root-1", b"id")
        sodium.verify(made.public, b"later", token.key(made.public).sign(b"later"))
        with pytest.raises(WrongMedium, match="has no key"):
            token.key(bytes(32))


def opened(address: TokenAddress, pin: str = PIN) -> None:
    with pkcs11_token.opened(address, pin):
        pass


def refuses(error: type[CeremonyError], says: str, address: TokenAddress, pin: str = PIN) -> None:
    with pytest.raises(error, match=says) as caught:
        opened(address, pin)
    assert type(caught.value) is error
    assert str(caught.value).startswith(f"{error.name}: ")


def test_a_token_that_does_not_answer_is_named(tokens: Tokens) -> None:
    address = pkcs11_token.parse(tokens.add("root-1"))
    refuses(WrongPin, "nearer to being locked", address, "000000")
    refuses(WrongPin, "refuses this PIN", address, "")
    refuses(TokenAbsent, "there is no token root-9: is it plugged in", pkcs11_token.parse(uri("root-9")))
    refuses(TokenError, "absent.so", dataclasses.replace(address, module="/absent.so"))
    tokens.add("root-1")
    refuses(TokenError, "2 tokens are called root-1: name one by its serial", address)


def test_a_token_is_found_by_its_serial_number(tokens: Tokens) -> None:
    tokens.add("root-1"), tokens.add("root-1")
    shown = subprocess.run(["softhsm2-util", "--show-slots"], check=True, capture_output=True, text=True).stdout
    serial = re.findall(r"Serial number:\s+([0-9a-f]+)", shown)[0]
    with pkcs11_token.opened(pkcs11_token.parse(f"pkcs11:serial={serial}?module-path={MODULE}"), PIN) as token:
        assert token.serial == serial


def test_a_locked_token_is_not_tried_again(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """SoftHSM never locks: what a card says is put in its mouth, as flag (PKCS#11 3.0 table 6) and as return value."""
    address = pkcs11_token.parse(tokens.add("root-1"))
    pkcs11: Any = pkcs11_token._library()

    class Card:
        """A token as the module shows it."""

        label, serial = "root-1", b"1"
        flags = pkcs11.TokenFlag.USER_PIN_LOCKED

        def open(self, **_: object) -> None:
            raise AssertionError("a locked token was tried")

    class Module:
        def reinitialize(self) -> None:
            """Nothing."""

        def get_tokens(self) -> list[Card]:
            return [Card()]

    monkeypatch.setattr(pkcs11, "lib", lambda _: Module())
    refuses(TokenLocked, "its security officer can unlock it", address)

    def locked(self: Card, **_: object) -> None:
        raise pkcs11.PinLocked

    monkeypatch.setattr(Card, "flags", pkcs11.TokenFlag(0))
    monkeypatch.setattr(Card, "open", locked)
    refuses(TokenLocked, "too many wrong PINs", address)
    for raised, error in (
        ("DeviceRemoved", TokenAbsent),
        ("MechanismInvalid", TokenError),
        ("DeviceError", TokenError),
    ):

        def broken(self: Card, raised: str = raised, **_: object) -> None:
            raise getattr(pkcs11, raised)

        monkeypatch.setattr(Card, "open", broken)
        refuses(error, "token root-1", address)


def test_without_the_package_tokens_say_what_to_install(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    address = pkcs11_token.parse(tokens.add("root-1"))
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    refuses(TokenError, re.escape("civicroot-backend[token]"), address)


def test_a_token_that_gives_its_keys_out_is_refused(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    pkcs11: Any = pkcs11_token._library()
    address = pkcs11_token.parse(tokens.add("root-1"))
    weak = {pkcs11.Attribute.SENSITIVE: False, pkcs11.Attribute.EXTRACTABLE: True}
    monkeypatch.setattr(pkcs11_token, "_private_template", lambda: weak)
    with pkcs11_token.opened(address, PIN, write=True) as token, pytest.raises(TokenError, match="protects nothing"):
        token.make("my.city/root-1", b"id")
    with pkcs11_token.opened(address, PIN) as token:
        assert token.found() == [], "and nothing stays there"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    try:
        found = pkcs11_token.parse("pkcs11:" + text)
    except TokenError:
        return
    assert found.module is not None
    assert (found.label, found.serial) != (None, None)


def test_one_token_is_one_root(table: Table, tokens: Tokens) -> None:
    """By whichever name it is called: the second key of a ceremony does not go onto it."""
    first = tokens.add("root-1")
    shown = subprocess.run(["softhsm2-util", "--show-slots"], check=True, capture_output=True, text=True).stdout
    serial = re.findall(r"Serial number:\s+([0-9a-f]+)", shown)[0]
    other = f"pkcs11:serial={serial}?module-path={MODULE}"
    plan = table.plan(table.root("root-1", medium=first), table.root("root-2", medium=other))
    for name in ("root-1", "root-2"):
        table.secret(name, PIN)
    with pytest.raises(CeremonyError, match=r"same-medium: .* every root has a medium of its own"):
        table.hold(plan)


def test_a_ceremony_with_a_wrong_pin_goes_on_with_the_right_one(table: Table, tokens: Tokens) -> None:
    plan = table.plan(table.root("root-1"), table.root("root-2", medium=tokens.add("root-2")))
    table.secret("root-2", "000000")
    with pytest.raises(WrongPin):
        table.hold(plan)
    absent = tokens.folder.rename(tokens.folder.with_name("pulled-out"))
    table.secret("root-2", PIN)
    with pytest.raises(TokenError):
        table.hold(plan)
    absent.rename(tokens.folder)
    table.hold(plan)
    assert len(table.policy.signatures) == 2


def test_a_token_that_was_made_and_not_noted_is_taken_up(table: Table, tokens: Tokens) -> None:
    plan = table.plan(table.root("root-1"), table.root("root-2", medium=tokens.add("root-2")))
    table.secret("root-2", PIN)

    def stop(text: str) -> None:
        if text == "root-2 is made":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        table.hold(plan, stop)
    table.hold(plan)
    with pkcs11_token.opened(pkcs11_token.parse(uri("root-2")), PIN) as token:
        (key,) = token.found()
    assert key.public in table.policy.roots
    page = (table.folder / "protocol/protocol.txt").read_text()
    assert "made on tokens that say they never give them out: root-2" in page


def test_what_is_on_a_token_does_not_leave_it(table: Table, tokens: Tokens, civicroot: Civicroot) -> None:
    token, stick = tokens.add("root-1"), table.stick("copy")
    for command in (
        ("realm", "backup", "--from", token, "--to", stick),
        ("realm", "restore", "--from", stick, "--to", token),
    ):
        done = civicroot(*command)
        assert (done.code, "never leaves it; other roots are its backup" in done.err) == (2, True), done


def test_another_root_is_made_on_a_token_once(table: Table, tokens: Tokens, ok: Civicroot) -> None:
    token, out = tokens.add("root-4"), table.folder / "root-4.pub"
    table.secret("root-4", PIN)
    command = ("realm", "new-root", token, "--realm", "my.city", "--name", "root-4", "-o", out)
    assert "is made" in ok(*command, *table.secrets(root_4=token)).out
    first = out.read_text()
    assert "was there already" in ok(*command, *table.secrets(root_4=token)).out
    assert out.read_text() == first
