"""Sessions in a SQLite file: begun by a pipe, used by many commands at a time, ended; and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import CLI, Org, Outcome, environment, run, wait_until

LIFETIME_S = 600


def new_key() -> str:
    return run("session", "new-key").out.strip()


class App:
    """An app of the org whose refresh tokens rotate, with a store of its own."""

    def __init__(self, org: Org, store: Path) -> None:
        self.org, self.store = org, store
        self.env = {**org.settings(), "HEADLESSID_SESSION_KEYS": new_key()}
        client = {"client_id": self.env["HEADLESSID_CLIENT_ID"], "is_refresh_token_rotation_enabled": True}
        self.change(apps=[client], settings={"access_token_lifetime_s": LIFETIME_S})

    def change(self, **what: Any) -> None:
        self.org.control("settings", what)

    def expire(self) -> None:
        """The token that the store has now lasts; those that come after this one are of an hour."""
        self.org.control("settings", {"settings": {"access_token_lifetime_s": 3600}})

    def login(self) -> str:
        done = run("login", "--json", "--username", self.org.username, env={**self.env, "HEADLESSID_PASSWORD": self.org.password})
        assert done.status == 0, done
        return done.out

    def session(self, part: str, *options: str, env: dict[str, str] | None = None, stdin: str = "") -> Outcome:
        return run("session", part, "--store", str(self.store), *options, env={**self.env, **(env or {})}, stdin=stdin)

    def begin(self, *options: str) -> None:
        done = self.session("begin", *options, stdin=self.login())
        assert done.status == 0, done

    def refreshes(self) -> dict[str, int]:
        seen: dict[str, Any] = self.org.control("seen")["refreshes"]
        return {name: seen[name] for name in ("done", "in_use", "families_ended")}

    def files(self) -> bytes:
        """The store, with the files that SQLite keeps next to it."""
        return b"".join(path.read_bytes() for path in self.store.parent.glob(self.store.name + "*"))


@pytest.fixture
def app(org: Org, tmp_path: Path) -> Iterator[App]:
    yield App(org, tmp_path / "sessions.db")


def works(app: App, token: str) -> bool:
    return run("userinfo", "--json", env={**app.env, "HEADLESSID_ACCESS_TOKEN": token}).status == 0


def test_begin_by_a_pipe_token_rejected_and_end(app: App) -> None:
    login = f"'{CLI}' login --json --username {app.org.username}"
    begin = f"'{CLI}' session begin --store '{app.store}'"
    env = environment({**app.env, "HEADLESSID_PASSWORD": app.org.password})
    piped = subprocess.run(["sh", "-c", f"{login} | {begin}"], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert piped.returncode == 0 and piped.stdout == "The session is kept under the key default.\n", piped

    first = app.session("token")
    assert first.status == 0 and first.err == "" and re.fullmatch(r"\S+\n", first.out)
    assert works(app, first.out.strip())
    assert app.session("token").out == first.out and app.refreshes()["done"] == 0
    long = app.session("token", "--json", "--min-ttl", str(LIFETIME_S / 2 - 60))
    assert long.result["access_token"] == first.out.strip() and not long.result.get("refreshed")
    assert isinstance(long.result["expires_at_ms"], int) and "refresh_token" not in long.result

    second = app.session("rejected", "--access-token-file", "-", stdin=first.out)
    assert second.status == 0 and second.out != first.out and works(app, second.out.strip())
    # The same rejected token again: that has been done.
    assert app.session("rejected", "--access-token-file", "-", stdin=first.out).out == second.out
    assert app.refreshes() == {"done": 1, "in_use": 0, "families_ended": 0}

    ended = app.session("end")
    assert ended.status == 0 and ended.out == "The session is over, and its tokens are revoked.\n"
    assert not works(app, second.out.strip())
    assert app.session("end").out == "The session is over; there was nothing to revoke.\n"
    gone = app.session("token", "--json")
    assert gone.status == 1 and gone.error["reason"] == "no_session" and gone.error["advice"] == "SIGN_IN_AGAIN"
    assert "headlessid session begin" in gone.error["hint"]
    # There may never have been one.
    said = app.session("token").err
    assert "session begin" in said and "is over" not in said


def test_a_file_of_tokens_or_a_saved_one_begins_a_session_too(app: App, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    done = run(
        "login", "--save", str(saved), "--username", app.org.username, env={**app.env, "HEADLESSID_PASSWORD": app.org.password}
    )
    assert done.status == 0, done
    assert app.session("begin", "--token-file", str(saved)).status == 0
    assert app.session("token").out.strip() == json.loads(saved.read_text())["access_token"]
    assert app.session("begin", "--token-file", "-", "--key", "other", stdin=saved.read_text()).status == 0
    assert app.session("token", "--key", "other").status == 0
    assert app.session("token", "--key", "a third").status == 1


def test_a_guest_has_a_session_and_a_sign_in_continues_its_visit(app: App) -> None:
    guest = app.session("guest", "--json").result
    again = app.session("guest", "--json").result
    assert again["uvid"] == guest["uvid"] and again["access_token"] == guest["access_token"]
    app.begin()
    assert app.session("token", "--json").result["uvid"] == guest["uvid"]
    named = app.session("guest", "--json")
    assert named.status == 5 and named.error["reason"] == "named_session"


@pytest.mark.parametrize("outage", ["maintenance", "gateway"])
def test_the_status_says_what_to_do(app: App, outage: str) -> None:
    app.begin()
    token = app.session("token").out
    app.change(settings={"outage": outage})
    failed = app.session("rejected", "--json", "--access-token-file", "-", stdin=token)
    assert failed.status == 3 and failed.error["advice"] == "RETRY_LATER", failed
    app.change(settings={"outage": ""})
    again = app.session("token")
    assert again.status == 0 and again.out != token, again
    assert app.refreshes()["families_ended"] == 0


def test_sixteen_commands_at_the_end_of_a_token_refresh_it_once(app: App) -> None:
    app.change(settings={"access_token_lifetime_s": 1})
    app.begin()
    app.change(settings={"access_token_lifetime_s": 3600})
    time.sleep(1.1)
    tokens: list[str] = []

    def use() -> None:
        tokens.append(app.session("token").out)

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(tokens)) == 1 and tokens[0].strip(), tokens
    assert app.refreshes() == {"done": 1, "in_use": 0, "families_ended": 0}


def test_the_store_is_its_owners_and_holds_nothing_that_can_be_read(app: App) -> None:
    tokens = json.loads(app.login().splitlines()[-1])["result"]
    assert app.session("begin", "--key", "lena", stdin=json.dumps(tokens)).status == 0
    assert stat.S_IMODE(app.store.stat().st_mode) == 0o600
    kept = app.files()
    secrets = [tokens["access_token"], tokens["refresh_token"], app.env["HEADLESSID_SESSION_KEYS"].split(":")[1]]
    for secret in secrets:
        assert secret.encode() not in kept
        for piece in (secret[:24], secret[-24:]):
            assert piece.encode() not in kept
    # The search is worth something: the key is there.
    assert b"lena" in kept and b"headlessid_sessions" in kept
    rows = (
        sqlite3.connect(app.store)
        .execute("SELECT store_key, version, length(value), ends_at_ms FROM headlessid_sessions")
        .fetchall()
    )
    assert len(rows) == 1 and rows[0][0] == b"lena" and len(rows[0][1]) == 36 and rows[0][3] > time.time() * 1000
    traced = app.session("token", "--trace", "--json", "--key", "lena", "--min-ttl", "3600")
    assert tokens["refresh_token"] not in traced.out + traced.err


def test_another_key_or_a_changed_bit_says_so_and_nothing_else(app: App) -> None:
    app.begin()
    other = app.session("token", "--json", env={"HEADLESSID_SESSION_KEYS": new_key()})
    assert other.status == 4 and other.error["reason"] == "record_refused"
    # A new key in front of the old one opens what the old one has sealed.
    keys = f"{new_key().replace(':', 'b:', 1)} {app.env['HEADLESSID_SESSION_KEYS']}"
    assert app.session("token", env={"HEADLESSID_SESSION_KEYS": keys}).status == 0
    with sqlite3.connect(app.store) as database:
        value = bytearray(database.execute("SELECT value FROM headlessid_sessions").fetchone()[0])
        value[-1] ^= 1
        database.execute("UPDATE headlessid_sessions SET value = ?", (bytes(value),))
    changed = app.session("token", "--json")
    assert changed.status == 4 and changed.error["reason"] == "record_refused"


def test_an_outage_leaves_the_session_and_the_old_token(app: App) -> None:
    app.begin()
    first = app.session("token").out
    app.org.control("fail", {"endpoint": "token", "status": 503, "times": 100})
    due = app.session("token", "--min-ttl", str(LIFETIME_S * 3))
    assert due.out == first and due.status == 0
    kept = app.session("rejected", "--json", "--access-token-file", "-", stdin=first)
    assert kept.status == 3 and kept.error["advice"] == "RETRY_LATER", kept
    # What an API has rejected is not handed out again, though it would last.
    assert app.session("token", "--json").status == 3
    app.org.control("reset", {})


def test_a_lock_of_another_process_is_waited_for_and_a_locked_file_is_a_fault(app: App) -> None:
    app.begin()
    with sqlite3.connect(app.store, isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        first = app.session("token")
        assert first.status == 0, "WAL: reading goes on"
        busy = app.session("rejected", "--json", "--access-token-file", "-", "--timeout", "2", stdin=first.out)
        assert busy.status == 3 and busy.error["reason"] == "store_fault" and busy.error["advice"] == "RETRY_LATER"
        assert "database is locked" in busy.error["message"]
        holder.execute("ROLLBACK")
    assert app.refreshes()["done"] == 0
    assert app.session("token").out == first.out


def test_expired_rows_count_as_absent_and_are_purged(app: App) -> None:
    app.begin()
    with sqlite3.connect(app.store) as database:
        database.execute("UPDATE headlessid_sessions SET ends_at_ms = 1")
        database.executemany(
            "INSERT INTO headlessid_locks VALUES(?, 'gone', 1)", [(f"lock {number}".encode(),) for number in range(20)]
        )
    assert app.session("token").status == 1
    app.begin()
    app.begin()
    app.begin()
    rows = sqlite3.connect(app.store).execute("SELECT count(*) FROM headlessid_locks").fetchone()
    assert rows[0] == 0
    assert app.session("token").status == 0


def test_a_signal_lets_a_refresh_come_to_its_end(app: App) -> None:
    app.begin()
    first = app.session("token").out
    app.org.control("fail", {"endpoint": "token", "delay_ms": 1500})
    asked = app.org.control("seen")["requests"].get("token", 0)
    command = [CLI, "session", "rejected", "--store", str(app.store), "--access-token-file", "-"]
    running = subprocess.Popen(
        command, env=environment(app.env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdin is not None
    running.stdin.write(first)
    running.stdin.close()
    running.stdin = None
    wait_until("the refresh is sent", lambda: app.org.control("seen")["requests"].get("token", 0) > asked)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130 and out == "" and "comes to its end" in err
    second = app.session("token")
    assert second.status == 0 and second.out != first
    assert app.refreshes() == {"done": 1, "in_use": 0, "families_ended": 0}


def test_a_kill_between_sent_and_saved_says_rotation_lost_and_when(app: App) -> None:
    app.begin()
    first = app.session("token").out
    app.org.control("fail", {"endpoint": "token", "delay_ms": 1500})
    asked = app.org.control("seen")["requests"].get("token", 0)
    command = [CLI, "session", "rejected", "--store", str(app.store), "--access-token-file", "-"]
    running = subprocess.Popen(command, env=environment(app.env), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert running.stdin is not None
    running.stdin.write(first)
    running.stdin.close()
    wait_until("the refresh is sent", lambda: app.org.control("seen")["requests"].get("token", 0) > asked)
    running.kill()
    running.wait()
    with sqlite3.connect(app.store) as database:  # the lock outlives its process: half a minute, which this test does not wait
        database.execute("DELETE FROM headlessid_locks")
    lost = app.session("rejected", "--json", "--access-token-file", "-", stdin=first)
    assert lost.status == 1 and lost.error["reason"] == "rotation_lost" and lost.error["advice"] == "SIGN_IN_AGAIN"
    assert re.search(r"was sent at 20\d\d-", lost.error["message"])
    assert app.org.control("seen")["refreshes"]["families_ended"] == 0
    app.begin()
    assert app.session("token").status == 0


MISTAKES = [
    (["session"], 2, "usage: headlessid session begin"),
    (["session", "tokn", "--store", "x"], 2, "Did you mean token?"),
    (["session", "token"], 2, "--store"),
    (["session", "token", "--store", "/nowhere/x.db"], 2, "the file of --store does not exist"),
    (["session", "begin", "--store", "/nowhere/x.db", "--token-file", "-"], 2, "standard input is empty"),
    (["session", "new-key", "x"], 2, "accepts no arguments"),
    (["session", "rejected", "--store", "x"], 2, "--access-token-file"),
    (["session", "token", "--store", "x", "--min-ttl", "no"], 2, "--min-ttl must be a number of seconds"),
    (["session", "rejected", "--store", "x", "--access-token", "t"], 2, "a secret is never an argument"),
]


@pytest.mark.parametrize(("arguments", "status", "words"), MISTAKES)
def test_mistakes_say_what_to_do_next(arguments: list[str], status: int, words: str, org: Org, tmp_path: Path) -> None:
    done = subprocess.run(
        [CLI, *arguments], env=environment(org.settings()), input="", capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == status and words in " ".join(done.stderr.split()), done.stderr
    assert os.listdir(tmp_path) == []


def test_what_cannot_be_a_store_says_so(app: App, tmp_path: Path) -> None:
    login = app.login()
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be taken for one by a reader that does not look\n" * 30)
    for path, words in (
        (text, "is not a file of SQLite's"),
        (tmp_path, "--store"),
        (tmp_path / "no" / "x.db", "cannot be opened"),
    ):
        done = run("session", "begin", "--store", str(path), env=app.env, stdin=login)
        assert done.status == 2 and words in " ".join(done.err.split()), done.err
    keyless = {name: value for name, value in app.env.items() if name != "HEADLESSID_SESSION_KEYS"}
    done = run("session", "begin", "--store", str(tmp_path / "x.db"), env=keyless, stdin=login)
    assert done.status == 2 and "headlessid session new-key" in " ".join(done.err.split()), done.err
    text = "access_token  \u2022\u2022\u2022\u2022\n"  # a login without --json
    done = run("session", "begin", "--store", str(tmp_path / "x.db"), env=app.env, stdin=text)
    assert done.status == 2 and "headlessid login --json" in " ".join(done.err.split()), done.err
    assert "not JSON" not in done.err


def piped(app: App, password: str, *options: str) -> tuple[int, str, str]:
    """A sign-in with this password, and its output straight into `session begin`."""
    login = f"'{CLI}' login --json --username {app.org.username}"
    begin = f"'{CLI}' session begin --store '{app.store}' {' '.join(options)}"
    env = environment({**app.env, "HEADLESSID_PASSWORD": password})
    done = subprocess.run(["sh", "-c", f"{login} | {begin}"], env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, " ".join(done.stderr.split())


def test_a_pipe_whose_sign_in_failed_says_why(app: App) -> None:
    status, out, err = piped(app, "wrong")
    assert status == 1 and out == "" and "the sign-in failed (invalid_credentials): " in err, err
    _, out, _ = piped(app, "wrong", "--json")
    own = run("login", "--json", "--username", app.org.username, env={**app.env, "HEADLESSID_PASSWORD": "wrong"}).error
    error = json.loads(out)["error"]
    assert error == {**own, "message": f"the sign-in failed (invalid_credentials): {own['message']}"}
    app.org.control("fail", {"endpoint": "authorize", "status": 503, "times": 100})
    for options in ((), ("--token-file", "-")):
        status, _, err = piped(app, app.org.password, *options)
        assert status == 3 and "the sign-in failed (" in err, err
    app.org.control("reset", {})
    assert not app.store.exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("kind", "advice", "status"),
    [
        ("ARGUMENT", "FIX_ARGUMENT", 2),
        ("STATE", "NONE", 5),
        ("TRANSPORT", "RETRY_LATER", 3),
        ("PROTOCOL", "FIX_ORG", 4),
        ("REFUSED", "RETRY_LATER", 3),
        ("REFUSED", "ASK_AGAIN", 1),
    ],
)
def test_the_status_is_that_of_the_failed_sign_in(app: App, kind: str, advice: str, status: int) -> None:
    lines = [{"event": "ask", "name": "otp", "secret": True}]
    lines.append({"event": "failed", "error": {"kind": kind, "advice": advice, "reason": "a_reason", "message": "a sentence"}})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = app.session("begin", "--json", stdin=text)
    assert done.status == status and done.error["message"] == "the sign-in failed (a_reason): a sentence", done
    # Another program's JSON: what is not a text counts for nothing.
    odd = json.dumps({"event": "failed", "error": {"kind": kind, "message": 7, "http_status": "x", "retry_after_ms": []}})
    assert app.session("begin", "--json", stdin=odd).error["message"] == "the sign-in failed"


def test_an_empty_pipe_says_that_the_sign_in_failed(app: App) -> None:
    done = app.session("begin", stdin="")
    assert done.status == 2 and "standard input is empty: the sign-in failed" in done.err and "--json" in done.err, done


def test_new_keys_differ_and_are_what_the_setting_takes(app: App) -> None:
    keys = {new_key() for _ in range(8)}
    assert len(keys) == 8 and all(re.fullmatch(r"20\d\d-\d\d:[A-Za-z0-9_-]{43}", key) for key in keys)
