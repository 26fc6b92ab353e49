"""A link over TLS to both real brokers: who is let in, who is believed, and what the log says when not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from civicroot_gateway.mqtt.tls import TlsFiles

from tests.support.brokers import HOST
from tests.support.certificates import Authority, replace

from .linked import Linked
from .tls_brokers import KINDS, TlsBroker, TlsNats

PAYLOADS = [bytes([number]) * 40_000 for number in range(20)]  # of several TLS records each


class Stage:
    """A broker, its authority, and the gateway's files."""

    def __init__(self, kind: Callable[[Path, Path, Path, Path], TlsBroker], folder: Path) -> None:
        self.authority = Authority(folder / "authority")
        self.server = self.authority.issue("server")
        self.broker = kind(folder, self.authority.pem, *self.server)
        self.files = TlsFiles(self.authority.pem, *self.authority.issue("gateway"))

    def link(self, files: TlsFiles | None = None, host: str = HOST) -> Linked:
        return Linked(host, self.broker.tls_port, tls=files or self.files)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    found = Stage(request.param, tmp_path)
    with found.broker:
        yield found


def test_messages_of_many_tls_records_pass_both_ways(stage: Stage) -> None:
    with stage.link() as linked:
        linked.come_up()
        for payload in PAYLOADS:
            linked.link.publish("test/a", payload)
        linked.until(lambda: len(linked.received) == len(PAYLOADS), "all messages")
        assert linked.received == PAYLOADS
        status = linked.link.status()
        assert status.up and status.certificate_days is not None and 89 < status.certificate_days <= 90


def test_broker_of_another_authority_is_not_believed_until_the_right_one_is_named(stage: Stage, tmp_path: Path) -> None:
    right = stage.authority.pem.read_bytes()
    named = tmp_path / "ca.pem"
    named.write_bytes(Authority(tmp_path / "other").pem.read_bytes())
    with stage.link(TlsFiles(named, stage.files.certificate, stage.files.key)) as linked:
        assert "CERTIFICATE_VERIFY_FAILED" in linked.fail()
        replace(named, right)
        linked.come_up()


def test_broker_under_another_name_is_not_believed(stage: Stage) -> None:
    with stage.link(host="localhost") as linked:  # its certificate is for 127.0.0.1
        assert "Hostname mismatch" in linked.fail()


def test_broker_whose_certificate_has_expired_is_not_believed_until_it_has_a_new_one(stage: Stage) -> None:
    stage.authority.issue("server", lasts=timedelta(hours=-1))
    stage.broker.restart()
    with stage.link() as linked:
        assert "certificate has expired" in linked.fail()
        stage.authority.issue("server")
        stage.broker.restart()
        linked.come_up()


def test_without_a_client_certificate_the_broker_lets_nobody_in(stage: Stage) -> None:
    with stage.link(TlsFiles(stage.authority.pem)) as linked:
        assert "before CONNACK: the broker may not take our certificate" in linked.fail()


@pytest.mark.parametrize("fault", ["expired", "of another authority"])
def test_bad_client_certificate_is_refused_until_it_is_replaced(stage: Stage, tmp_path: Path, fault: str) -> None:
    other = Authority(tmp_path / "other")
    bad = stage.authority.issue("gateway", lasts=timedelta(hours=-1)) if fault == "expired" else other.issue("gateway")
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    certificate.write_bytes(bad[0].read_bytes())
    key.write_bytes(bad[1].read_bytes())
    with stage.link(TlsFiles(stage.authority.pem, certificate, key)) as linked:
        assert linked.fail()
        good = stage.authority.issue("gateway")
        replace(key, good[1].read_bytes())
        replace(certificate, good[0].read_bytes())
        linked.come_up()


def test_files_that_are_not_there_yet_are_waited_for(stage: Stage, tmp_path: Path) -> None:
    with stage.link(TlsFiles(stage.authority.pem, tmp_path / "own.pem", tmp_path / "own.key")) as linked:
        assert "own.pem" in linked.fail()
        assert stage.files.certificate is not None and stage.files.key is not None
        replace(tmp_path / "own.key", stage.files.key.read_bytes())
        replace(tmp_path / "own.pem", stage.files.certificate.read_bytes())
        linked.come_up()


def test_plain_broker_behind_a_tls_address_is_a_clear_error(stage: Stage) -> None:
    plain = stage.broker.nats_port if isinstance(stage.broker, TlsNats) else stage.broker.port  # it may speak first
    with Linked(HOST, plain, tls=stage.files) as linked:
        assert "SSL" in linked.fail() or "reset" in linked.error or "EOF" in linked.error


def test_new_certificate_is_used_without_losing_a_message_or_the_session(stage: Stage) -> None:
    with stage.link() as linked:
        linked.come_up()
        sent = [str(number).encode() for number in range(200)]
        for number, payload in enumerate(sent):
            linked.link.publish("test/a", payload)
            linked.turn(0.001)
            if number == 50:
                before = linked.link.status().certificate_days
                stage.authority.issue("gateway", lasts=timedelta(days=30))
                linked.link.look_now()
            if number > 50 and len(linked.ups) == 1:
                linked.until(lambda: len(linked.ups) == 2, "hand-over")
        linked.until(lambda: set(linked.received) == set(sent), "all messages")
        after = linked.link.status()
        assert before is not None and before > 80 and after.certificate_days is not None and after.certificate_days < 31
        assert linked.ups == [False, True] and not after.error


def test_busy_link_is_handed_over_after_a_while_and_what_was_unacknowledged_comes_again(stage: Stage) -> None:
    with stage.link() as linked:
        linked.come_up()
        linked.holding = True
        linked.link.publish("test/a", b"held")
        linked.until(lambda: linked.held, "a message")
        stage.authority.issue("gateway", lasts=timedelta(days=30))
        linked.link.look_now()
        linked.until(lambda: len(linked.ups) == 2, "hand-over without a quiet moment")
        assert linked.ups == [False, False]
        linked.holding = False
        linked.link.acknowledge(linked.held[0].ticket)  # of the connection before: means nothing any more
        linked.until(lambda: linked.received == [b"held", b"held"], "redelivery")


def test_new_certificate_that_the_broker_cannot_be_reached_with_leaves_the_old_connection(stage: Stage) -> None:
    with stage.link() as linked:
        linked.come_up()
        content = stage.authority.pem.read_bytes()
        replace(stage.authority.pem, Authority(stage.authority.pem.parent, "wrong").pem.read_bytes())
        linked.link.look_now()
        linked.until(lambda: linked.link._renewing, "refused attempt")
        assert linked.link.up
        linked.link.publish("test/a", b"still here")
        linked.until(lambda: linked.received == [b"still here"], "a message on the old connection")
        replace(stage.authority.pem, content)
        linked.link.look_now()
        linked.until(lambda: len(linked.ups) == 2, "hand-over")
