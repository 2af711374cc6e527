"""Texts as editors, shells and other systems leave them, and what a terminal is shown of a server's."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from support import AT_MOST_S, CLI, Org, environment, run, terminal

BOM = b"\xef\xbb\xbf"


def kept(folder: Path, content: bytes | str, mode: int = 0o600, name: str = "given") -> str:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(mode)
    return str(file)


def login(org: Org, *arguments: str, **how: Any) -> Any:
    return run("login", "--json", "--username", org.username, *arguments, env={**org.settings(), **how.pop("env", {})}, **how)


# ---- encodings ----


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_byte_order_mark_is_no_part_of_a_password(org: Org, tmp_path: Path, end: bytes) -> None:
    text = BOM + org.password.encode() + end
    assert login(org, "--password-file", kept(tmp_path, text)).status == 0
    assert login(org, "--password-file", "-", stdin=text).status == 0
    assert login(org, stdin=text).status == 0
    if not end:
        assert login(org, env={"HEADLESSID_PASSWORD": text.decode()}).status == 0


def test_a_byte_order_mark_is_no_part_of_a_profile_or_of_what_was_saved(org: Org, tmp_path: Path) -> None:
    settings = {name.removeprefix("HEADLESSID_").lower(): value for name, value in org.settings().items()}
    profile = kept(tmp_path, BOM + json.dumps(settings).encode(), name="profile")
    guest = tmp_path / "guest.json"
    assert run("guest", "--profile", profile, "--save", str(guest)).status == 0
    guest.write_bytes(BOM + guest.read_bytes())
    signed_in = run(
        "login",
        "--json",
        "--profile",
        profile,
        "--username",
        BOM.decode() + org.username,
        "--guest-file",
        str(guest),
        stdin=org.password,
    )
    assert signed_in.status == 0 and signed_in.events[-1]["result"]["uvid_carry"] == "carried"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("option", ["--password-file", "--profile", "--guest-file", "--extra-headers-file"])
def test_other_encodings_are_named(org: Org, tmp_path: Path, encoding: str, option: str) -> None:
    text = '{"uvid":"3f2b8c1e-6a1d-4c55-9b1f-0d2a7e9c4b11"}' if option != "--password-file" else "Example-4711\r\n"
    done = login(
        org,
        option,
        kept(tmp_path, text.encode(encoding)),
        env={"HEADLESSID_PASSWORD": "x"} if option != "--password-file" else {},
    )
    wanted = "NUL" if encoding == "utf-32-be" else "UTF-32" if encoding == "utf-32" else "UTF-16"
    assert done.status == 2 and wanted in done.error["message"] and "4711" not in done.out + done.err
    assert org.control("seen")["requests"] == {}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_other_encodings_on_standard_input_are_named(org: Org, encoding: str) -> None:
    done = login(org, "--password-file", "-", stdin="Example-4711\r\n".encode(encoding))
    assert done.status == 2 and "UTF-16" in done.error["message"] and org.control("seen")["requests"] == {}


def test_a_nul_is_named(org: Org, tmp_path: Path) -> None:
    done = login(org, "--password-file", kept(tmp_path, b"Example\x00-4711"))
    assert done.status == 2 and "NUL" in done.error["message"]


def test_a_carriage_return_at_the_end_of_a_variable(org: Org) -> None:
    done = login(org, env={"HEADLESSID_PASSWORD": org.password + "\r"})
    assert done.status == 2 and "HEADLESSID_PASSWORD ends with a line end, the carriage return" in done.error["message"]
    assert done.error["field"] == "password"
    assert org.control("seen")["requests"] == {}


def test_quotation_marks_that_a_tool_has_kept(org: Org) -> None:
    assert "is in quotation marks" in run("guest", env={"HEADLESSID_PROFILE": '"shop.json"'}).err
    timeout = run("guest", "--json", env={**org.settings(), "HEADLESSID_TIMEOUT": "'30'"})
    assert timeout.status == 2 and "quotation marks" in timeout.error["hint"]
    done = login(org, env={"HEADLESSID_PASSWORD": f'"{org.password}"'})
    assert (
        done.status == 1
        and "HEADLESSID_PASSWORD begins and ends with a quotation mark" in done.err
        and org.password not in done.err
    )


# ---- JSON ----


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"site":"https://a.example","site":"https://b.example"}', "the name site appears twice"),
        ('{"extra_headers":{"X-A":"1","X-A":"2"}}', "the name X-A appears twice"),
        ('{"extra_headers":' + '{"a":' * 40 + "1" + "}" * 41, "nested deeper than 32"),
        ("[" * 1_000_000, "nested deeper than 32"),
        ('{"site":\n "a"\n "b"}', "is not JSON: line 3"),
        ('{"site":"\\ud800"}', "is not JSON"),
    ],
)
def test_a_profile_that_is_no_good_json(tmp_path: Path, content: str, said: str) -> None:
    done = run("guest", "--json", "--profile", kept(tmp_path, content))
    assert done.status == 2 and said in done.error["message"]


def test_a_guest_file_that_says_a_name_twice(org: Org, tmp_path: Path) -> None:
    for text in ('{"uvid":"a","uvid":"b"}', '{"event":"done","result":{"uvid":"a","uvid":"b"}}\n'):
        done = login(org, "--guest-file", kept(tmp_path, text), env={"HEADLESSID_PASSWORD": "x"})
        assert done.status == 2 and "the name uvid appears twice" in done.error["message"]


# ---- kinds of files ----

FILES = ["--profile", "--password-file", "--guest-file", "--extra-headers-file"]


@pytest.mark.parametrize("option", FILES)
@pytest.mark.parametrize(("path", "said"), [("/dev/zero", "is a device"), ("/dev/null", "is a device"), ("/", "is a directory")])
def test_devices_and_directories_are_refused(org: Org, option: str, path: str, said: str) -> None:
    done = login(org, option, path)
    assert done.status == 2 and said in done.error["message"]


@pytest.mark.parametrize("option", FILES)
def test_a_missing_file_is_named(org: Org, tmp_path: Path, option: str) -> None:
    for path in (str(tmp_path / "gone"), "gone.json"):
        done = login(org, option, path)
        assert done.status == 2 and f"{option} {path} cannot be opened: " in done.error["message"]


def test_what_may_be_the_secret_itself_is_not_named(org: Org) -> None:
    for secret in ("hunter2", "ab/cd+ef==", "/9j4AAQ", "//9j4AAQ", "00DEx0!AQ.b_c"):
        done = login(org, "--password-file", secret)
        assert (
            done.status == 2 and "--password-file cannot be opened" in done.error["message"] and secret not in done.out + done.err
        )
    profile = '{"client_secret":"hunter2"}'
    done = login(org, "--profile", profile)
    assert done.status == 2 and "hunter2" not in done.out + done.err


@pytest.mark.parametrize("option", FILES)
def test_a_fifo_that_nobody_writes_into_keeps_nobody_waiting(org: Org, tmp_path: Path, option: str) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    before = time.monotonic()
    done = login(org, option, str(tmp_path / "fifo"))
    assert done.status == 2 and "is a FIFO without a writer" in done.error["message"] and time.monotonic() - before < 20


def test_a_fifo_with_a_writer_is_read_to_its_end(org: Org, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)

    def write() -> None:
        with fifo.open("w") as out:
            time.sleep(0.5)
            out.write(org.password[:3])
            out.flush()
            time.sleep(0.5)
            out.write(org.password[3:] + "\n")

    writer = threading.Thread(target=write)
    writer.start()
    assert login(org, "--password-file", str(fifo)).status == 0
    writer.join()


def test_process_substitution(org: Org) -> None:
    line = '"$0" login --username "$1" --password-file <(sleep 0.3; printf %s "$P") --profile <(printf "%s" "$PROFILE")'
    settings = {name.removeprefix("HEADLESSID_").lower(): value for name, value in org.settings().items()}
    env = environment({"P": org.password, "PROFILE": json.dumps(settings)})
    done = subprocess.run(["bash", "-c", line, CLI, org.username], env=env, capture_output=True, timeout=AT_MOST_S, check=False)
    assert done.returncode == 0 and done.stderr == b"", done


def test_a_terminal_is_no_file(org: Org) -> None:
    with terminal("login", "--username", org.username, "--password-file", "/dev/tty", env=org.settings()) as shown:
        assert shown.end() == 2 and "is a terminal" in shown.text


# ---- who else may read or write them ----


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (0o644, "may read"),
        (0o640, "may read"),
        (0o666, "may change"),
        (0o602, "may change"),
        (0o620, "may change"),
        (0o600, ""),
        (0o400, ""),
    ],
)
def test_a_secret_that_others_can_reach(org: Org, tmp_path: Path, mode: int, said: str) -> None:
    done = login(org, "--password-file", kept(tmp_path, org.password, mode))
    assert done.status == 0 and (
        f"warning: --password-file: other users {said} this file (mode {mode:04o})" in done.err if said else done.err == ""
    )
    assert org.password not in done.err and str(tmp_path) not in done.err


@pytest.mark.parametrize(
    ("mode", "secret", "warns"),
    [(0o644, True, True), (0o644, False, False), (0o666, False, True), (0o666, True, True), (0o600, True, False)],
)
def test_a_profile_that_others_can_reach(org: Org, tmp_path: Path, mode: int, secret: bool, warns: bool) -> None:
    settings = {name.removeprefix("HEADLESSID_").lower(): value for name, value in org.settings(1 if secret else 0).items()}
    profile = kept(tmp_path, json.dumps(settings), mode)
    for how in ({"HEADLESSID_PROFILE": profile}, None):
        done = run("guest", "--json", *([] if how else ["--profile", profile]), env=how)
        assert done.status == 0 and ("warning: " in done.err) is warns, done


def test_tokens_that_others_can_read(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    assert login(org, "--save", str(file), env={"HEADLESSID_PASSWORD": org.password}).err == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("userinfo", "--token-file", str(file), env=org.settings()).err == ""
    file.chmod(0o604)
    assert "warning: --token-file" in run("userinfo", "--token-file", str(file), env=org.settings()).err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user(org: Org, tmp_path: Path) -> None:
    file = kept(tmp_path, org.password)
    os.chown(file, 65534, 65534)
    assert "belongs to another user" in login(org, "--password-file", file).err


# ---- what a terminal is shown ----

# Moves the cursor, turns the direction of writing, ends a line: as characters, in what a server sends.
TRICKS = "\u009b2J\u0085\u202e\u2066\u061c\u200f\u2028\ufeff\x1b[2J\x7f\U000e0041"


def test_no_control_character_of_an_answer_reaches_the_terminal(org: Org) -> None:
    username = "tricks@example.com"
    user = {"username": username, "password": "Tricks-Pass-1", "first_name": "T" + TRICKS, "last_name": "R"}
    org.control("settings", {"users": [user]})
    env = {**org.settings(), "HEADLESSID_PASSWORD": "Tricks-Pass-1"}
    token = run("login", "--json", "--username", username, env=env).result["access_token"]
    env = {**org.settings(), "HEADLESSID_ACCESS_TOKEN": token}
    for arguments in (["--json"], ["--json", "--raw"], ["--raw", "--show-secrets"], ["--trace"], []):
        done = run("userinfo", *arguments, env=env)
        assert done.status == 0 and not set(TRICKS) & (set(done.out + done.err) - set("2J[A")), arguments
    result = run("userinfo", "--json", "--raw", env=env).result
    assert TRICKS in result["name"] and result["raw"]["name"] == result["name"], "and it is still what the server said"
