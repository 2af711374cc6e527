"""Flows that no release has yet: the command runs them from the catalogue, with not a line of its own for any of them.

`headlessid_fake_cli` is the command with tests/cli/fake/library.cc in place of the library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import support
from support import CLI, run, terminal

FAKE = os.environ.get("HEADLESSID_FAKE_CLI", str(Path(CLI).with_name("headlessid_fake_cli")))
GIVEN = {"HEADLESSID_SITE": "https://acme.example", "HEADLESSID_LATER_KEY": "k"}


@pytest.fixture(autouse=True)
def the_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "CLI", FAKE)


def test_its_help_and_its_options_come_from_the_catalogue() -> None:
    assert "password-reset" in run("--help").out
    shown = run("password-reset", "--help").out
    for part in ("--user-name", "--later-key-file PATH", "--later-limit SECONDS", "asks for it on a terminal"):
        assert part in " ".join(shown.split())
    assert "otp" in run("flows", "password-reset").out
    assert run("password_reset", "--help").out == shown


def test_asks_are_answered_by_the_next_lines_of_standard_input() -> None:
    done = run(
        "password-reset",
        "--json",
        "--user-name",
        "lena",
        env=GIVEN,
        stdin="000000\n493027\nhttps://app.example/cb?code=1\nnot read\n",
    )
    assert done.status == 0, done
    first, second, show, end = done.events
    assert first == {"event": "ask", "name": "otp", "secret": True}
    assert second["problem"] == {
        "kind": "REFUSED",
        "advice": "ASK_AGAIN",
        "reason": "otp_invalid",
        "message": "the code is wrong",
    }
    assert show == {"event": "show", "url": "https://acme.example/page"}
    assert end["result"] == {
        "response": 'to "you"\x1b[2J\x9b', "count": 42, "sure": True, "more": {"a b": [1, 'x " y']}, "unheard_of": "hidden",
    }  # fmt: skip
    assert "\x1b" not in done.out and "\x9b" not in done.out


def test_secrets_of_the_options_and_answers_share_standard_input() -> None:
    arguments = ["password-reset", "--json", "--user-name", "lena", "--later-key-file", "-"]
    done = run(*arguments, env={"HEADLESSID_SITE": "https://acme.example"}, stdin="the key\n493027\ncallback\n")
    assert done.status == 0 and [each["event"] for each in done.events] == ["ask", "show", "done"]


def test_input_that_ends_before_the_answer() -> None:
    done = run("password-reset", "--json", "--user-name", "lena", env=GIVEN, stdin="")
    assert done.status == 2 and [each["event"] for each in done.events] == ["ask", "failed"]
    assert "otp" in done.events[1]["error"]["message"]


def test_an_answer_that_the_library_does_not_take() -> None:
    done = run("password-reset", "--json", "--user-name", "lena", env=GIVEN, stdin="\n")
    assert done.status == 2 and done.events[-1]["error"]["field"] == "otp"


def test_on_a_terminal_a_person_is_asked() -> None:
    with terminal("password-reset", "--user-name", "lena", env={"HEADLESSID_SITE": "https://acme.example"}) as shown:
        shown.read_until("later-key: ")
        assert not shown.echoes()
        shown.type(b"k\r")
        shown.read_until("otp: ")
        shown.type(b"\r")
        shown.read_until("otp is empty(.|\n)*otp: ")
        shown.type(b"000000\r")
        shown.read_until("the code is wrong(.|\n)*otp: ")
        shown.type(b"493027\r")
        shown.read_until("Open this page: https://acme.example/page\n(.|\n)*callback: ")
        assert shown.echoes()
        shown.type(b"https://app.example/cb\r")
        assert shown.end() == 0
        assert "000000" not in shown.text and "493027" not in shown.text
        assert "\\u{1B}[2J\\u{9B}" in shown.text and "hidden" not in shown.text.split("Secrets")[0]


def test_a_page_with_a_code_and_nothing_to_give_back() -> None:
    done = run("show-code", "--json", env=GIVEN)
    shown = {"url": "https://acme.example/page", "code": "WDJB-MJHT", "verification_uri": "https://acme.example/connect"}
    assert done.status == 0 and done.events[0] == {"event": "show", **shown}
    assert "type there: WDJB-MJHT" in run("show-code", env=GIVEN).err


def test_trace_is_said_once_as_it_grows() -> None:
    done = run("password-reset", "--trace", "--user-name", "lena", env=GIVEN, stdin="493027\ncallback\n")
    lines = [line for line in done.err.splitlines() if line.startswith("> ")]
    assert lines == ["> POST a first exchange", "> POST with a value for otp", "> POST with a value for callback"]


def test_a_step_that_the_command_cannot_do_is_named() -> None:
    done = run("from-later", "--json", env=GIVEN)
    error: dict[str, Any] = done.error
    assert done.status == 5 and error["kind"] == "STATE" and error["reason"] == "unknown_step"
    assert "UNKNOWN (step 42)" in error["message"]


def test_the_command_signs_with_a_key_alone() -> None:
    done = run("key-sign", "--json", env=GIVEN)
    assert done.status == 2 and done.error["field"] == "signed_by" and "--private-key-file" in done.error["hint"]
