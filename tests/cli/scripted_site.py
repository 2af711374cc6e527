"""A site that answers as a vector says, reached under the vector's own name: a proxy that takes CONNECT to anywhere and
then is that server itself, with a certificate for the names that it is told."""

from __future__ import annotations

import contextlib
import http.server
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl


@dataclass
class Response:
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


@dataclass
class Seen:
    method: str
    path: str
    form: dict[str, str]


# A response to a form.
Make = Callable[[dict[str, str]], Response]


class ScriptedSite:
    """Answers requests in order, one answer each; `answer_for` is called with what came. A request too many is counted."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.certificate = folder / "certificate.pem"
        key = folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=scripted", "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
             "-keyout", str(key), "-out", str(self.certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.script: list[Make] = []
        self.seen: list[Seen] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self) -> None:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                try:
                    inner = site.context.wrap_socket(self.connection, server_side=True)
                except (ssl.SSLError, OSError):
                    self.close_connection = True
                    return
                self.connection = inner
                self.rfile = inner.makefile("rb")
                self.wfile = inner.makefile("wb", buffering=0)  # type: ignore[assignment]

            def response(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="surrogateescape"))
                site.seen.append(Seen(self.command, self.path, form))
                response = site.next_response(form)
                self.close_connection = True
                if response is None:
                    return
                out = b"HTTP/1.1 %d Scripted\r\nConnection: close\r\nContent-Length: %d\r\n" % (
                    response.status,
                    len(response.body),
                )
                for name, value in response.headers:
                    out += name + b": " + value + b"\r\n"
                self.wfile.write(out + b"\r\n" + response.body)

            do_POST = do_GET = response

            def finish(self) -> None:
                # wrap_socket owns the socket now, so nothing else closes it.
                for each in (self.wfile, self.rfile, self.connection):
                    with contextlib.suppress(OSError):
                        each.close()

            def log_message(self, *_: object) -> None:
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # a client that hangs up is what some vectors are about

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def play(self, script: list[Make]) -> None:
        """Each is called with the form that came, and gives an Response."""
        self.script, self.seen = list(script), []

    def next_response(self, form: dict[str, str]) -> Response | None:
        if not self.script:
            return None
        return self.script.pop(0)(form)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
