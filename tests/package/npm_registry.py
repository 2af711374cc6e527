"""As much of an npm registry as `npm install NAME` and `pnpm add NAME` ask for, with the tarballs of dist/ in it."""

import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import sys
import tarfile
import threading
import urllib.parse
from collections.abc import Iterable


def manifest_of(tarball: pathlib.Path) -> dict:
    with tarfile.open(tarball) as archive:
        return json.load(archive.extractfile("package/package.json"))


class Registry:
    """Packages by name: those of tarballs, and those of which only the manifest is asked for."""

    def __init__(self, tarballs: list[pathlib.Path], others: list[dict]) -> None:
        self.tarballs = {tarball.name: tarball for tarball in tarballs}
        self.packages = {manifest["name"]: manifest for manifest in others}
        for tarball in tarballs:
            manifest = manifest_of(tarball)
            digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
            manifest["dist"] = {"tarball": f"/files/{tarball.name}", "integrity": f"sha512-{digest}"}
            self.packages[manifest["name"]] = manifest
        self.url = ""

    def answer(self, path: str) -> tuple[bytes, str] | None:
        name = urllib.parse.unquote(path.lstrip("/"))
        if name.startswith("files/") and name[6:] in self.tarballs:
            return self.tarballs[name[6:]].read_bytes(), "application/octet-stream"
        if name not in self.packages:
            return None
        manifest = dict(self.packages[name])
        nowhere = {"tarball": "/files/none.tgz", "integrity": "sha512-" + "A" * 86 + "=="}
        dist = manifest.get("dist", nowhere)
        manifest["dist"] = {**dist, "tarball": self.url + dist["tarball"]}
        version = manifest["version"]
        said = {"name": name, "dist-tags": {"latest": version}, "versions": {version: manifest}, "time": {version: "2026-01-01"}}
        return json.dumps(said).encode(), "application/json"


@contextlib.contextmanager
def serving(tarballs: list[pathlib.Path], others: Iterable[dict] = (), port: int = 0):
    registry = Registry(tarballs, list(others))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer = registry.answer(self.path)
            self.send_response(200 if answer else 404)
            body, kind = answer or (b'{"error": "not found"}', "application/json")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        registry.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()


# npm_registry.py PORT TARBALL...: serves until it is killed, and says where.
if __name__ == "__main__":
    with serving([pathlib.Path(name) for name in sys.argv[2:]], port=int(sys.argv[1])) as started:
        print(started.url, flush=True)
        threading.Event().wait()
