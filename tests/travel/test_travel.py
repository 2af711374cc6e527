"""A sign-in that begins in a Python process, continues with a one-time password in a Node process and ends in a Java one.

pytest tests/travel        needs the three bindings built, and HEADLESSID_CLI
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from headlessid.testing import SimulatedOrg

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JAR = ROOT / "bindings/java/target/headlessid-0.1.0.jar"
SESSION = "session 7f3a of Lena"
LENA = "lena.ortiz@example.com"


def run(command: list[str], given: Any = None) -> str:
    done = subprocess.run(
        command, input=None if given is None else json.dumps(given), capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_k13_begun_in_python_continued_in_node_ended_in_java() -> None:
    seal_keys = "k1:" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    with SimulatedOrg(tls=True) as org:
        settings = {**org.client_settings(), "seal_keys": seal_keys}
        given = {"settings": settings, "username": LENA, "session": SESSION}

        begun = json.loads(run([sys.executable, str(HERE / "begin.py")], given))
        assert len(begun["ticket"]) <= 3072

        middle = json.loads(run(["node", str(HERE / "middle.mjs")], {**given, "ticket": begun["ticket"]}))
        assert middle["wrong"] and middle["asks"] == "otp"
        assert middle["refusals"] == ["other_session", "ticket_refused"]
        assert middle["ticket"] != begun["ticket"]

        ended = run(["java", "-cp", str(JAR), str(HERE / "End.java"), settings["site"], settings["client_id"], settings["redirect_uri"],
                     settings["ca_file"], seal_keys, middle["ticket"], SESSION, org.last_otp(LENA)])  # fmt: skip
        assert ended.split() == [begun["uvid"], "carried", LENA]

        # One message, and each of the two one-time passwords was sent once.
        assert len(org.outbox()) == 1
        assert org.seen()["sign_ins"].get(LENA, {}).get("attempts", 0) <= 2
