"""The hosts of the host: what replaces Python's own waiting, sends exceptions as JSON, locks the process in."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import headlessid
import httpx
import pytest
from headlessid import _errors
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport
from headlessid.testing import SimulatedOrg
from test_process import python

KEYS = {"k1": bytes(range(32))}
CLASSES = [each for each in vars(_errors).values() if isinstance(each, type) and issubclass(each, headlessid.HeadlessIdError)]
ALL_OF_IT: dict[str, Any] = {
    "kind": "REFUSED",
    "advice": "RETRY_LATER",
    "reason": "server_busy",
    "hint": "a hint",
    "field": "a_field",
    "server_code": "SERVER_BUSY",
    "server_text": "later “please”",
    "http_status": 503,
    "outcome_unknown": True,
    "retry_after_ms": 1500,
}


# ---- Celery ----


@pytest.mark.parametrize("kind", CLASSES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("fields", [{}, ALL_OF_IT], ids=["little", "all"])
def test_errors_are_made_again_from_their_args(kind: type[headlessid.HeadlessIdError], fields: dict[str, Any]) -> None:
    error = kind("the message", **fields)
    for twin in (
        kind(*error.args),
        kind(*json.loads(json.dumps(error.args))),
        pickle.loads(pickle.dumps(error)),
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(twin) is kind and twin is not error
        assert twin == error and hash(twin) == hash(error)
        for name in ("message", *ALL_OF_IT, *(name for name in dir(kind) if name.startswith("is_"))):
            assert getattr(twin, name) == getattr(error, name), name
        assert (str(twin), repr(twin)) == (str(error), repr(error))
    assert error != kind("another message", **fields)
    assert error != Exception("the message")


def test_celery_keeps_what_a_caller_decides_by(org: SimulatedOrg) -> None:
    celery = pytest.importorskip("celery")
    from celery.backends.base import Backend

    with headlessid.Client(**org.client_settings()) as client:
        try:
            client.login(username=org.users[0].username, password="wrong")
        except headlessid.HeadlessIdError as raised:
            error = copy.copy(raised)
    backend = Backend(celery.Celery("tasks", set_as_current=False))
    sent = json.dumps(backend.prepare_exception(error, "json"), default=list)
    back = backend.exception_to_python(json.loads(sent))
    assert back == error and back.is_invalid_credentials


# ---- gevent and eventlet ----


HOSTS = [
    pytest.param("gevent", "from gevent import monkey; monkey.patch_all()", id="gevent"),
    pytest.param("gevent", "from gevent import monkey; monkey.patch_all(thread=False)", id="gevent without threads"),
    pytest.param("gevent", "pass", id="gevent without patches"),
    pytest.param("eventlet", "eventlet.monkey_patch()", id="eventlet"),
]

STORY = """
    ticks = []
    def tick():
        while len(ticks) < 10_000:
            ticks.append(time.perf_counter())
            sleep(0.01)
    def longest():
        return max(b - a for a, b in zip(ticks, ticks[1:]))

    def main():
        ticking = spawn(tick)
        client = headlessid.Client(**settings, seal_keys={"k": bytes(32)}, max_in_flight=100)
        done = []
        def visit(number):
            guest = client.guest()
            me = client.login(username="lena.ortiz@example.com", password=os.environ["PASSWORD"], guest=guest)
            assert me.uvid == guest.uvid and me.uvid_carry == "carried"
            try:
                client.login(username="lena.ortiz@example.com", password="wrong")
            except headlessid.UserActionRequired as error:
                assert error.is_invalid_credentials
            done.append(number)
        visitors = [spawn(visit, number) for number in range(12)]
        challenge = client.passwordless_login(username="carla@example.com", verification_method="email")
        try:
            challenge.verify("000000")
        except headlessid.HeadlessIdError as error:
            assert error.is_otp_invalid
        for visitor in visitors:
            join(visitor)
        assert sorted(done) == list(range(12)), done
        # One after the other, more than fit at a time, killed while they wait for a response that does not come.
        assert longest() < 1.5, longest()
        slow()
        ticks.clear()
        for _ in range(3):
            waiting = [spawn(refused, client) for _ in range(30)]
            sleep(0.3)
            for each in waiting:
                kill(each)
            sleep(0.05)
        while True:
            try:
                client.guest(timeout=3)
            except headlessid.HeadlessIdError as error:
                assert error.is_timeout, error
            if client.in_flight == 0:
                break
        assert longest() < 1.5, longest()
        client.close()
        print("done", len(ticks) > 20)

    def refused(client):
        client.guest()

    def slow():
        # By the control interface, in a process of its own: nothing here may block.
        import subprocess
        subprocess.Popen([sys.executable, "-c", os.environ["SLOW"]]).wait()
