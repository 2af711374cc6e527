"""The flows that wait for a person, from the shell: what they ask on standard input, and the outcome."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import CLI, Org, environment, run, terminal

LENA = "lena.ortiz@example.com"


class Conversation:
    """A command that is asked and answered line by line, as a program would."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [CLI, *arguments, "--json"],
            env=environment(env),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def event(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return json.loads(line)

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        self.process.communicate(timeout=60)
        return self.process.returncode


def outbox(org: Org) -> list[dict[str, Any]]:
    found = org.control("outbox")
    return found["messages"] if isinstance(found, dict) else found


def settings_of(org: Org, app: int = 0, **more: str) -> dict[str, str]:
    return {**org.settings(app), **more}


def test_a_one_time_password_wrong_then_sent_anew_then_right(org: Org) -> None:
    talk = Conversation("passwordless-login", "--username", LENA, "--verification-method", "email", env=settings_of(org))
    first = talk.event()
    assert first == {"event": "ask", "name": "otp", "secret": True, "resends": True}
    talk.say("nonsense")
    again = talk.event()
    assert again["problem"]["reason"] == "invalid_otp" and again["problem"]["advice"] == "ASK_AGAIN"
    talk.say("")
    assert "problem" not in talk.event()
    messages = outbox(org)
    assert len(messages) == 2
    talk.say(messages[-1]["otp"])
    done = talk.event()
    assert done["event"] == "done" and done["result"]["access_token"]
    assert talk.end() == 0


def test_registration_with_a_guest(org: Org, tmp_path: Path) -> None:
    guest = run("guest", "--json", env=settings_of(org))
    assert guest.status == 0, guest
    kept = tmp_path / "guest.json"
    kept.write_text(guest.out)
    userdata = json.dumps({"lastName": "Novak", "email": "ana.novak@example.com", "username": "ana.novak@example.com"})
    talk = Conversation(
        "registration", "--verification-method", "email", "--guest-file", str(kept),
        env=settings_of(org, HEADLESSID_USERDATA=userdata, HEADLESSID_PASSWORD="Corr3ctHorse!"),
    )  # fmt: skip
    assert talk.event()["name"] == "otp"
    talk.say(outbox(org)[-1]["otp"])
    result = talk.event()["result"]
    assert result["uvid"] == guest.result["uvid"] and result["uvid_carry"] == "carried"
    assert talk.end() == 0


def test_password_reset_with_a_weak_password(org: Org) -> None:
    talk = Conversation("password-reset", "--username", LENA, env=settings_of(org))
    assert talk.event()["name"] == "otp"
    talk.say(outbox(org)[-1]["otp"])
    assert talk.event()["name"] == "new_password"
    talk.say("weak")
    refused = talk.event()
    assert (
        refused["name"] == "new_password"
        and refused["problem"]["reason"] == "password_policy"
        and refused["problem"]["server_text"]
    )
    talk.say("N3wCorrectHorse!")
    assert talk.event() == {"event": "done", "result": {}}
    assert talk.end() == 0
    signed_in = run("login", "--username", LENA, "--json", env=settings_of(org, HEADLESSID_PASSWORD="N3wCorrectHorse!"))
    assert signed_in.status == 0, signed_in


def test_a_login_without_a_password_asks_for_it(org: Org) -> None:
    done = run("login", "--username", LENA, "--json", env=settings_of(org), stdin="wrong\nwrong too\n")
    kinds = [(each["event"], each.get("problem", {}).get("reason")) for each in done.events]
    assert kinds == [("ask", None), ("ask", "invalid_credentials"), ("ask", "invalid_credentials"), ("failed", None)]


@pytest.mark.parametrize(
    "flow",
    [
        "registration",
        "passwordless-login",
        "password-reset",
        "native-sso",
        "first-party-login",
        "refresh",
        "introspection",
        "single-access",
    ],
)
def test_each_has_its_help(flow: str) -> None:
    shown = run(flow, "--help")
    assert shown.status == 0 and flow in shown.out
    assert run("flows", flow).status == 0


# ---- on a terminal ----


def test_the_message_is_spoken_of_when_one_is_sent(org: Org) -> None:
    with terminal("passwordless-login", "--username", LENA, "--verification-method", "email", env=settings_of(org)) as shown:
        shown.read_until("otp: ")
        assert shown.echoes(), "a code that was sent may be seen"
        assert shown.text.count("is on its way") == 1 and "An empty line has it sent again." in shown.text
        shown.type(b"000000\r")
        shown.read_until("otp: (.|\n)*otp: ")
        assert shown.text.count("is on its way") == 1 and "Type it again; an empty line has the message sent again." in shown.text
        shown.type(b"\r")
        shown.read_until("Another message is on its way.\notp: ")
        assert len(outbox(org)) == 2
        shown.type(outbox(org)[-1]["otp"].encode() + b"\r")
        assert shown.end() == 0


def test_a_new_password_is_typed_twice_and_a_code_once(org: Org) -> None:
    with terminal("password-reset", "--username", LENA, env=settings_of(org)) as shown:
        shown.read_until("otp: ")
        assert shown.echoes()
        shown.type(outbox(org)[-1]["otp"].encode() + b"\r")
        shown.read_until("new-password: ")
        assert not shown.echoes()
        shown.type(b"N3wCorrectHorse!\r")
        shown.read_until("new-password again: ")
        assert not shown.echoes()
        shown.type(b"N3wCorrectHouse!\r")
        shown.read_until("The two are not the same.\nnew-password: ")
        shown.type(b"N3wCorrectHorse!\r")
        shown.read_until("same.(.|\n)*new-password again: ")
        shown.type(b"N3wCorrectHorse!\r")
        assert shown.end() == 0
        assert "Horse" not in shown.text and shown.text.count("is on its way") == 1, "an empty new password sends no message"
        assert len(outbox(org)) == 1
    assert run("login", "--username", LENA, env=settings_of(org, HEADLESSID_PASSWORD="N3wCorrectHorse!")).status == 0


def test_an_empty_new_password_has_no_message_sent(org: Org) -> None:
    talk = Conversation("password-reset", "--username", LENA, env=settings_of(org))
    assert talk.event()["resends"] is True
    talk.say(outbox(org)[-1]["otp"])
    assert "resends" not in talk.event()
    talk.say("")
    assert talk.event()["event"] == "failed" and talk.end() == 2 and len(outbox(org)) == 1
