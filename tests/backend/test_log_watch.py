"""A complete old backup looks like the original: what somebody else shows of the log tells them apart at the start."""

import logging
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from civicroot_backend import config
from civicroot_backend.errors import ConfigurationError, LogForked

from tests.backend.city import City
from tests.support.brokers import free_port


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the URL at which a mirror serves its `checkpoint`."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/checkpoint"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_complete_old_backup_does_not_start_beside_a_newer_mirror(city: City, mirror: tuple[Path, str]) -> None:
    folder, url = mirror
    data = city.folder / "data"
    with city.backend(checkpoint_watch_url=url) as backend:  # nothing is served yet
        backend.publish_pending()
    shutil.copytree(data, city.folder / "backup")
    with city.backend(checkpoint_watch_url=url) as backend:
        city.enrolled(backend, "bin/1", "device")
        backend.publish_pending()
        assert backend.published is not None
        (folder / "checkpoint").write_text(backend.published.note)
    with city.backend(checkpoint_watch_url=url):
        pass  # the original knows what it shows
    shutil.rmtree(data)
    shutil.copytree(city.folder / "backup", data)
    before = (data / "public/log/checkpoint").read_bytes()
    with pytest.raises(LogForked, match="old copy"), city.backend(checkpoint_watch_url=url):
        pass
    assert (data / "public/log/checkpoint").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no note", bytes(100_000)])
def test_what_is_no_note_of_this_log_means_nothing(city: City, mirror: tuple[Path, str], content: bytes) -> None:
    folder, url = mirror
    (folder / "checkpoint").write_bytes(content)
    with city.backend(checkpoint_watch_url=url) as backend:
        backend.publish_pending()
        assert backend.published is not None


def test_a_mirror_that_is_down_holds_nothing_up_and_is_told(city: City, caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{free_port()}/checkpoint"
    with caplog.at_level(logging.WARNING), city.backend(checkpoint_watch_url=url):
        assert url in caplog.text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "mirror.example/checkpoint", 7])
def test_only_http_is_watched(city: City, url: object) -> None:
    values = {"realm": city.realm, "policy_file": "p", "log_key_file": "l", "backend_key_file": "b", "broker_url": "m"}
    assert config.make({**values, "checkpoint_watch_url": "https://mirror.example/checkpoint"}, city.folder)
    with pytest.raises(ConfigurationError, match="checkpoint_watch_url"):
        config.make({**values, "checkpoint_watch_url": url}, city.folder)
