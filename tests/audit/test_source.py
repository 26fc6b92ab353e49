"""Sources keep to their limits whatever a server answers."""

import gzip
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from civicroot_audit import source
from civicroot_audit.errors import Missing, SourceError

from tests.audit.servers import send, server
from tests.support.brokers import free_port


def test_a_folder_gives_its_files(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/checkpoint").write_bytes(b"12345")
    for address in (str(tmp_path), f"file://{tmp_path}"):
        found = source.open_source(address)
        assert found.get("log/checkpoint", 5) == b"12345"
        with pytest.raises(Missing, match="more than 4"):
            found.get("log/checkpoint", 4)
        with pytest.raises(Missing, match="not there"):
            found.get("log/absent", 4)
        with pytest.raises(Missing):
            found.get("log", 4)


@pytest.mark.parametrize("address", ["ftp://city.example/", "http://", "https://city.example/?a=1", "/no/such/folder"])
def test_what_is_no_source_is_refused(address: str) -> None:
    with pytest.raises(SourceError):
        source.open_source(address)


def test_plain_and_compressed_answers() -> None:
    clients = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        clients.add(handler.client_address)
        if handler.path == "/city/plain":
            send(handler, b"12345")
        else:
            send(handler, gzip.compress(b"12345"), Content_Encoding="gzip")

    with server(answer) as url:
        found = source.open_source(url + "/city")
        for _ in range(20):
            assert found.get("plain", 5) == b"12345"
            assert found.get("small", 30) == b"12345"
        assert len(clients) == 1, "the connection is used again"
        with pytest.raises(Missing):
            found.get("plain", 4)
        found.close()


def test_a_compressed_bomb_is_not_inflated() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    bombed = server(lambda handler: send(handler, bomb, Content_Encoding="gzip"))
    with bombed as url, pytest.raises(Missing, match="more than 100000 bytes"):
        source.open_source(url).get("bomb", 100_000)


@pytest.mark.parametrize(
    "content", [b"not gzip", gzip.compress(b"cut short" * 99, mtime=0)[:-9]], ids=["no gzip", "cut short"]
)
def test_damaged_compression_is_refused(content: bytes) -> None:
    damaged = server(lambda handler: send(handler, content, Content_Encoding="gzip"))
    with damaged as url, pytest.raises(Missing, match="compression"):
        source.open_source(url).get("log/checkpoint", 10_000)


def test_an_endless_answer_ends_at_the_limit() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(bytes(65536))
        except OSError:
            handler.close_connection = True

    with server(answer) as url, pytest.raises(Missing, match="more than"):
        source.open_source(url).get("log/checkpoint", 16384)


def test_a_dripping_answer_ends_at_the_deadline() -> None:
    ticks = iter(range(0, 10_000, 50))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(1000):
                handler.wfile.write(b"x")
                time.sleep(0.01)  # each byte by itself
        except OSError:
            handler.close_connection = True

    with server(answer) as url, pytest.raises(SourceError, match="takes longer"):
        found = source.HttpSource(url, lambda: float(next(ticks)))
        found.get("log/checkpoint", 16384)


def test_an_answer_that_is_cut_is_no_answer() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x" * 10)
        handler.close_connection = True

    with server(answer) as url, pytest.raises(SourceError):
        source.open_source(url).get("log/checkpoint", 16384)


def test_redirects_stay_with_the_host() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        where = {"/a": "/b", "/b": "/c", "/away": "http://localhost:1/log", "/round": "/round", "/nowhere": ""}
        if handler.path == "/c":
            send(handler, b"there")
        else:
            send(handler, b"", 302, Location=where[handler.path])

    with server(answer) as url:
        found = source.open_source(url)
        assert found.get("a", 10) == b"there"
        with pytest.raises(Missing, match="another host"):
            found.get("away", 10)
        for name in ("round", "nowhere"):
            with pytest.raises(Missing, match="redirected more than"):
                found.get(name, 10)


def test_a_server_that_restarts_is_asked_again() -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        send(handler, b"12345", 200 if len(asked) > 2 else 503, Retry_After="999999")

    with server(answer) as url:
        assert source.open_source(url).get("log/checkpoint", 10) == b"12345"
    assert len(asked) == 3


@pytest.mark.parametrize("status", [404, 403, 500])
def test_an_error_is_an_answer(status: int) -> None:
    with server(lambda handler: send(handler, b"no", status)) as url, pytest.raises(Missing, match=str(status)):
        source.open_source(url).get("log/checkpoint", 10)


def test_nobody_answers() -> None:
    port = free_port()
    with pytest.raises(SourceError):
        source.open_source(f"http://127.0.0.1:{port}").get("log/checkpoint", 10)