"""


@pytest.mark.parametrize(("library", "patch"), HOSTS)
def test_other_greenlets_go_on(org: SimulatedOrg, library: str, patch: str) -> None:
    pytest.importorskip(library)
    # Twelve visitors give a wrong password each, in any order.
    org.change_settings(max_otp_attempts=5, max_login_attempts=0)
    kill = "def kill(each): each.kill()"
    join = "def join(each): each.get()" if library == "gevent" else "def join(each): each.wait()"
    start = "g = gevent.spawn(main); g.get()" if "pass" == patch else "main()"
    source = "\n".join(
        [
            f"import {library}",
            patch,
            "import os, sys, time",
            "settings = eval(os.environ['SETTINGS'])",
            "import headlessid",
            f"spawn, sleep = {library}.spawn, {library}.sleep",
            kill,
            join,
            *(line[4:] for line in STORY.splitlines()),
            start,
        ]
    )
    slow = (
        "import json, ssl, urllib.request; "
        f"c = ssl.create_default_context(cafile={org.ca_file!r}); "
        "b = json.dumps({'endpoint': 'authorize', 'times': 1000, 'delay_ms': 20000}).encode(); "
        f"r = urllib.request.Request({org._control + '/fail'!r}, data=b, headers={{'Content-Type': 'application/json'}}); "
        "urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=c)).open(r).read()"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        text=True,
        timeout=240,
        env={
            **os.environ,
            "SETTINGS": repr(org.client_settings()),
            "PASSWORD": org.users[0].password,
            "SLOW": slow,
            "PYTHONWARNINGS": "ignore",
        },
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "done True", done.stdout + done.stderr


def test_threads_of_gevents_pool_beside_greenlets(org: SimulatedOrg) -> None:
    pytest.importorskip("gevent")
    said = python(
        """
        from gevent import monkey; monkey.patch_all()
        import gevent, headlessid
        client = headlessid.Client(**settings)
        def many():
            return [client.guest() for _ in range(4)]
        def main():
            pool = gevent.get_hub().threadpool
            # A real thread first, so that it is not the one that decides how the others wait.
            assert len(pool.apply(many)) == 4
            jobs = [pool.spawn(many) for _ in range(5)] + [gevent.spawn(many) for _ in range(5)]
            return sum(len(job.get(timeout=60)) for job in jobs)
        print(main(), client.in_flight)
        client.close()
        """,
        org,
    )
    assert said.split() == ["40", "0"]


# ---- a process that locks itself in ----


def test_nothing_is_imported_once_something_was_sent(org: SimulatedOrg) -> None:
    said = python(
        """
        import asyncio, headlessid
        def story(client, call):
            guest = call(client.guest())
            lena = dict(username="lena.ortiz@example.com", guest=guest)
            me = call(client.login(password=os.environ["PASSWORD"], **lena))
            assert me.raw_json()["access_token"] == me.access_token
            assert headlessid.TokenSet.from_json(me.to_json()) == me
            assert headlessid.Visitor.from_json(guest.visitor.to_json()) == guest.visitor
            call(client.userinfo(access_token=me.access_token))
            call(client.introspect(token=me.access_token))
            try:
                call(client.login(password="wrong", **lena))
            except headlessid.HeadlessIdError as error:
                assert repr(error) and str(error)
            challenge = call(client.passwordless_login(username="carla@example.com", verification_method="email"))
            ticket = challenge.seal("s")
            try:
                call(client.resume(ticket, "s", flow="passwordless_login").verify("000000"))
            except headlessid.HeadlessIdError as error:
                assert error.is_otp_invalid
            call(client.reset_password(username="carla@example.com")).close()
            call(client.native_sso(sso_provider="ExampleProvider")).close()
            call(client.logout(me))

        keys = {"k": bytes(32)}
        client = headlessid.Client(**settings, seal_keys=keys)
        twin = headlessid.AsyncClient.for_app(client.app)
        async def main():
            # A loop that runs has loaded what it needs.
            await asyncio.sleep(0)
            lock_in()
            story(client, lambda each: each)
            await later()
        async def later():
            guest = await twin.guest()
            me = await twin.login(username="lena.ortiz@example.com", password=os.environ["PASSWORD"], guest=guest)
            challenge = await twin.passwordless_login(username="carla@example.com", verification_method="email")
            try:
                await twin.resume(challenge.seal()).verify("000000")
            except headlessid.HeadlessIdError as error:
                assert error.is_otp_invalid
            await twin.logout(me)
        late = []
        def lock_in():
            class Finder:
                def find_spec(self, name, path=None, target=None):
                    late.append(name)
                    return None
            sys.meta_path.insert(0, Finder())
        asyncio.run(main())
        print(late)
        client.close()
        asyncio.run(twin.close())
        """,
        # A public client could not introspect.
        SETTINGS=repr(org.client_settings(org.private_app)),
        PASSWORD=org.users[0].password,
    )
    assert said.strip() == "[]"


# ---- a transport of the host's, under the typed methods ----


def story(client: headlessid.Client, org: SimulatedOrg) -> None:
    lena, carla = org.users[0], "carla@example.com"
    guest = client.guest()
    me = client.login(username=lena.username, password=lena.password, guest=guest)
    assert me.uvid == guest.uvid and me.uvid_carry == "carried"
    with pytest.raises(headlessid.UserActionRequired) as refused:
        client.login(username=lena.username, password="wrong")
    assert refused.value.is_invalid_credentials
    challenge = client.passwordless_login(username=carla, verification_method="email", guest=guest)
    resumed = client.resume(challenge.seal("session"), "session", flow="passwordless_login")
    with pytest.raises(headlessid.UserActionRequired) as wrong:
        resumed.verify("000000")
    assert wrong.value.is_otp_invalid
    assert resumed.verify(org.last_otp(carla)).uvid == guest.uvid
    assert client.userinfo(access_token=me.access_token).preferred_username == lena.username
    client.logout(me)
    assert not client.introspect(token=me.refresh_token or me.access_token).active
    assert client.in_flight == 0


def test_client_over_httpx(org: SimulatedOrg) -> None:
    import ssl

    context = ssl.create_default_context(cafile=org.ca_file)
    settings = org.client_settings(org.private_app)
    with httpx.Client(verify=context) as http:
        with headlessid.Client(**settings, seal_keys=KEYS, transport=HttpxTransport(http)) as client:
            assert len(os.listdir("/proc/self/task")) == 1
            story(client, org)
        with pytest.raises(headlessid.StateError) as closed:
            client.guest()
        assert closed.value.reason == "closed"
    with headlessid.Client(**settings, seal_keys=KEYS) as client:
        story(client, org)


def test_async_client_over_httpx(org: SimulatedOrg) -> None:
    import ssl

    async def later() -> None:
        context = ssl.create_default_context(cafile=org.ca_file)
        async with httpx.AsyncClient(verify=context) as http:
            settings = org.client_settings(org.private_app)
            async with headlessid.AsyncClient(**settings, transport=AsyncHttpxTransport(http)) as client:
                lena, carla = org.users[0], "carla@example.com"
                guest = await client.guest()
                me, challenge = await asyncio.gather(
                    client.login(username=lena.username, password=lena.password, guest=guest),
                    client.passwordless_login(username=carla, verification_method="email", guest=guest),
                )
                assert me.uvid == guest.uvid
                assert (await challenge.verify(org.last_otp(carla))).uvid == guest.uvid
                await client.logout(me)
                assert client.in_flight == 0
            with pytest.raises(headlessid.StateError) as closed:
                await client.guest()
            assert closed.value.reason == "closed"

    asyncio.run(later())


def test_transport_of_the_wrong_kind() -> None:
    settings: dict[str, Any] = {"site": "https://a.my.site.com", "client_id": "x", "redirect_uri": "https://app.example.com/cb"}

    async def awaited(step: headlessid.Send) -> headlessid.HttpResponse:
        raise AssertionError

    transports: list[Any] = [awaited, AsyncHttpxTransport(httpx.AsyncClient())]
    for transport in transports:
        with pytest.raises(headlessid.ArgumentError) as refused:
            headlessid.Client(**settings, transport=transport)
        assert refused.value.field == "transport"
    with pytest.raises(headlessid.ArgumentError) as refused:
        headlessid.Client(**settings, transport=lambda step: headlessid.HttpResponse(500), max_in_flight=0)
    assert refused.value.field == "max_in_flight"


def test_transport_counts_its_flows() -> None:
    settings: dict[str, Any] = {"site": "https://a.my.site.com", "client_id": "x", "redirect_uri": "https://app.example.com/cb"}
    seen: list[BaseException] = []

    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        assert client.in_flight == 1
        try:
            client.guest()
        except headlessid.StateError as error:
            seen.append(error)
        client.close()
        raise OSError

    client = headlessid.Client(**settings, max_in_flight=1, transport=send)
    with pytest.raises(headlessid.StateError) as closed:
        client.guest()
    assert closed.value.reason == "closed"
    assert [getattr(each, "reason", None) for each in seen] == ["too_many_flows"]
    assert client.in_flight == 0 and client.closed


# ---- settings from where services keep them ----


def test_settings_from_the_environment(org: SimulatedOrg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("HEADLESSID_"):
            monkeypatch.delenv(name)
    profile = tmp_path / "shop.json"
    settings = org.client_settings(org.private_app)
    text = {**settings, "scope": ["api", "openid"], "timeout_ms": 7000, "verify_jwt": False, "extra_headers": {"X-A": "1"}}
    profile.write_text(json.dumps({**text, "jwks": None}), encoding="utf-8")
    with headlessid.Client.from_profile(profile) as client:
        assert client.guest().uvid
        assert f"site={org.site!r}" in repr(client)
    for name, value in settings.items():
        monkeypatch.setenv(f"HEADLESSID_{name.upper()}", str(value))
    monkeypatch.setenv("HEADLESSID_SCOPE", "")
    monkeypatch.setenv("HEADLESSID_TIMEOUT", "2.5")
    with headlessid.Client.from_env() as client:
        assert client.guest().scope
    # The environment before the profile.
    monkeypatch.setenv("SHOP_PROFILE", str(profile))
    monkeypatch.setenv("SHOP_CLIENT_ID", "another")
    assert "client_id='another'" in repr(headlessid.App.from_env("SHOP_"))

    async def later() -> None:
        async with headlessid.AsyncClient.from_env() as twin, headlessid.AsyncClient.from_profile(profile) as other:
            assert (await twin.guest()).uvid != (await other.guest()).uvid

    asyncio.run(later())
    with pytest.raises(OSError):
        headlessid.App.from_profile(tmp_path / "none.json")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(headlessid.ArgumentError, match="not a regular file"):
        headlessid.App.from_profile(tmp_path / "pipe")
    with pytest.raises(headlessid.ArgumentError, match="not a regular file"):
        headlessid.App.from_profile(tmp_path)
    # What `headlessid org probe` recorded is not a setting.
    profile.write_text(json.dumps({**settings, "probed": {"date": "2026-11-29", "answers": {"site": ["a"]}}}))
    assert f"site={org.site!r}" in repr(headlessid.App.from_profile(profile))
    profile.write_bytes(json.dumps(settings).encode("utf-8-sig"))
    assert f"site={org.site!r}" in repr(headlessid.App.from_profile(profile))
    for wide in ("utf-16", "utf-16-le", "utf-16-be"):
        profile.write_bytes(json.dumps(settings).encode(wide))
        with pytest.raises(headlessid.ArgumentError, match="UTF-16"):
            headlessid.App.from_profile(profile)
    profile.write_text('{"redirect_url": "x"}')
    with pytest.raises(headlessid.ArgumentError, match="did you mean redirect_uri"):
        headlessid.App.from_profile(profile)


# ---- the command ----


def test_variable_that_names_the_packages_own_script(tmp_path: Path) -> None:
    """Two packages' scripts that name each other, and one that names itself: each ends with a command."""
    scripts = [tmp_path / "a" / "headlessid", tmp_path / "b" / "headlessid"]
    for script in scripts:
        script.parent.mkdir()
        script.write_text(f"#!{sys.executable}\nfrom headlessid._cli import main\nmain()\n")
        script.chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(scripts[0])
    for named in (*scripts, link):
        for arguments in (["--version"], ["no-such-command"]):
            done = subprocess.run(
                [str(scripts[0]), *arguments],
                capture_output=True,
                text=True,
                timeout=60,
                env={**os.environ, "HEADLESSID_CLI": str(named)},
            )
            assert (done.returncode == 0) == (arguments == ["--version"]), done.stderr
    source = "import headlessid.testing; o = headlessid.testing.SimulatedOrg()\nwith o: print(len(o.users) > 0)"
    assert python(source, HEADLESSID_CLI=str(scripts[0])).strip() == "True"


def test_scripts_without_a_command_of_their_own_end(tmp_path: Path) -> None:
    """A package built without the command; the variable names another such script."""
    source = (
        f"#!{sys.executable}\nimport sys\nfrom headlessid import _cli\n_cli._own = lambda: None\n"
        "sys.argv[0] = __file__\n_cli.main()\n"
    )
    scripts = [tmp_path / "a" / "headlessid", tmp_path / "b" / "headlessid"]
    for script in scripts:
        script.parent.mkdir()
        script.write_text(source)
        script.chmod(0o755)
    for named in scripts:
        done = subprocess.run(
            [str(scripts[0]), "--version"],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "HEADLESSID_CLI": str(named), "PATH": str(tmp_path / "b")},
        )
        assert done.returncode == 1
        assert "without the native command" in done.stderr
