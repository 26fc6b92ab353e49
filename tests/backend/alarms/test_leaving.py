"""Where messages may go at all: addresses that are looked at, and settings that send nothing in the clear."""

import ssl
from ipaddress import ip_network
from pathlib import Path

import pytest
from civicroot_backend.alarms.address import destination
from civicroot_backend.alarms.errors import NotDelivered, UnfitRule
from civicroot_backend.alarms.mail import check_address
from civicroot_backend.alarms.settings import of_configuration
from civicroot_backend.alarms.webhook import Webhooks
from civicroot_backend.errors import ConfigurationError

from tests.backend.alarms.receivers import web_server


def test_every_address_of_a_name_must_be_public() -> None:
    mixed = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(NotDelivered, match="public network"):
        destination("https://hook.example/x", [], lambda *_: mixed)
    found = destination("https://hook.example:8443/x?y=1", [], lambda *_: mixed[:1])
    assert (found.address, found.port, found.tls, found.target) == ("93.184.216.34", 8443, True, "/x?y=1")
    for inside in ("127.0.0.1", "0.0.0.0", "169.254.169.254", "100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0"):
        with pytest.raises(NotDelivered, match="public network"):
            destination("https://hook.example/", [], lambda *_, one=inside: [one])
    for tunnel in ("2002:7f00:1::", "::ffff:127.0.0.1", "64:ff9b:1::1", "64:ff9b::7f00:1"):
        with pytest.raises(NotDelivered):
            destination("https://hook.example/", [], lambda *_, one=tunnel: [one])
    for given_up in ("::7f00:1", "::5db8:d822", "fec0::1", "5f00::1", "3fff::1", "3fff:fff::1"):
        with pytest.raises(NotDelivered, match="public network"):
            destination("https://hook.example/", [], lambda *_, one=given_up: [one])
    assert destination("https://hook.example/", [], lambda *_: ["2606:4700::1111"]).address == "2606:4700::1111"


@pytest.mark.parametrize(
    "address", ["nobody", "a@b", "a@.example", "a b@c.example", "a@c.example,d@e.example", "가@c.example"]
)
def test_what_is_no_mailbox_is_refused(address: str) -> None:
    with pytest.raises(UnfitRule):
        check_address(address)
    assert check_address(" waste@city.example ") == "waste@city.example"


def test_a_name_that_means_another_address_at_the_second_look_leads_nowhere_else() -> None:
    with web_server() as hook:
        answers = [["127.0.0.1"], ["169.254.169.254"]]
        webhooks = Webhooks(
            [ip_network("127.0.0.0/8")], lambda: 1.7e9, lambda *_: answers.pop(0), ssl.create_default_context()
        )
        port = int(hook.url.split(":")[2].split("/")[0])
        webhooks.send(f"http://hook.example:{port}/x", b"secret", "key", b"{}")
        assert hook.requests[0].headers["host"] == f"hook.example:{port}"
        with pytest.raises(Exception, match="public network") as refused:
            webhooks.send(f"http://hook.example:{port}/x", b"secret", "key", b"{}")
        assert getattr(refused.value, "for_good", False)


def test_settings_that_would_send_in_the_clear_are_refused(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    base = {"smtp_host": "mail.city.example", "sender": "alarms@city.example"}
    signed = {**base, "smtp_user": "civicroot", "smtp_password_file": "password"}
    found = of_configuration(signed, tmp_path).smtp
    assert found is not None
    assert (found.port, found.security, found.password) == (587, "starttls", "secret")
    for wrong in (
        {**signed, "smtp_security": "none"},
        {**base, "sender": "nobody"},
        {**base, "smtp_port": 0},
        {**base, "smtp_user": "civicroot"},
        {"webhook_networks": ["10.0.0.1/8"]},
        {"smtp": "x"},
    ):
        with pytest.raises(ConfigurationError):
            of_configuration(wrong, tmp_path)
