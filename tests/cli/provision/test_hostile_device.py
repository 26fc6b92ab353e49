"""A device that answers with anything is refused in one line: no traceback, and nothing of it in a shell's command."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli import keyfile
from civicroot_cli.provision import answers, unlock_statement
from civicroot_cli.provision.errors import WrongDevice
from civicroot_cli.provision.unlock_statement import Asked
from civicroot_wire import keys, revocation
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Civicroot
from tests.cli.provision.hostile_device import IDENTITY, SIGNER, hostile
from tests.cli.provision.street import Street

STATUS = {"state": "committed", "missing": [], "set": {"realm": "c.example", "subject": "bin/1"}}
CHALLENGE = {"challenge": "00" * 16, "subject": "bin/1", "by": ["operator"]}
PASTED = "x'; touch pasted; echo '"
OTHER = Signer(b"\x08" * 32).public.hex()
# (answers, what is said of them)
UNLOCKED: list[tuple[dict[str, Any], str]] = [
    ({"identity": 5}, "the device's answer to identity is no object"),
    ({"identity": "ab"}, "the device's answer to identity is no object"),
    ({"identity": {}}, "it does not say which key it has"),
    ({"identity": IDENTITY | {"kid": 5}}, "it does not say which key it has"),
    ({"identity": {"kid": IDENTITY["kid"]}}, "public is not 32 bytes in hexadecimal"),
    ({"identity": IDENTITY | {"public": ["11" * 32]}}, "public is not 32 bytes in hexadecimal"),
    ({"identity": IDENTITY | {"public": OTHER}}, "its kid is another key's"),
    ({"identity": IDENTITY | {"model": None}}, "model is no short text"),
    ({"identity": IDENTITY | {"version": "\ud800"}}, "version is no short text"),
    ({"identity": IDENTITY | {"version": "1" * 5000}}, "version is no short text"),
    ({"status": 5}, "the device's answer to status is no object"),
    ({"status": {"set": {}}}, "state is no short text"),
    ({"status": {"state": "committed"}}, "set is no object"),
    ({"status": {"state": "new", "set": {}}}, "there is nothing to unlock: the device is not provisioned"),
    ({"status": {"state": "committed", "set": {}}}, "the device does not say whose it is"),
    ({"status": {"state": "committed", "set": {"realm": PASTED}}}, "not a realm"),
    ({"status": {"state": "committed", "set": {"realm": ["c.example"]}}}, "realm is no short text"),
    ({"unlock_challenge": {"subject": "bin/1"}}, "challenge is not 16 bytes in hexadecimal"),
    ({"unlock_challenge": CHALLENGE | {"challenge": PASTED}}, "challenge is not 16 bytes in hexadecimal"),
    ({"unlock_challenge": CHALLENGE | {"challenge": "00" * 16 + "\n"}}, "challenge is not 16 bytes in hexadecimal"),
    ({"unlock_challenge": CHALLENGE | {"subject": "bin/$(touch pasted)"}}, "not a subject"),
    ({"unlock_challenge": CHALLENGE | {"subject": 5}}, "subject is no short text"),
]


@pytest.fixture
def operator(tmp_path: Path) -> Path:
    keyfile.create(tmp_path / "operator.key", Signer(b"\x09" * 32))
    return tmp_path / "operator.key"


@pytest.mark.parametrize("how", ["--key", "--statement"])
def test_unlock_says_in_one_line_what_is_wrong_with_an_answer(
    civicroot: Civicroot, tmp_path: Path, operator: Path, how: str
) -> None:
    port = tmp_path / "ttyUSB"
    given = operator if how == "--key" else tmp_path / "signed.cbor"
    for wrong, said in UNLOCKED:
        with hostile(port, **{"status": STATUS, "unlock_challenge": CHALLENGE} | wrong):
            done = civicroot("unlock", "--port", port, how, given)
        assert (done.code, said in done.err, len(done.err.splitlines())) == (1, True, 1), (wrong, done)
        assert PASTED not in done.out + done.err.replace(f"not a realm: {PASTED}", ""), wrong
        assert "sign: civicroot" not in done.out, wrong


def test_one_that_forgot_its_subject_is_unlocked_by_its_revocation_alone(
    civicroot: Civicroot, tmp_path: Path, operator: Path
) -> None:
    port, withdrawn = tmp_path / "ttyUSB", tmp_path / "withdrawn.cbor"
    made = Revocation("bin/1", keys.thumbprint(SIGNER.public), revocation.RETIRED)
    registrar = Signer(b"\x0a" * 32)
    withdrawn.write_bytes(revocation.sign(made, registrar.kid, "c.example/registrar", "c.example", registrar))
    with hostile(port, status=STATUS, unlock_challenge=CHALLENGE | {"subject": None}):
        refused = civicroot("unlock", "--port", port, "--key", operator)
        assert (refused.code, "does not know its subject any more" in refused.err) == (2, True), refused
        done = civicroot("unlock", "--port", port, "--revocation", withdrawn)
        assert (done.code, "no subject of c.example" in done.out) == (0, True), done


def test_what_is_pasted_into_a_shell_is_one_command_whatever_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlock_statement, "_awaited", lambda path: b"")
    asked = Asked(OTHER, "bin/1; touch pasted", "c.example $(touch pasted)", PASTED)
    unlock_statement.elsewhere(tmp_path / "it's `signed`.cbor", "operator/1 | sh")(asked)
    found = re.fullmatch("sign: (.*)\n", capsys.readouterr().out)
    assert found is not None
    words = shlex.split(found[1], comments=True)
    assert words[:4] == ["civicroot", "configuration", "sign", f'unlock="{PASTED}"']
    options = dict(zip(words[4::2], words[5::2], strict=True))
    assert options["--realm"] == asked.realm
    assert options["--subject"] == asked.subject
    assert options["--issuer"] == "operator/1 | sh"
    assert options["--out"] == "it's `signed`.cbor"


# By the request that is answered; what was answered before is as it should be.
PROVISIONED: list[tuple[str, Any, str]] = [
    ("status", [], "status is no object"),
    ("status", {"state": "new", "set": 5}, "set is no object"),
    ("status", {"state": "new", "set": {"subject": 5}}, "subject is no short text"),
    ("set_realm", "ab", "set_realm is no object"),
    ("self_test", {}, "it names no faults"),
    ("self_test", {"faults": ["lid"]}, "faults is no object"),
    ("self_test", {"faults": {"lid": {}}}, "lid is no short text"),
    ("possession", {}, "public is not 32 bytes"),
    ("possession", {"public": OTHER}, "possession is no text"),
    ("possession", {"public": OTHER, "possession": "zz"}, "does not prove that it has its key"),
]


def test_provision_says_in_one_line_what_is_wrong_with_an_answer_and_enrols_nothing(street: Street) -> None:
    good = {"status": {"state": "new", "missing": [], "set": {}}, "self_test": {"faults": {}}}
    for request, answer, said in PROVISIONED:
        with hostile(street.port, **good | {request: answer}):
            done = street.provision("--subject", "bin/1", online=False)
        assert (done.code, said in done.out + done.err) == (1, True), (request, answer, done)
        assert street.journal().get("bin/1", {}).get("state", "begun") == "begun"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("kid", "public", "model", "version", "state", "set", "challenge", "subject", "faults", "possession")


@settings(deadline=None, max_examples=60)  # a busy machine is no fault
@given(
    st.sampled_from(("identity", "status", "unlock_challenge", "self_test", "calibrate", "possession", "commit")),
    json_values | st.dictionaries(st.sampled_from(NAMES), json_values, max_size=4),
)
def test_any_answer_has_its_shape_or_is_refused(what: str, answer: Any) -> None:
    try:
        assert isinstance(answers.checked(what, answer), dict)
    except WrongDevice as error:
        assert f"answer to {what}" in str(error)


@settings(deadline=None, max_examples=60)  # likewise
@given(json_values | st.dictionaries(st.sampled_from(("part", "found")), json_values))
def test_any_progress_can_be_shown_or_is_passed_over(found: Any) -> None:
    said = answers.progress(found)
    if said is not None and isinstance(said[1], dict):
        assert all(isinstance(said[1].get(name, {}), dict) for name in ("raw", "values", "faults"))
