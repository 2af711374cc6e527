"""Where the pinned sources come from, and that nothing but the pinned bytes is taken."""

import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.package import sources
from tools.package.common import Failed


def packed(inside: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo(inside)
        entry.size = len(b"text")
        archive.addfile(entry, io.BytesIO(b"text"))
    return made.getvalue()


@pytest.fixture
def mirror():
    """A server, with what it serves and what it was asked for."""
    files, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", files, asked
        server.shutdown()


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "FOLDER", tmp_path / "sources")
    monkeypatch.setattr(sources, "say", lambda text: None)


def crate_of(content: bytes) -> dict:
    return {
        "crate": "some-sys",
        "version": "1.2.3+some-4.5",
        "sha256": hashlib.sha256(content).hexdigest(),
        "folder": "some-sys-{version}/some",
    }


def test_a_crate_comes_from_the_registry_or_its_mirror_once(mirror, monkeypatch):
    url, files, asked = mirror
    content = packed("some-sys-1.2.3+some-4.5/some/file.c")
    files["/crates/some-sys/1.2.3+some-4.5/download"] = content
    monkeypatch.setattr(sources, "LIBRARIES", {"some": crate_of(content)})
    assert sources.places(sources.LIBRARIES["some"]) == ["https://static.crates.io/crates/some-sys/1.2.3+some-4.5/download"]
    monkeypatch.setenv("HLID_CRATES_MIRROR", f"{url}/crates/")
    for _ in range(2):
        assert (sources.source("some") / "file.c").read_text() == "text"
    assert asked == ["/crates/some-sys/1.2.3+some-4.5/download"]


def test_the_next_place_is_asked_where_one_has_nothing_or_something_else(mirror, monkeypatch):
    url, files, asked = mirror
    content = packed("some-4.5/file.c")
    files["/changed/some-4.5.tgz"] = packed("some-4.5/other.c")
    files["/right/some-4.5.tgz"] = content
    pin = {
        "version": "4.5",
        "sha256": hashlib.sha256(content).hexdigest(),
        "folder": "some-{version}",
        "urls": [f"{url}/{place}/some-{{version}}.tgz" for place in ("gone", "changed", "right")],
    }
    monkeypatch.setattr(sources, "LIBRARIES", {"some": pin})
    assert (sources.source("some") / "file.c").exists()
    assert asked == [f"/{place}/some-4.5.tgz" for place in ("gone", "changed", "right")]


def test_what_is_not_found_is_asked_for_by_name_and_may_be_put_there(mirror, monkeypatch):
    url, files, _ = mirror
    content = packed("some-sys-1.2.3+some-4.5/some/file.c")
    files["/some-sys/1.2.3+some-4.5/download"] = b"another"
    pin = crate_of(content)
    monkeypatch.setattr(sources, "LIBRARIES", {"some": pin})
    monkeypatch.setenv("HLID_CRATES_MIRROR", url)
    with pytest.raises(Failed) as failed:
        sources.source("some")
    kept = sources.FOLDER / "downloads" / "some-1.2.3+some-4.5.tar.gz"
    for words in (f"{url}/some-sys/1.2.3+some-4.5/download: another SHA-256", str(kept), pin["sha256"]):
        assert words in str(failed.value)
    kept.write_bytes(content)
    assert (sources.source("some") / "file.c").exists()
