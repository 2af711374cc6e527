"""A guest becomes a signed-in customer, over TLS, against the simulated org: with threads, with asyncio, with
httpx; with a public app and with a private one."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import pickle
import ssl
import threading
import time
from typing import Any

import headlessid
import httpx
import pytest
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport
from headlessid.testing import SimulatedOrg


def test_guest_becomes_a_customer(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]
    with headlessid.Client(**settings) as client:
        guest = client.guest()
        assert guest.uvid and guest.access_token
        me = client.login(username=lena.username, password=lena.password, guest=guest, scope=["openid", "api"])
        assert me.uvid == guest.uvid
        assert me.uvid_carry == "carried"
        assert me.access_token
        who = client.userinfo(access_token=me.access_token)
        assert who.preferred_username == lena.username
        client.revoke(token=me.access_token)
        with pytest.raises(headlessid.HeadlessIdError) as over:
            client.userinfo(access_token=me.access_token)
        assert over.value.is_sign_in_required
        assert client.in_flight == 0


def test_guest_becomes_a_customer_with_asyncio(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]

    async def story() -> None:
        async with headlessid.AsyncClient(**settings) as client:
            guest = await client.guest()
            me = await client.login(username=lena.username, password=lena.password, guest=guest, scope="openid api")
            assert me.uvid == guest.uvid
            assert me.uvid_carry == "carried"
            assert me.access_token
            who = await client.userinfo(access_token=me.access_token)
            assert who.preferred_username == lena.username
            await client.revoke(token=me.access_token)

    asyncio.run(story())


def test_own_transport_with_httpx(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]
    app = headlessid.App(**settings)
    with httpx.Client(verify=_trust(org)) as http, headlessid.Flow(app, "guest") as visit:
        transport = HttpxTransport(http)
        guest = headlessid.run(visit, transport)
        parameters = {"username": lena.username, "password": lena.password, "guest_token": guest.access_token}
        with headlessid.Flow(app, "login", parameters, trace=True) as login:
            me = headlessid.run(login, transport)
            assert "authorize" in login.trace
            assert lena.password not in login.trace
    assert me.uvid == guest.uvid
    assert me.uvid_carry == "carried"


def test_own_transport_with_httpx_and_asyncio(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]
    app = headlessid.App(**settings)

    async def story() -> Any:
        parameters = {"username": lena.username, "password": lena.password}
        async with httpx.AsyncClient(verify=_trust(org)) as http:
            with headlessid.Flow(app, "login", parameters) as login:
                return await headlessid.run_async(login, AsyncHttpxTransport(http))

    assert asyncio.run(story()).uvid_carry == "absent"


def test_flow_object_run_by_a_client(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]
    parameters = {"username": lena.username, "password": lena.password}
    with headlessid.Client(**settings) as client, headlessid.Flow(client.app, "login", parameters, trace=True) as flow:
        step = client.run(flow)
        assert isinstance(step, headlessid.Done)
        assert isinstance(step.result, headlessid.TokenSet)
        assert "token" in flow.trace

    async def story() -> headlessid.Step:
        async with headlessid.AsyncClient(**settings) as client:
            with headlessid.Flow(client.app, "login", parameters) as flow:
                return await client.run(flow)

    assert isinstance(asyncio.run(story()), headlessid.Done)


def test_results_of_their_types(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings()) as client:
        guest = client.guest()
    assert isinstance(guest, headlessid.Guest)
    assert isinstance(guest.issued_at_ms, int)
    assert abs(guest.issued_at_ms / 1000 - time.time()) < 3600
    assert guest.raw_json()["access_token"] == guest.access_token
    assert pickle.loads(pickle.dumps(guest)) == guest
    with pytest.raises(AttributeError):
        guest.uvid = "another"  # type: ignore[misc]


def test_wrong_password(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]
    with headlessid.Client(**settings) as client, pytest.raises(headlessid.UserActionRequired) as wrong:
        client.login(username=lena.username, password="not it")
    error = wrong.value
    assert error.is_invalid_credentials
    assert (error.kind, error.advice, error.http_status) == ("REFUSED", "ASK_AGAIN", 400)
    assert error.server_code == "invalid_grant"


def test_failure_of_the_server_is_told_from_the_callers(org: SimulatedOrg) -> None:
    lena = org.users[0]
    with headlessid.Client(**org.client_settings()) as client:
        # The code is spent by the first attempt, so the token call is not repeated.
        org.fail("token", status=503, body="<html>Down for maintenance</html>")
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            client.login(username=lena.username, password=lena.password)
        assert failed.value.is_server_error
        assert (failed.value.reason, failed.value.http_status) == ("server_error", 503)
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            client.login(username=lena.username, password="wrong")
        assert not failed.value.is_server_error


def test_setting_of_the_org_is_named(org: SimulatedOrg) -> None:
    org.change({"apps": [{"client_id": org.apps[0].client_id, "is_guest_code_cred_flow_enabled": False}]})
    with headlessid.Client(**org.client_settings()) as client, pytest.raises(headlessid.AdminActionRequired) as fault:
        client.guest()
    assert fault.value.is_org_fault
    assert "isGuestCodeCredFlowEnabled" in (fault.value.hint or "")


def test_awkward_passwords(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    with headlessid.Client(**settings) as client:
        for user in org.users[:3]:
            assert client.login(username=user.username, password=user.password).access_token
            assert client.login(username=user.username, password=user.password.encode()).access_token
            assert client.login(username=user.username, password=bytearray(user.password.encode())).access_token


def test_many_threads_on_one_client(org: SimulatedOrg) -> None:
    lena = org.users[0]
    with headlessid.Client(**org.client_settings()) as client:

        def visit(_: int) -> str | None:
            return client.login(username=lena.username, password=lena.password, guest=client.guest()).uvid

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            uvids = list(pool.map(visit, range(40)))
    assert len(set(uvids)) == 40


def test_many_tasks_on_one_client(org: SimulatedOrg) -> None:
    lena = org.users[0]

    async def story() -> list[headlessid.TokenSet]:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            return await asyncio.gather(*(client.login(username=lena.username, password=lena.password) for _ in range(100)))

    tokens = asyncio.run(story())
    assert len({each.access_token for each in tokens}) == 100


def test_event_loop_is_never_blocked(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=2000)

    async def story() -> float:
        longest = 0.0

        async def beat() -> None:
            nonlocal longest
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0.005)
                longest = max(longest, time.perf_counter() - began - 0.005)

        async with headlessid.AsyncClient(**org.client_settings()) as client:
            heart = asyncio.create_task(beat())
            await client.guest()
            heart.cancel()
        return longest

    # A loop that waited for the response would stand still for two seconds.
    assert asyncio.run(story()) < 1


def test_client_waits_without_holding_the_interpreter(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=500)
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1
            time.sleep(0.01)

    with headlessid.Client(**org.client_settings()) as client:
        other = threading.Thread(target=count)
        other.start()
        client.guest()
        stop.set()
        other.join()
    assert counted > 20


def test_one_client_on_one_loop_after_the_other(org: SimulatedOrg) -> None:
    client = headlessid.AsyncClient(**org.client_settings())

    async def visit() -> str | None:
        return (await client.guest()).uvid

    assert asyncio.run(visit()) != asyncio.run(visit())
    asyncio.run(client.close())
    asyncio.run(client.close())
    assert client.closed


def test_max_in_flight(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=1000, times=10)

    async def story() -> list[Any]:
        async with headlessid.AsyncClient(**org.client_settings(), max_in_flight=3) as client:
            calls = [asyncio.ensure_future(client.guest()) for _ in range(5)]
            return await asyncio.gather(*calls, return_exceptions=True)

    ended = asyncio.run(story())
    assert sum(isinstance(each, headlessid.Guest) for each in ended) == 3
    assert sum(isinstance(each, headlessid.StateError) for each in ended) == 2


def test_client_from_an_app(org: SimulatedOrg) -> None:
    app = headlessid.App(**org.client_settings())
    with headlessid.Client.for_app(app) as one, headlessid.Client.for_app(app, max_in_flight=2) as two:
        assert one.app is two.app is app
        assert one.guest().uvid != two.guest().uvid


def test_plain_http_on_loopback_when_allowed() -> None:
    with SimulatedOrg(tls=False) as org:
        settings = org.client_settings()
        with headlessid.Client(**settings) as client:
            assert client.guest().uvid
        settings.pop("allow_http_loopback")
        with pytest.raises(headlessid.ArgumentError) as refused:
            headlessid.Client(**settings)
        assert refused.value.field == "site"


def _trust(org: SimulatedOrg) -> Any:
    assert org.ca_file is not None
    return ssl.create_default_context(cafile=org.ca_file)


# ---- a device, and an app that registers ----


def _device_org() -> SimulatedOrg:
    return SimulatedOrg(options={"settings": {"device_interval_s": 1}})


@pytest.mark.parametrize("hosted", [False, True])
def test_device_waits_until_a_person_has_approved(hosted: bool) -> None:
    with _device_org() as org:
        settings = {**org.client_settings(), "site": org.origin}
        with contextlib.ExitStack() as opened:
            if hosted:
                settings["transport"] = HttpxTransport(opened.enter_context(httpx.Client(verify=_trust(org))))
            client = opened.enter_context(headlessid.Client(**settings))
            challenge = client.device(scope=["api", "refresh_token"])
            assert challenge.asks is None and challenge.problem is None
            assert challenge.verification_uri == org.origin + "/setup/connect"
            assert challenge.url == f"{challenge.verification_uri}?user_code={challenge.code}"
            with pytest.raises(TypeError):
                challenge.verify("a value")
            timer = threading.Timer(1.5, org.approve_device, (challenge.code,))
            timer.start()
            assert challenge.verify().scope == ("api", "refresh_token")
            timer.join()
            assert org.seen()["requests"]["token"] >= 3
            denied = client.device()
            org.deny_device(denied.code or "")
            with pytest.raises(headlessid.HeadlessIdError) as refused:
                denied.verify()
            assert refused.value.reason == "access_denied"
            assert client.in_flight == 0


def test_device_is_closed_while_it_waits() -> None:
    with _device_org() as org, headlessid.Client(**{**org.client_settings(), "site": org.origin}) as client:
        challenge = client.device()
        closer = threading.Timer(0.5, challenge.close)
        closer.start()
        with pytest.raises(headlessid.StateError) as ended:
            challenge.verify()
        assert ended.value.is_cancelled
        closer.join()
        assert client.in_flight == 0


def test_device_with_asyncio_travels_and_is_cancelled() -> None:
    async def story(org: SimulatedOrg) -> None:
        settings = {**org.client_settings(), "site": org.origin, "seal_keys": {"k1": bytes(32)}}
        async with headlessid.AsyncClient(**settings) as client:
            ticket = (await client.device()).seal()
            challenge = client.resume(ticket, flow="device")
            assert challenge.code and challenge.url
            waiting = asyncio.ensure_future(challenge.verify())
            await asyncio.sleep(0.3)
            await asyncio.get_running_loop().run_in_executor(None, org.approve_device, challenge.code)
            assert (await waiting).access_token
            cancelled = asyncio.ensure_future((await client.device()).verify())
            await asyncio.sleep(0.3)
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled
            # The I/O thread ends the flow, soon after its task.
            for _ in range(100):
                if client.in_flight == 0:
                    break
                await asyncio.sleep(0.01)
            assert client.in_flight == 0

    with _device_org() as org:
        asyncio.run(story(org))


def test_registered_app_introspects_the_tokens_of_its_callers(org: SimulatedOrg) -> None:
    admin = org.client_settings(org.private_app)
    with headlessid.Client(**admin) as client:
        with pytest.raises(headlessid.ArgumentError) as missing:
            client.register_client(redirect_uris=["https://gw.example.com/cb"])
        assert missing.value.field == "initial_access_token" and "App Manager" in (missing.value.hint or "")
        org.change({"apps": [{"client_id": admin["client_id"], "initial_access_token": "IAT"}]})
        made = client.register_client(initial_access_token="IAT", redirect_uris=["https://gw.example.com/cb"])
    assert made.client_secret_expires_at == 0
    registered = {**admin, "client_id": made.client_id, "client_secret": made.client_secret}
    with headlessid.Client(**{**registered, "redirect_uri": "https://gw.example.com/cb"}) as client:
        me = client.login(username=org.users[0].username, password=org.users[0].password)
    with headlessid.Client(**admin) as client:
        found = client.introspect(token=me.access_token)
    assert found.active and found.client_id == made.client_id
