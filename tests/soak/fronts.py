#!/usr/bin/env python3
"""Logins through nginx, haproxy and a front of our own before the simulated org, over HTTP/2: not one may fail, also where a front
ends its connections gracefully (nginx after keepalive_requests, 1,000 by default). fronts.py BUILD [--long]"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NGINX = """daemon off;
error_log {folder}/nginx.log;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {requests}
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/front.pem; ssl_certificate_key {folder}/front.key;
    location / {{
      proxy_pass {origin}; proxy_redirect off; proxy_http_version 1.1; proxy_set_header Host $proxy_host; proxy_set_header Connection ""; proxy_ssl_verify off;
    }}
  }}
}}
"""
HAPROXY = """defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend site
  bind 127.0.0.1:{port} ssl crt {folder}/both.pem alpn h2,http/1.1
  http-request set-header Host {host}
  default_backend org
backend org
  server org {host} ssl verify none
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"the front ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("the front does not listen")


def certificate(folder: Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            folder / "front.key",
            "-out",
            folder / "front.pem",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ],
        check=True,
        capture_output=True,
    )
    (folder / "both.pem").write_bytes((folder / "front.pem").read_bytes() + (folder / "front.key").read_bytes())


def main() -> int:
    build, long = Path(sys.argv[1]), "--long" in sys.argv
    missing = [name for name in ("nginx", "haproxy") if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]
    if missing:
        sys.exit("please install: " + " ".join(missing))
    org_process = subprocess.Popen(
        [build / "cli/headlessid", "sim", "--tls", "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert org_process.stdout is not None
    org = json.loads(org_process.stdout.readline())
    app, user = org["apps"][0], org["users"][0]
    origin, path = org["site"].rsplit("/", 1)
    host = origin.split("//")[1]
    failed = False
    rounds = [
        ("nginx", "keepalive_requests 40;", 16, 400),
        ("haproxy", "", 16, 200),
        ("ours", "at-once", 16, 800),
        ("ours", "announced", 16, 800),
    ]
    if long:
        rounds = [("nginx", "", 64, 6000), ("nginx", "keepalive_requests 50;", 16, 1600), ("haproxy", "", 64, 6000)]
        rounds += [("ours", "at-once", 64, 6000), ("ours", "announced", 64, 6000)]
    for front, requests, threads, logins in rounds:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            certificate(folder)
            port = free_port()
            config = folder / "front.conf"
            template = NGINX if front == "nginx" else HAPROXY
            config.write_text(template.format(folder=folder, port=port, origin=origin, host=host, requests=requests))
            environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
            command = {
                "nginx": ["nginx", "-c", config, "-e", folder / "nginx.log"],
                "haproxy": ["haproxy", "-db", "-f", config],
                "ours": [
                    "node",
                    Path(__file__).with_name("ending_front.mjs"),
                    port,
                    origin,
                    folder / "front.pem",
                    folder / "front.key",
                    50,
                    requests,
                ],
            }[front]
            process = subprocess.Popen([str(word) for word in command], env=environment, stderr=subprocess.DEVNULL)
            try:
                wait_for(port, process)
                done = subprocess.run(
                    [
                        build / "tests/soak/hlid_logins",
                        f"https://localhost:{port}/{path}",
                        folder / "front.pem",
                        app["client_id"],
                        app["redirect_uri"],
                        user["username"],
                        str(threads),
                        str(logins),
                    ],
                    env={**os.environ, "HLID_PASSWORD": user["password"]},
                    capture_output=True,
                    text=True,
                )
            finally:
                process.terminate()
                process.wait()
            print(
                f"{front} {requests} {logins} logins from {threads} threads: {done.stdout.strip()} {done.stderr.strip()}".replace(
                    "\n", ", "
                )
            )
            failed = failed or done.returncode != 0
    assert org_process.stdin is not None
    org_process.stdin.close()
    org_process.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
