"""System calls that fail under a running witness: a sync that did not happen is not signed for."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.witness.conftest import Made
from tests.witness.independent_client import cosignature, post
from tests.witness.processes import SECONDS, WitnessProcess


@contextmanager
def failing(process: WitnessProcess, call: str, errno: str) -> Iterator[None]:
    """Every such call of the process fails while the block runs, without being done."""
    command = ["strace", "-f", "-p", str(process.pid), "-e", f"trace={call}", "-e", f"inject={call}:error={errno}"]
    strace = subprocess.Popen([*command, "-o", "/dev/null"], stderr=subprocess.PIPE, text=True)
    assert strace.stderr is not None
    try:
        said = strace.stderr.readline()
        assert "attached" in said, f"strace cannot trace: {said}"
        yield
    finally:
        strace.terminate()
        strace.wait(SECONDS)
        strace.stderr.close()


@pytest.mark.parametrize(
    ("call", "errno"), [("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")]
)
def test_what_is_not_on_the_disk_is_not_signed(made: Made, call: str, errno: str) -> None:
    fork = made.fork(5)
    with WitnessProcess(made.folder) as process:
        cosignature(post(process.url, made.log.request(0, 10)), made.log.checkpoint(10), made.vkey)
        with failing(process, call, errno):
            assert post(process.url, made.log.request(10, 20)).status == 503
            assert post(process.url, made.log.request(10, 20)).status == 503
            # It may say what it knows, as far as it can read it.
            assert post(process.url, made.log.request(0, 20)).status in (409, 503)
        process.kill()
        process.start()
        # Nothing was signed for 20; it may be remembered all the same. Then one history is next, and no other.
        answer = post(process.url, made.log.request(10, 20))
        if answer.status == 409:
            assert answer.size == 20
            answer = post(process.url, made.log.request(20, 20))
        cosignature(answer, made.log.checkpoint(20), made.vkey)
        assert post(process.url, fork.request(20, 20)).status == 409
