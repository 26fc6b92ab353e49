"""URLs: which store they open, and what is said about a bad one."""

from pathlib import Path

import pytest
from civicroot_backend.telemetry.duckdb_store import DuckDbStore
from civicroot_backend.telemetry.errors import TelemetryUnavailable, TelemetryUrlError
from civicroot_backend.telemetry.open import TOKEN_VARIABLE, open_telemetry

from tests.support.brokers import free_port


def test_three_slashes_are_relative_and_four_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("duckdb:///a%20file.duckdb", f"duckdb:///{tmp_path}/absolute.duckdb"):
        store = open_telemetry(url)
        assert isinstance(store, DuckDbStore)
        store.close()
    assert {each.name for each in tmp_path.iterdir()} >= {"a file.duckdb", "absolute.duckdb"}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "no such engine"),
        ("telemetry.duckdb", "no such engine"),
        ("sqlite:///t.db", "no such engine"),
        ("duckdb+http:///t.duckdb", "no such engine"),
        ("influx://t@host/org/bucket", "no such engine"),
        ("victoria+ftp://host:1", "no such engine"),
        ("duckdb://t.duckdb", "absolute/file"),
        ("duckdb:///", "absolute/file"),
        ("duckdb:///folder/", "absolute/file"),
        ("duckdb:///t.duckdb?mode=ro", r"ends in \? or #"),
        ("influx+http://t@host:8086/org", "/ORG/BUCKET"),
        ("influx+http://t@host:8086/org/", "/ORG/BUCKET"),
        ("influx+http://t@host:8086/org/bucket/more", "/ORG/BUCKET"),
        ("influx+http://host:8086/org/bucket", f"one token.*{TOKEN_VARIABLE}"),
        ("influx+http://user:word@host:8086/org/bucket", "one token"),
        ("influx+http://t@/org/bucket", "no host"),
        ("victoria+http://", "no host"),
        ("victoria+http://host:port", "[Pp]ort"),
        ("victoria+http://host:99999", "[Pp]ort"),
        ("victoria+http://[::1", "IPv6"),
        ("victoria+http://host:8428/path", "neither path nor credentials"),
        ("victoria+http://user@host:8428", "neither path nor credentials"),
    ],
)
def test_bad_url_is_a_named_error_that_shows_the_forms(url: str, why: str) -> None:
    with pytest.raises(TelemetryUrlError, match=why) as caught:
        open_telemetry(url, environment={})
    assert "duckdb:///FILE" in str(caught.value)


def test_token_is_never_shown() -> None:
    for url in ("influx+http://hunter2@host:8086/org", "influx+http://hunter2@h:port/o/b", "in+flux://hunter2@h/o/b"):
        with pytest.raises(TelemetryUrlError) as caught:
            open_telemetry(url, environment={})
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("influx+http://h/o/b", "hunter2\n"),
        ("influx+http://hunter2%0Ax@h/o/b", ""),
        ("influx+http://h/o/b", "hunter2é"),
    ],
)
def test_token_that_cannot_be_sent_is_refused_before_a_library_shows_it(url: str, token: str) -> None:
    with pytest.raises(TelemetryUrlError, match="its token cannot be sent") as caught:
        open_telemetry(url, environment={TOKEN_VARIABLE: token})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("form", ["influx+http://127.0.0.1:{}/org/bucket", "victoria+http://127.0.0.1:{}"])
def test_server_that_is_not_there_is_a_named_error(form: str) -> None:
    port = free_port()
    with pytest.raises(TelemetryUnavailable, match=f"127.0.0.1:{port} cannot be reached"):
        open_telemetry(form.format(port), environment={TOKEN_VARIABLE: "token"})
