"""`headlessid sim`: what it says, and when it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from support import AT_MOST_S, CLI, Org, environment, memory_file, path_of, run, terminal


def test_one_line_says_all_that_a_client_needs() -> None:
    org = Org()
    said = org.said
    assert said["event"] == "listening" and said["site"].startswith(said["origin"] + "/")
    assert said["control"] == said["origin"] + "/__sim" and os.path.isfile(said["ca_file"])
    assert [app["public"] for app in said["apps"][:2]] == [True, False]
    assert said["apps"][0]["client_secret"] == "" and said["apps"][1]["client_secret"]
    assert all({"client_id", "redirect_uri"} <= set(app) for app in said["apps"])
    assert all({"username", "password"} <= set(user) for user in said["users"])
    ca_file = said["ca_file"]
    assert org.stop() == 0
    assert not os.path.exists(ca_file), "its files go with it"


def test_until_eof_dies_with_whoever_started_it() -> None:
    starter = subprocess.Popen(
        ["sh", "-c", '"$0" sim --until-eof; true', CLI], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert starter.stdin is not None and starter.stdout is not None
    assert json.loads(starter.stdout.readline())["event"] == "listening"
    starter.stdin.write(b"what is written there is ignored\n")
    starter.stdin.flush()
    assert starter.poll() is None
    starter.stdin.close()
    assert starter.wait(AT_MOST_S) == 0
    # Its standard output is closed by its end: nobody holds it any more.
    assert starter.stdout.read() == b""
    starter.stdout.close()


def test_without_until_eof_the_end_of_input_is_nothing() -> None:
    process = subprocess.Popen([CLI, "sim"], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["ca_file"] == "" and said["site"].startswith("http://localhost:")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.terminate()
    assert process.wait(AT_MOST_S) == 0
    process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_at_a_signal_also_with_a_request_open(number: signal.Signals) -> None:
    org = Org(tls=False)
    org.control("fail", {"endpoint": "authorize", "delay_ms": 60_000})
    waiting = subprocess.Popen([CLI, "guest"], env=environment(org.settings()), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not org.control("seen")["requests"].get("authorize"):
        pass
    org.process.send_signal(number)
    assert org.process.wait(AT_MOST_S) == 0
    waiting.communicate(timeout=AT_MOST_S)
    assert waiting.returncode == 3
    org.stop()


def test_app_file_changes_the_org() -> None:
    changes = {"path_prefix": "/store", "users": [{"username": "new@example.com", "password": "secret-enough-1"}]}
    fd = memory_file(json.dumps(changes))
    process = subprocess.Popen(
        [CLI, "sim", "--until-eof", "--app", path_of(fd)], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[fd]
    )
    os.close(fd)
    assert process.stdin is not None and process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["site"].endswith("/store")
    assert {"username": "new@example.com", "password": "secret-enough-1"}.items() <= said["users"][-1].items()
    process.stdin.close()
    assert process.wait(AT_MOST_S) == 0
    process.stdout.close()


@pytest.mark.parametrize("content", ["{", "[]", '{"nonsense":1}', '{"apps":[{}]}'])
def test_app_file_that_is_wrong(content: str) -> None:
    fd = memory_file(content)
    done = run("sim", "--app", path_of(fd), fds=[fd])
    os.close(fd)
    assert done.status == 2 and done.out == "" and "--app: " in done.err


def test_port_and_port_in_use() -> None:
    first = Org(tls=False)
    port = str(first.said["port"])
    taken = run("sim", "--port", port)
    assert taken.status == 2 and "cannot start" in taken.err
    assert first.stop() == 0


def test_on_a_terminal_it_says_what_to_type_next() -> None:
    with terminal("sim", "--tls") as shown:
        shown.read_until("What it has seen: ")
        for part in ("HEADLESSID_SITE=", "HEADLESSID_CA_FILE=", "headlessid login --username", "password: "):
            assert part in shown.text
        shown.type(b"\x03")
        assert shown.end() == 0
