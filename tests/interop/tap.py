"""A server of the tests' own on the loopback address: keeps what arrives, and responds itself or hands on to another server."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import urllib.parse
from collections.abc import Callable
from typing import Any, Optional

import httpx
from servers import Certificate, Request

Fields = list[tuple[str, str]]
AT_MOST_S = 60.0
TOKENS = {"access_token": "00Dxx!token", "token_type": "Bearer", "instance_url": "https://acme.my.salesforce.com"}


class Tap:
    """Without `upstream` every POST gets tokens; with it the form goes on to that address, changed by `change`."""

    def __init__(
        self, certificate: Certificate, upstream: Optional[str] = None, change: Callable[[Fields], Fields] = lambda fields: fields
    ) -> None:
        self.seen: list[Request] = []
        self._change = change
        self._upstream = upstream
        self._http = httpx.Client(verify=ssl.create_default_context(cafile=certificate.file), trust_env=False, timeout=AT_MOST_S)
        tap = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                fields = urllib.parse.parse_qsl(
                    self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True, strict_parsing=True
                )
                scheme = self.headers["Authorization"].split()[0] if self.headers["Authorization"] else None
                tap.seen.append(Request("POST", self.path, scheme, fields))
                status, body = tap._respond(self.path, fields, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.file, certificate.key_file)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.site = f"https://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _respond(self, path: str, fields: Fields, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._upstream is None:
            return 200, json.dumps(TOKENS).encode()
        kept = {name: value for name, value in headers.items() if name.lower() in ("authorization", "content-type")}
        content = urllib.parse.urlencode(self._change(fields))
        response = self._http.post(self._upstream + path, content=content, headers=kept)
        return response.status_code, response.content

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._http.close()
