"""`headlessid demo` and the example for the shell: the story ends well, and shows no secret."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from support import AT_MOST_S, CLI, ROOT, environment, run, terminal


def test_the_story_ends_with_the_same_visitor() -> None:
    done = run("demo")
    assert done.status == 0 and done.err == "", done
    pairs = re.findall(r"   The visitor (.+), before and after .+:\n +([0-9a-f-]{36})\n +([0-9a-f-]{36})\n", done.out)
    assert [name for name, _, _ in pairs] == ["with the cart", "of the other day"], "each visitor has a name"
    assert all(before == after for _, before, after in pairs) and pairs[0][1] != pairs[1][1]
    for part in (
        "POST https://localhost:",
        "/services/oauth2/authorize",
        "/services/oauth2/token",
        "/cart",
        "/userinfo",
        "/revoke",
        "teapot",
        "carried",
    ):
        assert part in done.out
    assert "invalid_credentials" in done.out
    # The second story: a ticket, and the same visitor again.
    assert re.search(r"The ticket: [A-Za-z0-9_-]{32}\.\.\. \(\d+ characters\)", done.out) and "passwordless-login" in done.out
    assert re.search(r"still the visitor of that\s+day,\s+[0-9a-f-]{36}", done.out)


def test_a_tmpdir_that_does_not_exist_stops_nothing() -> None:
    done = run("demo", env={"TMPDIR": "/nowhere/at/all"})
    assert done.status == 0 and done.err == "", done


# In mounts of its own.
READ_ONLY = 'for place in /tmp /dev/shm; do mount -t tmpfs -o ro none $place || exit 99; done; exec "$@"'


def test_says_which_temporary_folders_were_tried() -> None:
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, "sh", CLI, "demo"]
    env = environment({"TMPDIR": "/nowhere/at/all"})
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=AT_MOST_S, check=False)
    if done.returncode == 99 or done.stderr.startswith("unshare"):
        pytest.skip("this machine allows no mounts")
    assert done.returncode != 0 and done.stdout == "", done
    for part in (
        "/nowhere/at/all (No such file or directory)",
        "/tmp (Read-only file system)",
        "/dev/shm (Read-only",
        "Set TMPDIR",
    ):
        assert part in done.stderr


def test_it_shows_dots_for_secrets_and_colour_only_on_a_terminal() -> None:
    out = run("demo").out
    assert "•••" in out and "\x1b" not in out
    assert (
        "eyJ" not in out
        and "P4ss" not in out
        and "not+the+password" not in out
        and "00D" not in out.replace("00DEx0000001abcEAA", "")
    )
    with terminal("demo") as shown:
        assert shown.end() == 0 and "\x1b[1m" in shown.text
    with terminal("demo", env={"NO_COLOR": "1"}) as plain:
        assert plain.end() == 0 and "\x1b" not in plain.text


def test_a_lamp_gets_a_token_of_its_own() -> None:
    done = run("demo", "--asset-token")
    assert done.status == 0 and done.err == "", done
    text = " ".join(done.out.split())
    # What the device signed, what the org made of it, and what the backend checks.
    for part in (
        "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
        "actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt",
        'Asset: {"Name":"Lamp in the hall","SerialNumber":"SN-0007"}',
        'cnf: {"jwk":{"e":"AQAB","kid":"devicekey"',
        '"Lamp in the hall", is new, and belongs to the device lamp-7.',
        "Verified with the certificate assetTokens: for https://devices.example.com",
        "The signature fits: this is lamp-7.",
        "with a copy of the token and a key of its own, is refused.",
        "The token is of use to one lamp only",
    ):
        assert part in text, part
    # One login and one exchange, each seen once.
    assert done.out.count("> POST ") == 3
    assert "eyJ" not in done.out and "PRIVATE KEY" not in done.out and "P4ss" not in done.out


def test_the_environment_does_not_change_the_story() -> None:
    env = {"HTTPS_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9", "HEADLESSID_SITE": "https://elsewhere.invalid"}
    assert run("demo", env=env).status == 0


def test_the_example_for_the_shell() -> None:
    env = environment({"PATH": os.path.dirname(os.path.abspath(CLI)) + ":" + os.environ["PATH"]})
    script = ROOT / "examples" / "shell" / "guest-to-customer.sh"
    done = subprocess.run(["sh", str(script)], env=env, capture_output=True, text=True, timeout=AT_MOST_S, check=False)
    assert done.returncode == 0, done
    uvids = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", done.stdout)
    assert len(uvids) == 2 and uvids[0] == uvids[1] and "carried" in done.stdout
