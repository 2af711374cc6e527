"""`headlessid sim`: what it says, and when it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

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
    # Its standard output is closed by its end: no process holds it any more.
    assert starter.stdout.read() == b""
    starter.stdout.close()


def test_without_until_eof_the_end_of_input_is_nothing() -> None:
    process = subprocess.Popen([CLI, "sim"], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["ca_file"] and said["site"].startswith("https://localhost:"), "TLS unless it is turned off"
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
        [CLI, "sim", "--until-eof", "--app", path_of(fd)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[fd],
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
    assert done.status == 2 and done.out == "" and re.search(r"--app(:| is| does) ", done.err)


def test_port_and_port_in_use() -> None:
    first = Org(tls=False)
    port = str(first.said["port"])
    taken = run("sim", "--port", port)
    assert taken.status == 2 and "cannot start" in taken.err
    assert first.stop() == 0


@pytest.mark.parametrize(("arguments", "scheme"), [([], "https"), (["--tls"], "https"), (["--no-tls"], "http")])
def test_tls_is_on_unless_it_is_turned_off(arguments: list[str], scheme: str) -> None:
    done = subprocess.run(
        [CLI, "sim", "--until-eof", *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=AT_MOST_S,
        check=False,
    )
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["site"].startswith(f"{scheme}://") and bool(said["ca_file"]) == (scheme == "https")


@pytest.mark.parametrize("tls", [True, False])
def test_an_app_file_decides_unless_the_command_line_does(tls: bool) -> None:
    fd = memory_file(json.dumps({"tls": tls}))
    for arguments, scheme in (([], "https" if tls else "http"), (["--no-tls"], "http"), (["--tls"], "https")):
        done = run("sim", "--until-eof", "--app", path_of(fd), *arguments, fds=[fd])
        assert done.status == 0 and json.loads(done.out)["site"].startswith(f"{scheme}://")
    os.close(fd)


@pytest.mark.parametrize("tls", [True, False])
def test_on_a_terminal_it_says_what_to_paste_next(tls: bool, tmp_path: Path) -> None:
    with terminal("sim", *([] if tls else ["--no-tls"])) as shown:
        shown.read_until("/outbox'?\n")
        lines = [line.strip() for line in shown.text.splitlines() if line.startswith("  ")]
        assert lines[-1].startswith("curl") and ("--cacert" in lines[-1]) is tls
        script = tmp_path / "pasted.sh"
        path = f"PATH={Path(CLI).parent}:$PATH\n"
        script.write_text("set -e\n" + path + "\n".join(lines) + "\n")
        pasted = subprocess.run(
            ["sh", str(script)], env=environment(), capture_output=True, text=True, timeout=AT_MOST_S, check=False
        )
        assert pasted.returncode == 0, pasted
        assert pasted.stdout.count("access_token") == 2 and '"requests"' in pasted.stdout and '"messages"' in pasted.stdout
        shown.type(b"\x03")
        assert shown.end() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\ufeff{}".encode("utf-16"), "UTF-16"),
        (b'{"tls":true,"tls":false}', "the name tls appears twice"),
        (b'{"settings":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "nested deeper than 32"),
        (b'{"tls":\n  treu}', "is not JSON: line 2, column 5"),
    ],
)
def test_app_file_that_is_wrong_in_its_form(content: bytes, said: str) -> None:
    fd = memory_file(content)
    done = run("sim", "--app", path_of(fd), fds=[fd])
    os.close(fd)
    assert done.status == 2 and said in " ".join(done.err.split()), done


def test_the_users_passwords_are_quoted_for_the_shell() -> None:
    fd = memory_file(json.dumps({"users": [{"username": "lena.ortiz@example.com", "password": "it's $HOME"}]}))
    with terminal("sim", "--app", f"/proc/{os.getpid()}/fd/{fd}") as shown:
        shown.read_until("--password-file -")
        assert "'it'\\''s $HOME'" in shown.text
        shown.type(b"\x03")
        assert shown.end() == 0
    os.close(fd)


def test_it_says_no_control_character_of_its_options() -> None:
    fd = memory_file(json.dumps({"users": [{"username": "new@example.com", "password": "a\u009b\u202eb"}]}))
    done = run("sim", "--until-eof", "--app", path_of(fd), fds=[fd])
    os.close(fd)
    assert done.status == 0 and "\x9b" not in done.out and "\u202e" not in done.out
