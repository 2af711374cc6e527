"""headlessid.testing: what an application's own tests rely on."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import headlessid
import pytest
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
        # A code is used once, and a response that never came is not asked for again.
        org.reset()
        org.fail("token", drop=True)
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            client.login(username=lena.username, password=lena.password)
        assert failed.value.outcome_unknown
        assert org.seen()["requests"]["token"] == 1
        with pytest.raises(RuntimeError, match="rejected"):
            org.fail("token", times=0, status=500)


def _post(org: SimulatedOrg, path: str, body: dict[str, object]) -> dict[str, object]:
    """As any HTTP client would; what is tested here is the org, not the library."""
    request = urllib.request.Request(
        org.site + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    context = ssl.create_default_context(cafile=org.ca_file)
    with urllib.request.urlopen(request, context=context, timeout=30) as response:
        said: dict[str, object] = json.load(response)
        return said


def test_messages(org: SimulatedOrg) -> None:
    lena = org.users[0].username
    with pytest.raises(LookupError, match="no message"):
        org.last_otp(lena)
    body: dict[str, object] = {"username": lena, "verificationmethod": "email"}
    assert _post(org, "/services/auth/headless/init/passwordless/login", body)["status"] == "success"
    (message,) = org.outbox()
    assert message["channel"] == "email"
    assert message["flow"] == "passwordless_login"
    assert org.outbox(lena) == [message] == org.outbox(message["to"])
    assert org.last_otp(lena) == message["otp"]
    assert org.outbox("max@example.com") == []
    # A code that goes by SMS is found by the number, too.
    number = "+4915550100123"
    body = {"username": "carla@example.com", "verificationmethod": "sms"}
    _post(org, "/services/auth/headless/init/passwordless/login", body)
    assert org.last_otp(number) == org.last_otp("carla@example.com")


def test_settings_by_name(org: SimulatedOrg) -> None:
    assert org.change_settings(otp_length=12)["otp_length"] == 12
    assert org.change_settings()["otp_length"] == 12
    _post(org, "/services/auth/headless/forgot_password", {"username": org.users[0].username})
    assert len(org.last_otp(org.users[0].username)) == 12
    with pytest.raises(RuntimeError, match="unknown name"):
        org.change_settings(no_such_setting=1)


def test_apps_by_name(org: SimulatedOrg) -> None:
    assert [org.public_app, org.private_app, org.integration_app, org.first_party_app] == org.apps
    assert org.public_app.public and org.public_app.private_key is None
    assert "user_registration_api" in org.integration_app.scopes
    key = org.first_party_app.private_key
    assert key is not None and key.startswith("-----BEGIN PRIVATE KEY-----")
    assert key not in repr(org.first_party_app)
    assert org.client_settings(org.first_party_app)["private_key"] == key


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
    with pytest.raises(RuntimeError, match="not running"):
        org.seen()
    with org:
        assert org.seen() is not None


def test_org_dies_with_its_parent() -> None:
    source = (
        "import os, headlessid; o = headlessid.testing.SimulatedOrg(); o.start(); print(o._process.pid, flush=True); os._exit(9)"
    )
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
    # The console script of this package is not the command: it would start itself for ever.
    script = tmp_path / "headlessid"
    script.write_text("#!/usr/bin/env python3\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_cli, "__file__", str(tmp_path / "_cli.py"))
    assert _cli.find_command() is None


def test_without_tls() -> None:
    with SimulatedOrg(tls=False) as org:
        assert org.site.startswith("http://") and org.ca_file is None
        with headlessid.Client(**org.client_settings()) as client:
            assert client.guest().uvid


def test_fixtures_that_pytest_finds(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def simulated_org_options():\n"
        "    return {'options': {'settings': {'max_otp_attempts': 7}}}\n"
    )
    (tmp_path / "test_shop.py").write_text(
        "import sys\n"
        "def test_nothing_is_loaded():\n"
        "    assert 'headlessid' not in sys.modules and 'pytest_headlessid' in sys.modules\n"
        "def test_one(simulated_org):\n"
        "    import headlessid\n"
        "    assert simulated_org.state()['settings']['max_otp_attempts'] == 7\n"
        "    simulated_org.change_settings(max_otp_attempts=1)\n"
        "    with headlessid.Client(**simulated_org.client_settings()) as client:\n"
        "        client.passwordless_login(username='carla@example.com', verification_method='email').close()\n"
        "    assert simulated_org.outbox()\n"
        "    simulated_org.advance(10_000)\n"
        "def test_two(simulated_org):\n"
        "    assert simulated_org.state()['settings']['max_otp_attempts'] == 7\n"
        "    assert not simulated_org.outbox()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "pytest_headlessid", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_plugin_is_registered() -> None:
    from importlib import metadata

    try:
        points = metadata.distribution("headlessid").entry_points
    except metadata.PackageNotFoundError:
        pytest.skip("the package is not installed")
    assert [point.value for point in points if point.group == "pytest11"] == ["pytest_headlessid"]
