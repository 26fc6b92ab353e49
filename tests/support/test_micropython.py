"""The harness itself: values survive the trip, failures are described, a hung process is killed."""

import time

import pytest

from tests.support.micropython import MicroPython, MicroPythonDied, MicroPythonError


def test_values_of_every_kind_survive_the_trip(micropython: MicroPython) -> None:
    value = [
        None,
        True,
        False,
        0,
        -(2**70),
        2**300,
        1.5,
        "é\n\x00",
        b"\x00\xff",
        (1, (b"", [])),
        {-1: b"x", "k": ()},
    ]
    assert micropython.call("builtins.list", value) == value
    assert micropython.call("builtins.bool", 1) is True


def test_runs_on_micropython_and_not_on_cpython(micropython: MicroPython) -> None:
    assert micropython.get("sys.implementation.name") == "micropython"


def test_exception_keeps_class_bases_and_text(micropython: MicroPython) -> None:
    with pytest.raises(MicroPythonError) as caught:
        micropython.call("binascii.unhexlify", "0")
    assert (caught.value.name, caught.value.reason) == ("ValueError", None)
    with pytest.raises(MicroPythonError) as caught:
        micropython.call("json.absent")
    assert "AttributeError" in caught.value.bases


def test_source_runs_with_names_bound(micropython: MicroPython) -> None:
    source = """
        def double(data):
            return data + data
        result = double(message)
    """
    assert micropython.run(source, message=b"ab") == b"abab"


def test_printed_lines_do_not_disturb_replies(micropython: MicroPython) -> None:
    assert micropython.call("builtins.print", "first\nunfinished", end="") is None
    assert micropython.printed[-2:] == ["first", "unfinished"]


def test_hung_call_is_killed_at_its_deadline() -> None:
    with MicroPython() as process:
        started = time.monotonic()
        with pytest.raises(MicroPythonDied, match="deadline"):
            process.call("time.sleep", 60, deadline=0.2)
        assert time.monotonic() - started < 10
        assert not process.alive


def test_process_that_ends_is_reported() -> None:
    with MicroPython() as process, pytest.raises(MicroPythonDied, match="ended"):
        process.call("sys.exit", 3)


def test_arguments_larger_than_a_pipe_pass(micropython: MicroPython) -> None:
    data = bytes(range(256)) * 1024
    assert micropython.call("builtins.bytes", data) == data
