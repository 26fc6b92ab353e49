"""Metrics, the status page, the cosigned checkpoint for monitors, and the prefix."""

import urllib.error
from hashlib import sha256

import pytest

from tests.conformance import independent_note as note
from tests.witness.conftest import ORIGIN, Made
from tests.witness.independent_client import Answer, cosignature, post
from tests.witness.processes import WitnessProcess

CHECKPOINT = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


def test_metrics(made: Made, running: WitnessProcess) -> None:
    at = cosignature(post(running.url, made.log.request(0, 20)), made.log.checkpoint(20), made.vkey)
    post(running.url, made.log.request(0, 20))
    post(running.url, b"nothing")
    assert running.metric(f'log_size{{origin="{ORIGIN}"}}') == 20
    assert running.metric(f'log_cosigned_seconds{{origin="{ORIGIN}"}}') == at
    assert running.metric('requests_total{reason="ok",status="200"}') == 1
    assert running.metric('requests_total{reason="old-size",status="409"}') == 1
    assert running.metric('requests_total{reason="malformed",status="400"}') == 1
    assert running.metric(f'evidence{{kind="fork",origin="{ORIGIN}"}}') == 0
    assert running.metric("request_seconds_count") == 3
    assert running.metric("clock_ok") == running.metric("database_ok") == 1


def test_monitors_get_the_newest_checkpoint_with_the_cosignature(made: Made, running: WitnessProcess) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as none:
        running.get(CHECKPOINT)
    none.value.close()
    post(running.url, made.log.request(0, 10))
    at = cosignature(post(running.url, made.log.request(10, 20)), made.log.checkpoint(20), made.vkey)
    text = running.get(CHECKPOINT)
    assert text.startswith(made.log.checkpoint(20))
    rest = text.removeprefix(made.log.checkpoint(20))
    # The very line that was answered: the time is not another one because somebody looks.
    assert cosignature(Answer(200, "", rest.encode(), {}), made.log.checkpoint(20), made.vkey) == at
    assert note.cosigned(note.parse(text), [note.verifier_key(made.vkey)]) == {"university.example/w1": at}
    with pytest.raises(urllib.error.HTTPError, match="404") as unknown:
        running.get(f"/{'0' * 64}/checkpoint")
    unknown.value.close()


def test_the_page_says_what_it_is(made: Made, running: WitnessProcess) -> None:
    post(running.url, made.log.request(0, 20))
    page = running.get("/")
    assert made.vkey in page and ORIGIN in page and ">20<" in page
    assert f'href="{CHECKPOINT[1:]}"' in page


def test_under_a_prefix_too(made: Made) -> None:
    config = made.folder / "witness.toml"
    config.write_text(config.read_text().replace('prefix = ""', 'prefix = "/w1"'))
    with WitnessProcess(made.folder) as process:
        answer = post(process.url, made.log.request(0, 5), "/w1/add-checkpoint")
        cosignature(answer, made.log.checkpoint(5), made.vkey)
        answer = post(process.url, made.log.request(5, 6), "/add-checkpoint")
        cosignature(answer, made.log.checkpoint(6), made.vkey)
        assert process.get(f"/w1{CHECKPOINT}").startswith(made.log.checkpoint(6))
        assert post(process.url, made.log.request(5, 6), "/w2/add-checkpoint").status == 404
