"""--listen: the command waits on a loopback address for the browser, which this test plays."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from support import AT_MOST_S, CLI, Org, environment, run

PUBLIC = "3MVG9Example.PublicClient"
LENA = "lena.ortiz@example.com"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(org: Org, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command while it waits, and the address that it shows."""
    settings = org.settings()
    profile = ["--site", settings["HEADLESSID_SITE"], "--client-id", PUBLIC, "--ca-file", settings["HEADLESSID_CA_FILE"]]
    process = subprocess.Popen(
        [CLI, "web-server", "--json", "--listen", *profile, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout
        event = json.loads(process.stdout.readline())
        assert event["event"] == "show", event
        yield process, event["url"]
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    out, _ = process.communicate(timeout=AT_MOST_S)
    return process.returncode, json.loads(out.splitlines()[-1])


def ask(url: str, method: str = "GET", host: str | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
    parts = urllib.parse.urlsplit(url)
    sent = {"Host": host or parts.netloc, **{name.replace("_", "-"): value for name, value in headers.items()}}
    with closing(http.client.HTTPConnection("127.0.0.1", parts.port, timeout=AT_MOST_S)) as connection:
        connection.request(method, f"{parts.path}?{parts.query}", headers=sent)
        with connection.getresponse() as response:
            return response.status, response.read().decode(), {name.lower(): value for name, value in response.getheaders()}


def state_of(url: str) -> str:
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["state"][0]


def signed_in(org: Org, redirect_uri: str) -> None:
    apps = [{"client_id": PUBLIC, "redirect_uris": [redirect_uri]}]
    org.control("settings", {"settings": {"signed_in_user": LENA}, "apps": apps})


def arrive(org: Org, url: str) -> str:
    """Where the org sends the browser."""
    context = ssl.create_default_context(cafile=org.settings()["HEADLESSID_CA_FILE"])
    parts = urllib.parse.urlsplit(url)
    with closing(http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=AT_MOST_S)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        with connection.getresponse() as response:
            return str(response.headers["Location"])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_receives_the_callback_once_and_exchanges_the_code(org: Org, host: str) -> None:
    callback = f"http://{host}:{free_port()}/OauthRedirect"
    signed_in(org, callback)
    with listening(org, "--redirect-uri", callback) as (process, url):
        parts = urllib.parse.urlsplit(callback)
        # A browser opens connections that it does not use, and asks for an icon.
        with socket.create_connection(("127.0.0.1", parts.port or 0)):
            assert ask(f"http://{parts.netloc}/favicon.ico?")[0] == 404
            back = arrive(org, url)
            status, page, headers = ask(back)
        assert status == 200
        for secret in (state_of(back), urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]):
            assert secret not in page
        assert headers["cache-control"] == "no-store"
        code, event = ended(process)
        assert (code, event["event"]) == (0, "done")
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", parts.port or 0), timeout=5).close()


def test_listens_at_any_free_port_without_a_redirect_uri(org: Org) -> None:
    with listening(org) as (process, url):
        callback = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
        assert callback.startswith("http://localhost:") and callback.endswith("/callback")
        assert ask(f"{callback}?error=access_denied&state={state_of(url)}")[0] == 200
        code, event = ended(process)
        assert (code, event["error"]["reason"]) == (1, "access_denied")


def test_responds_to_nothing_but_a_browser_that_comes_back(org: Org) -> None:
    with listening(org) as (process, url):
        callback = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
        query = f"?error=access_denied&state={state_of(url)}"
        assert ask(callback + query, "POST")[0] == 405
        assert ask(callback + query, host="evil.example.com")[0] == 403
        assert ask(callback + "/more" + query)[0] == 404
        assert process.poll() is None


def test_no_other_page_ends_the_sign_in(org: Org) -> None:
    with listening(org) as (process, url):
        callback = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
        state = state_of(url)
        for query in (
            "?error=access_denied&error_description=come+to+evil.example",
            "?code=c&state=other",
            "?code=c",
            f"?code=c&state={state}x",
            f"?code=c&state={state}&state=other",
            f"?code=c#state={state}",
        ):
            assert ask(callback + query)[0] == 404, query
        query = f"?error=access_denied&state={state}"
        for mode in ("no-cors", "cors", "same-origin", "websocket"):
            assert ask(callback + query, sec_fetch_mode=mode)[0] == 403
        assert process.poll() is None
        assert ask(callback + query, sec_fetch_mode="navigate")[0] == 200
        out, _ = process.communicate(timeout=AT_MOST_S)
        events = [json.loads(line) for line in out.splitlines()]
        # A page that tries on and on does not fill the terminal.
        assert [event["event"] for event in events] == ["refused"] * 3 + ["failed"]
        assert all(event["problem"]["reason"] == "not_the_callback" for event in events[:3])
        assert "evil" not in out
        assert events[-1]["error"]["reason"] == "access_denied"


@pytest.mark.parametrize(
    "line", ["GET {target}", "GET {target} HTTP/2", "GET {target} x HTTP/1.1", "GET http://x{target} HTTP/1.1", "{target}"]
)
def test_a_line_that_is_not_a_request_is_none(org: Org, line: str) -> None:
    with listening(org) as (process, url):
        callback = urllib.parse.urlsplit(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0])
        target = f"{callback.path}?error=access_denied&state={state_of(url)}"
        with socket.create_connection(("127.0.0.1", callback.port or 0), timeout=AT_MOST_S) as browser:
            browser.sendall(f"{line.format(target=target)}\r\nHost: {callback.netloc}\r\n\r\n".encode())
            assert browser.recv(4096).startswith(b"HTTP/1.1 400 ")
        assert process.poll() is None


def test_gives_up_when_no_browser_comes(org: Org) -> None:
    with listening(org, "--listen-timeout", "1") as (process, url):
        callback = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
        code, event = ended(process)
        assert (code, event["error"]["reason"]) == (5, "no_value")
        message = event["error"]["message"]
        assert f"no browser came back to {callback} within 1 second." in message
        assert "redirect_uri_mismatch" in message and "--redirect-uri" in message


def test_gives_up_at_the_callback_that_was_given(org: Org) -> None:
    callback = f"http://localhost:{free_port()}/OauthRedirect"
    with listening(org, "--listen-timeout", "2", "--redirect-uri", callback) as (process, _):
        message = ended(process)[1]["error"]["message"]
        assert f"no browser came back to {callback} within 2 seconds. If the browser shows an error" in message
        assert "--redirect-uri" not in message


def test_port_80_is_left_out_by_browsers(org: Org) -> None:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 80))
        except OSError:
            pytest.skip("port 80 needs a right of its own here")
    with listening(org, "--redirect-uri", "http://127.0.0.1:80/cb") as (process, url):
        assert ask(f"http://127.0.0.1:80/cb?error=access_denied&state={state_of(url)}", host="127.0.0.1")[0] == 200
        assert ended(process)[1]["error"]["reason"] == "access_denied"


@pytest.mark.parametrize("callback", ["https://app.example.com/callback", "http://localhost:0/cb", "com.example:/cb"])
def test_names_a_callback_at_which_it_cannot_listen(callback: str) -> None:
    outcome = run(
        "web-server",
        "--json",
        "--listen",
        "--site",
        "https://acme.my.salesforce.com",
        "--client-id",
        "x",
        "--redirect-uri",
        callback,
    )
    assert outcome.status == 2
    assert outcome.error["field"] == "redirect_uri"


def test_names_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        callback = f"http://127.0.0.1:{taken.getsockname()[1]}/cb"
        site = "https://acme.my.salesforce.com"
        outcome = run("web-server", "--json", "--listen", "--site", site, "--client-id", "x", "--redirect-uri", callback)
    assert outcome.status == 2
    assert "cannot be used" in outcome.error["message"]


def test_is_not_offered_where_no_code_comes_back() -> None:
    for flow in ("user-agent", "refresh", "login"):
        assert "--listen" not in run(flow, "--help").out
    for flow in ("web-server", "hybrid-web-server", "native-sso"):
        assert "--listen-timeout SECONDS" in run(flow, "--help").out
