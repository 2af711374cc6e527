"""headlessid.testing: what an application's own tests rely on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import headlessid
from headlessid import _cli
from headlessid.testing import SimulatedOrg


def test_org_of_ones_own() -> None:
    options = {
        "users": [{"username": "new@example.com", "password": "Own-Pass-1", "first_name": "Nele", "last_name": "Neu"}],
        "settings": {"max_login_attempts": 2},
    }
    with SimulatedOrg(options=options) as org, headlessid.Client(**org.client_settings()) as client:
        me = client.login(username="new@example.com", password="Own-Pass-1")
        assert client.userinfo(access_token=me.access_token).name == "Nele Neu"
        assert org.state()["settings"]["max_login_attempts"] == 2


def test_options_that_are_refused() -> None:
    with pytest.raises(RuntimeError, match="ended at once"), SimulatedOrg(options={"no_such_option": 1}):
        pass


def test_time_moves(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings()) as client:
        guest = client.guest()
        org.advance(3600)
        with pytest.raises(headlessid.HeadlessIdError) as over:
            client.userinfo(access_token=guest.access_token)
        assert over.value.http_status in (401, 403)


def test_faults(org: SimulatedOrg) -> None:
    lena = org.users[0]
    with headlessid.Client(**org.client_settings()) as client:
        org.fail("token", status=503, body={"error": "temporarily_unavailable"}, headers={"Retry-After": "1"})
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            client.login(username=lena.username, password=lena.password)
        assert failed.value.http_status == 503
        # A code is used once, and an answer that never came is not asked for again.
        org.reset()
        org.fail("token", drop=True)
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            client.login(username=lena.username, password=lena.password)
        assert failed.value.outcome_unknown
        assert org.seen()["requests"]["token"] == 1
        with pytest.raises(RuntimeError, match="refused"):
            org.fail("token", times=0, status=500)


def test_stopping() -> None:
    org = SimulatedOrg()
    org.start()
    with pytest.raises(RuntimeError, match="already"):
        org.start()
    ca_file = org.ca_file
    assert ca_file is not None and Path(ca_file).exists()
    org.stop()
    org.stop()
    assert not Path(ca_file).exists()
    with pytest.raises(RuntimeError, match="does not run"):
        org.seen()
    with org:
        assert org.seen() is not None


def test_org_dies_with_its_parent() -> None:
    source = "import os, headlessid; o = headlessid.testing.SimulatedOrg(); o.start(); print(o._process.pid, flush=True); os._exit(9)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    assert done.returncode == 9, done.stderr
    pid = int(done.stdout)
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        # An orphan that has ended may wait for its new parent to look at it.
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        subprocess.run(["sleep", "0.01"], check=True)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the simulated org outlives its parent")


def test_command_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADLESSID_CLI", "/somewhere/headlessid")
    assert _cli.find_command() == "/somewhere/headlessid"
    monkeypatch.delenv("HEADLESSID_CLI")
    own = Path(_cli.__file__).parent / "_bin" / "headlessid"
    if own.is_file():
        assert _cli.find_command() == str(own)
        done = subprocess.run(
            [sys.executable, "-c", "from headlessid._cli import main; main()", "--version"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0
        assert headlessid.__version__ in done.stdout
    # The console script of this package is no command: it would start itself for ever.
    script = tmp_path / "headlessid"
    script.write_text("#!/usr/bin/env python3\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_cli, "__file__", str(tmp_path / "_cli.py"))
    assert _cli.find_command() is None
