"""Secrets: never as an argument, never in a place where another process reads them, never on the screen."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import termios
from pathlib import Path

import pytest
from support import AT_MOST_S, CLI, Org, environment, memory_file, path_of, run, terminal, wait_until

MARK = "M4rkedS3cret"
CATALOGUE = json.loads(run("flows", "--json").out)
SECRETS = [
    (flow["name"], field["name"])
    for flow in CATALOGUE["flows"]
    for field in flow["parameters"] + CATALOGUE["settings"]
    if field["secret"] and field["kind"] != "url"
]


# ---- Z11: a secret as an argument ----


@pytest.mark.parametrize(("flow", "name"), SECRETS)
@pytest.mark.parametrize("joined", [True, False])
def test_z11_a_secret_as_an_argument_is_refused_and_not_repeated(flow: str, name: str, joined: bool) -> None:
    option = "--" + name.replace("_", "-")
    given = [f"{option}={MARK}"] if joined else [option, MARK]
    people = run(flow, *given)
    assert people.status == 2 and people.out == "" and MARK not in people.err
    assert f"{option}-file PATH" in " ".join(people.err.split()) and f"HEADLESSID_{name.upper()}" in people.err
    program = run(flow, *given, "--json")
    assert program.status == 2 and MARK not in program.out + program.err
    assert program.error["kind"] == "ARGUMENT" and program.error["advice"] == "FIX_ARGUMENT" and program.error["field"] == name


@pytest.mark.parametrize(
    "arguments", [[MARK], ["--password-file", MARK], [f"--passwrod={MARK}"], ["--guest-file", MARK], ["--profile", MARK]]
)
def test_z11_a_secret_in_the_wrong_place_is_not_repeated(arguments: list[str]) -> None:
    for done in (run("login", *arguments), run("login", "--json", *arguments)):
        assert done.status == 2 and MARK not in done.out + done.err


# ---- Z11: the prompt ----


def test_z11_a_missing_secret_is_asked_for_without_echo(org: Org) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        assert not shown.echoes()
        shown.type(org.password.encode() + b"\r")
        assert shown.end() == 0
        assert shown.echoes()
        assert org.password not in shown.text and "uvid_carry" in shown.text
        assert "--show-secrets" in shown.text


def test_z11_prompts_come_in_order_and_only_for_what_is_missing(org: Org) -> None:
    settings = org.settings(1)
    settings.pop("HEADLESSID_CLIENT_SECRET")
    # A client secret is optional (a public client has none), so only the password is asked for; the org refuses then.
    with terminal("login", "--username", org.username, env=settings) as shown:
        shown.read_until("password: ")
        shown.type(org.password.encode() + b"\r")
        assert shown.end() == 1 and "client-secret:" not in shown.text


def test_z11_editing_at_the_prompt(org: Org) -> None:
    username = "gruen@example.com"
    password = org.users[username].encode()
    assert password.startswith("Grü".encode())
    keys = b"wrong\x15" + "Grüü".encode() + b"\x7f" + password[len("Grü".encode()) :] + b"x\x08" + b"\r"
    with terminal("login", "--username", username, env=org.settings()) as shown:
        shown.read_until("password: ")
        shown.type(keys)
        assert shown.end() == 0


def test_z11_a_token_longer_than_a_terminal_line_can_be_typed(org: Org) -> None:
    with terminal("userinfo", env=org.settings()) as shown:
        shown.read_until("access-token: ")
        for _ in range(20):
            shown.type(MARK.encode() * 30)
        shown.type(b"\r")
        assert shown.end() == 1 and MARK not in shown.text


def test_z11_nobody_is_asked_while_a_setting_is_missing(org: Org) -> None:
    with terminal("login") as shown:
        assert shown.end() == 2 and "--site is missing" in shown.text and "username: " not in shown.text


def test_login_asks_for_the_user_name_and_then_for_the_password(org: Org) -> None:
    with terminal("login", env=org.settings()) as shown:
        shown.read_until("username: ")
        assert shown.echoes()
        shown.type(b"\r")
        shown.read_until("--username is empty\nusername: ")
        shown.type(org.username.encode() + b"\r")
        shown.read_until("password: ")
        assert not shown.echoes()
        shown.type(org.password.encode() + b"\r")
        assert shown.end() == 0 and org.username in shown.text and org.password not in shown.text


def test_a_missing_word_is_asked_for_with_its_choices(org: Org) -> None:
    with terminal("passwordless-login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until(r"verification-method \((email, sms|sms, email)\): ")
        shown.type(b"pigeon\r")
        shown.read_until("--verification-method must be (.|\n)*verification-method")
        shown.type(b"\x03")
        assert shown.end() == 130


def test_what_was_given_and_is_wrong_is_not_asked_for(org: Org) -> None:
    with terminal("login", "--username", "", env=org.settings()) as shown:
        assert shown.end() == 2 and "--username is empty" in shown.text


def test_z11_end_of_input_at_the_prompt(org: Org) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        shown.type(b"\x04")
        assert shown.end() == 2 and shown.echoes()


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_z11_ctrl_c_at_the_prompt_gives_the_echo_back(org: Org, arguments: list[str]) -> None:
    with terminal("login", "--username", org.username, *arguments, env=org.settings()) as shown:
        shown.read_until("password: ")
        assert not shown.echoes()
        shown.type(MARK.encode() + b"\x03")
        assert shown.end() == 130
        assert shown.echoes() and MARK not in shown.text


ENDING = [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGXCPU, signal.SIGRTMIN, signal.SIGRTMAX]  # fmt: skip


@pytest.mark.parametrize("number", ENDING)
def test_z11_other_signals_at_the_prompt_give_the_echo_back(org: Org, number: signal.Signals) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        shown.process.send_signal(number)
        assert shown.end() == 128 + number and shown.echoes()


@pytest.mark.parametrize(
    "number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGSYS, signal.SIGTRAP]
)
def test_z11_a_fault_at_the_prompt_gives_the_echo_back(org: Org, number: signal.Signals) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        shown.process.send_signal(number)
        assert shown.end() == -number and shown.echoes()


def test_z11_ctrl_backslash_at_the_prompt_gives_the_echo_back_and_leaves_no_core(org: Org, tmp_path: Path) -> None:
    unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)  # noqa: E731
    with terminal("login", "--username", org.username, env=org.settings(), cwd=tmp_path, before=unlimited) as shown:
        shown.read_until("password: ")
        limits = Path(f"/proc/{shown.process.pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0", limits), limits
        shown.type(MARK.encode() + b"\x1c")
        assert shown.end() == 128 + signal.SIGQUIT
        assert shown.echoes() and MARK not in shown.text and not list(tmp_path.iterdir())


def test_z11_nothing_may_look_into_it_while_it_holds_secrets(org: Org) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        # The files of a process that cannot be dumped belong to root, not to its user.
        assert Path(f"/proc/{shown.process.pid}/mem").stat().st_uid == 0
        status = os.waitstatus_to_exitcode(os.system(f"exec 2>/dev/null; head -c 0 /proc/{shown.process.pid}/environ"))
        assert os.geteuid() == 0 or status != 0
        shown.type(b"\x03")
        assert shown.end() == 130


def test_z11_stopped_by_sigstop_and_taken_up_again(org: Org) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        shown.process.send_signal(signal.SIGSTOP)
        wait_until("it stands still", lambda: "T (stopped)" in Path(f"/proc/{shown.process.pid}/status").read_text())
        # As a shell does for its own line.
        modes = termios.tcgetattr(shown.slave)
        modes[3] |= termios.ECHO | termios.ICANON
        termios.tcsetattr(shown.slave, termios.TCSANOW, modes)
        shown.process.send_signal(signal.SIGCONT)
        shown.read_until("password: (.|\n)*password: ")
        wait_until("it hides again", lambda: not shown.echoes())
        shown.type(org.password.encode() + b"\r")
        assert shown.end() == 0 and shown.echoes() and org.password not in shown.text


def test_z11_stopped_at_the_prompt_and_taken_up_again(org: Org) -> None:
    with terminal("login", "--username", org.username, env=org.settings()) as shown:
        shown.read_until("password: ")
        # Nothing could resume a session's leader, so the kernel does not stop it. Everything else is as with Ctrl-Z: the
        # echo comes back for the shell, and goes again with a new prompt.
        shown.type(b"half a passw")
        shown.process.send_signal(signal.SIGTSTP)
        shown.read_until("password: (.|\n)*password: ")
        wait_until("it hides again", lambda: not shown.echoes())
        shown.type(org.password.encode() + b"\r")
        assert shown.end() == 0


def test_z11_with_json_on_a_terminal_the_prompt_does_not_mix_with_the_events(org: Org) -> None:
    reading, writing = os.pipe()
    with terminal("login", "--json", "--username", org.username, env=org.settings(), stdout=writing) as shown:
        os.close(writing)
        shown.read_until("password: ")
        shown.type(org.password.encode() + b"\r")
        with os.fdopen(reading) as events:
            # Without a password the flow asks, and the question is an event too.
            assert [json.loads(line)["event"] for line in events.read().splitlines()] == ["ask", "done"]
        assert shown.end() == 0 and "access_token" not in shown.text


def test_without_a_terminal_nobody_is_asked_for_an_option(org: Org) -> None:
    done = run("revocation", "--json", env=org.settings(), stdin="a line that is not a token\n")
    assert done.status == 2 and done.error["field"] == "token" and done.error["message"].endswith("missing")


# ---- Z10: what other processes can read ----


def files_of(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except PermissionError:
        return b""  # as it should be, for everybody but root


@pytest.mark.parametrize("way", ["environment", "file", "input"])
def test_z10_no_secret_in_cmdline_or_environ_while_the_flow_runs(org: Org, way: str) -> None:
    settings = org.settings(1)
    secret = settings.pop("HEADLESSID_CLIENT_SECRET")
    arguments = ["login", "--username", org.username]
    env, stdin, fds = dict(settings), b"", []
    # A token of another flow, which this one has no use for.
    env["HEADLESSID_ACCESS_TOKEN"] = MARK
    if way == "environment":
        env |= {"HEADLESSID_CLIENT_SECRET": secret, "HEADLESSID_PASSWORD": org.password, "HEADLESSID_STATE": MARK + "state"}
    elif way == "file":
        fds = [memory_file(secret), memory_file(org.password)]
        arguments += ["--client-secret-file", path_of(fds[0]), "--password-file", path_of(fds[1])]
    else:
        arguments += ["--client-secret-file", "-", "--password-file", "-"]
        stdin = f"{secret}\n{org.password}\n".encode()
    org.control("fail", {"endpoint": "token", "delay_ms": 30_000})
    process = subprocess.Popen(
        [CLI, *arguments],
        env=environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=fds,
    )
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.flush()
    wait_until("it waits for the token", lambda: org.control("seen")["requests"].get("token", 0) >= 1)
    readable = files_of(process.pid, "cmdline") + files_of(process.pid, "environ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=AT_MOST_S)
    for fd in fds:
        os.close(fd)
    assert process.returncode == 130, (out, err)
    for text in (secret, org.password, MARK):
        assert text.encode() not in readable + out + err
    assert os.geteuid() != 0 or b"HEADLESSID_SITE=" in readable, "the environment was read"


def test_z10_no_file_is_left_and_none_is_written(org: Org, tmp_path: Path) -> None:
    given = {**org.settings(), "HEADLESSID_PASSWORD": org.password, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    keys = tmp_path / "keys"
    given["SSLKEYLOGFILE"] = str(keys)
    assert run("login", "--username", org.username, env=given).status == 0
    assert list(tmp_path.iterdir()) == []


def test_z10_the_environment_sends_nothing_elsewhere(org: Org) -> None:
    """The proxy variables are not ours unless the settings say so."""
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"), "http://127.0.0.1:9")
    assert run("guest", env={**org.settings(), **nowhere}).status == 0


def test_z10_no_secret_in_messages_of_a_failed_login(org: Org) -> None:
    given = {**org.settings(), "HEADLESSID_PASSWORD": MARK, "HEADLESSID_STATE": MARK + "state"}
    for arguments in ([], ["--json"], ["--trace"], ["--json", "--trace", "--show-secrets"]):
        done = run("login", "--username", org.username, *arguments, env=given)
        assert done.status == 1 and MARK not in done.out + done.err
