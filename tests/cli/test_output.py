"""Without a reader for its output the command sends nothing, and reports no success."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import AT_MOST_S, CLI, ROOT, Org, environment, run


def shell(line: str, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line, CLI, *arguments],
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=AT_MOST_S,
        check=False,
    )


def given(org: Org) -> dict[str, str]:
    return {**org.settings(), "HEADLESSID_PASSWORD": org.password}


BROKEN = {
    "closed": '"$0" "$@" >&-',
    "closed with standard input": '"$0" "$@" <&- >&-',
    "all three closed": '"$0" "$@" <&- >&- 2>&-',
    "full": '"$0" "$@" >/dev/full',
    "for reading only": '"$0" "$@" 1</dev/null',
    "a pipe without a reader": 'exec 3> >(:); wait $!; "$0" "$@" >&3',
    "at the limit of its size": 'ulimit -f 0; "$0" "$@" >"$OUT"',
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize(
    "flow",
    [["guest"], ["login", "--username", "lena.ortiz@example.com"], ["login", "--username", "lena.ortiz@example.com", "--json"]],
)
def test_nothing_is_sent_where_the_result_could_not_be_written(org: Org, tmp_path: Path, how: str, flow: list[str]) -> None:
    done = shell(BROKEN[how], *flow, env={**given(org), "OUT": str(tmp_path / "out")})
    assert done.returncode == 5, done
    assert "all three" in how or "standard output cannot be written" in done.stderr
    assert org.control("seen")["requests"] == {}


@pytest.mark.parametrize("how", [how for how in BROKEN if "size" not in how])
@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["flows"], ["flows", "--json"], ["guest", "--help"], ["sim", "--help"], ["sim", "--until-eof"]],
)
def test_no_output_no_success(how: str, arguments: list[str]) -> None:
    assert shell(BROKEN[how], *arguments).returncode == 5


@pytest.mark.parametrize("closed", ["<&-", "</dev/null", "0>/dev/null"])
def test_without_standard_input_an_answer_is_missing(org: Org, closed: str) -> None:
    done = shell(f'"$0" login --username lena.ortiz@example.com --json {closed}', env=org.settings())
    assert done.returncode == 2
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "failed" and "standard input ended" in last["error"]["message"]


def test_closed_standard_error_gets_nothing_of_ours(org: Org) -> None:
    done = shell('"$0" guest --json --trace 2>&-', env=org.settings())
    assert done.returncode == 0 and json.loads(done.stdout)["event"] == "done"


def test_a_descriptor_that_does_not_wait_loses_nothing(org: Org) -> None:
    """As a parent in Node hands one over: the pipe is full when the result comes."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    while True:
        try:
            os.write(writing, b" " * 4096)
        except BlockingIOError:
            break
    process = subprocess.Popen([CLI, "guest", "--json"], env=environment(org.settings()), stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    with os.fdopen(reading) as out:
        text = out.read()
    process.communicate(timeout=AT_MOST_S)
    assert process.returncode == 0 and json.loads(text.strip())["event"] == "done"


@pytest.mark.parametrize("saves", [True, False])
def test_a_reader_that_goes_away_during_the_flow_is_told_of(org: Org, tmp_path: Path, saves: bool) -> None:
    org.control("fail", {"endpoint": "token", "delay_ms": 1500})
    kept = tmp_path / "tokens.json"
    process = subprocess.Popen(
        [CLI, "login", "--json", "--username", org.username, *(["--save", str(kept)] if saves else [])],
        env=environment(given(org)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    while not org.control("seen")["requests"].get("token"):
        pass
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(AT_MOST_S) == 5
    assert "the flow is done" in said and "--save" in said if not saves else "the result is in the file of --save" in said
    assert not saves or json.loads(kept.read_text())["access_token"]


# ---- --save ----


def test_save_keeps_the_result_for_its_owner_alone(org: Org, tmp_path: Path) -> None:
    kept = tmp_path / "tokens.json"
    kept.write_text("old")
    kept.chmod(0o644)
    old_mask = os.umask(0)
    try:
        done = run("login", "--json", "--username", org.username, "--save", str(kept), env=given(org))
    finally:
        os.umask(old_mask)
    assert done.status == 0 and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text()) == done.result
    assert "raw" not in done.result and isinstance(done.result["issued_at_ms"], int) and isinstance(done.result["scope"], str)
    assert [each.name for each in tmp_path.iterdir()] == ["tokens.json"]


def test_save_and_take_up_again(org: Org, tmp_path: Path) -> None:
    guest, tokens = str(tmp_path / "guest.json"), str(tmp_path / "tokens.json")
    env = org.settings()
    assert run("guest", "--save", guest, env=env).status == 0
    assert run("login", "--username", org.username, "--guest-file", guest, "--save", tokens, env=given(org)).status == 0
    saved = json.loads(Path(tokens).read_text())
    assert saved["uvid"] == json.loads(Path(guest).read_text())["uvid"]
    who = run("userinfo", "--json", "--token-file", tokens, env=env)
    assert who.result["preferred_username"] == org.username
    assert run("introspection", "--json", "--token-file", tokens, env=env).error["field"] == "client_secret", (
        "a public client cannot"
    )
    assert run("introspection", "--json", "--access-token-file", tokens, env=env).status == 2, "no such option"
    assert run("userinfo", "--json", "--access-token-file", tokens, env=env).result == who.result
    org.control("settings", {"apps": [{"client_id": env["HEADLESSID_CLIENT_ID"], "is_secret_required_for_refresh_token": False}]})
    assert run("refresh", "--token-file", tokens, "--save", tokens, env=env).status == 0
    after = json.loads(Path(tokens).read_text())
    assert after["refresh_token"] == saved["refresh_token"], "the response brings none, so that it stays"
    assert after["access_token"] and "raw" not in after
    assert run("revocation", "--token-file", tokens, env=env).status == 0
    assert run("refresh", "--json", "--token-file", tokens, env=env).error["advice"] == "SIGN_IN_AGAIN"


def test_an_app_with_a_secret_asks_about_its_saved_token(org: Org, tmp_path: Path) -> None:
    tokens = str(tmp_path / "tokens.json")
    env = {**given(org), **org.settings(1)}
    assert run("login", "--username", org.username, "--save", tokens, env=env).status == 0
    assert run("introspection", "--json", "--token-file", tokens, env=org.settings(1)).result["active"] is True


def test_a_rotated_refresh_token_is_saved(org: Org, tmp_path: Path) -> None:
    tokens = str(tmp_path / "tokens.json")
    env = org.settings()
    changes = {"is_refresh_token_rotation_enabled": True, "is_secret_required_for_refresh_token": False}
    org.control("settings", {"apps": [{"client_id": env["HEADLESSID_CLIENT_ID"], **changes}]})
    assert run("login", "--username", org.username, "--save", tokens, env=given(org)).status == 0
    seen = {json.loads(Path(tokens).read_text())["refresh_token"]}
    for _ in range(3):
        assert run("refresh", "--token-file", tokens, "--save", tokens, env=env).status == 0
        seen.add(json.loads(Path(tokens).read_text())["refresh_token"])
    assert len(seen) == 4


def test_what_fails_leaves_the_old_file_as_it_was(org: Org, tmp_path: Path) -> None:
    kept = tmp_path / "tokens.json"
    kept.write_text("old")
    done = run("login", "--username", org.username, "--save", str(kept), env={**given(org), "HEADLESSID_PASSWORD": "wrong"})
    assert done.status == 1 and kept.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["tokens.json"]


def test_a_link_is_followed_and_stays(org: Org, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "tokens.json").symlink_to("real/tokens.json")
    (tmp_path / "real/tokens.json").write_text("old")
    assert run("guest", "--save", str(tmp_path / "tokens.json"), env=org.settings()).status == 0
    assert (tmp_path / "tokens.json").is_symlink() and json.loads((tmp_path / "real/tokens.json").read_text())["uvid"]


@pytest.mark.parametrize("where", ["-", "", "nowhere/tokens.json", ".", "fifo", "/dev/stdout", "/dev/full", "dangling"])
def test_where_nothing_can_be_saved_nothing_is_sent(org: Org, tmp_path: Path, where: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dangling").symlink_to("nowhere/at/all")
    done = subprocess.run(
        [CLI, "guest", "--json", f"--save={where}"],
        env=environment(org.settings()),
        cwd=tmp_path,
        capture_output=True,
        timeout=AT_MOST_S,
        check=False,
    )
    assert done.returncode == 2 and "--save" in json.loads(done.stdout)["error"]["message"], done
    assert org.control("seen")["requests"] == {}


def test_no_room_for_the_file_is_known_before(org: Org, tmp_path: Path) -> None:
    done = subprocess.run(
        [CLI, "guest", "--save", str(tmp_path / "guest.json")], env=environment(org.settings()), capture_output=True, timeout=AT_MOST_S, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )  # fmt: skip
    assert done.returncode == 2 and b"no room" in done.stderr and org.control("seen")["requests"] == {}


def test_save_belongs_to_flows_that_bring_tokens(org: Org) -> None:
    for flow in ("userinfo", "introspection", "revocation", "password-reset"):
        assert "has no option --save" in run(flow, "--save", "x", env=org.settings()).err
    for flow in ("guest", "login", "registration", "passwordless-login", "refresh", "native-sso", "first-party-login"):
        assert "--save FILE" in run(flow, "--help").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "access_token is missing"),
        ('{"access_token":1,"token_type":"Bearer","uvid_carry":"absent"}', "access_token is not a string"),
        ('{"access_token":"a","access_token":"b"}', "the name access_token appears twice"),
        ('{"event":"failed","error":{}}', "does not hold what --save writes"),
        ("[]", "does not hold what --save writes"),
        ('{"access_token":' + "[" * 50_000, "nested deeper than 32"),
    ],
)
def test_a_token_file_that_is_wrong(org: Org, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(content)
    file.chmod(0o600)
    done = run("userinfo", "--json", "--token-file", str(file), env=org.settings())
    assert done.status == 2 and said in done.error["message"] and done.err == ""


RESULTS = ROOT / "tests" / "results"


def text_of(entry: dict[str, Any]) -> str:
    return entry["text"] if isinstance(entry["text"], str) else entry["text"]["repeat"] * entry["text"]["times"]


@pytest.mark.parametrize(
    "entry",
    [each for each in json.loads((RESULTS / "refused.json").read_text()) if each["class"] == "TokenSet"],
    ids=lambda entry: entry["about"],
)
def test_what_no_language_restores(org: Org, tmp_path: Path, entry: dict[str, Any]) -> None:
    file = tmp_path / "tokens.json"
    file.write_bytes(text_of(entry).encode("utf-8", "surrogatepass"))
    file.chmod(0o600)
    done = run("userinfo", "--json", "--token-file", str(file), env=org.settings())
    assert done.status == 2 and "Example.Secret" not in done.out + done.err, done
    assert entry["field"] is None or entry["field"] in done.error["message"]
    assert org.control("seen")["requests"] == {}


@pytest.mark.parametrize(
    "entry",
    [each for each in json.loads((RESULTS / "restored.json").read_text()) if each["class"] in ("TokenSet", "Guest")],
    ids=lambda entry: entry["about"],
)
def test_what_every_language_restores(org: Org, tmp_path: Path, entry: dict[str, Any]) -> None:
    file = tmp_path / "tokens.json"
    file.write_bytes(text_of(entry).encode("utf-8", "surrogatepass"))
    file.chmod(0o600)
    done = run("userinfo", "--json", "--token-file", str(file), "--trace", env=org.settings())
    assert done.status == 1 and org.control("seen")["requests"] == {"userinfo": 1}, done


def test_a_token_file_is_also_what_json_printed(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "printed"
    printed = run("login", "--json", "--username", org.username, env=org.settings(), stdin=org.password + "\n").out
    assert len(printed.splitlines()) == 2
    file.write_text(printed)
    assert run("userinfo", "--token-file", str(file), env=org.settings()).status == 0


def test_an_interrupted_login_leaves_no_file(org: Org, tmp_path: Path) -> None:
    org.control("fail", {"endpoint": "token", "delay_ms": 30_000})
    process = subprocess.Popen(
        [CLI, "login", "--username", org.username, "--save", str(tmp_path / "tokens.json")],
        env=environment(given(org)),
        stdout=subprocess.DEVNULL,
    )
    while not org.control("seen")["requests"].get("token"):
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(AT_MOST_S) == 130 and list(tmp_path.iterdir()) == []
