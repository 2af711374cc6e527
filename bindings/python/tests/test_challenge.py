"""Flows that wait for a person, end to end: registration, one-time passwords, a forgotten password, a password that is
asked for, another site's login; with threads and with asyncio, and over the caller's own transport."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, TypeVar

import headlessid
import httpx
import pytest
from headlessid import _native
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport
from headlessid.testing import SimulatedOrg

Error = TypeVar("Error", bound=BaseException)

SEAL_KEYS = {"k1": bytes(range(32))}
CARLA = "carla@example.com"
_number = itertools.count(1)


class Way:
    """One of the four ways to a challenge; a story is told with `await` for all of them."""

    def __init__(self, name: str, org: SimulatedOrg, **settings: Any) -> None:
        self.name = name
        self.org = org
        self.settings = {**org.client_settings(), "seal_keys": SEAL_KEYS, **settings}

    async def __aenter__(self) -> Way:
        trust = ssl.create_default_context(cafile=self.org.ca_file)
        self.client: Any = None
        self.http: Any = None
        if self.name == "client":
            self.client = headlessid.Client(**self.settings)
        elif self.name == "async client":
            self.client = headlessid.AsyncClient(**self.settings)
        elif self.name == "transport":
            self.http = httpx.Client(verify=trust, timeout=60)
        else:
            self.http = httpx.AsyncClient(verify=trust, timeout=60)
        self.app = headlessid.App(**self.settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in (self.client, self.http):
            if each is not None:
                closed = each.aclose() if hasattr(each, "aclose") else each.close()
                await settled(closed)
        # With the client go its descriptors, and this object lives as long as the test's fixtures.
        self.client = self.http = None

    async def call(self, method: str, **parameters: Any) -> Any:
        """A flow for its result, or as a challenge, by the name of the client's method."""
        if self.client is not None:
            return await settled(getattr(self.client, method)(**parameters))
        name = method.replace("start_", "")
        return await self.start(headlessid.Flow(self.app, FLOWS.get(name, name), parameters))

    async def start(self, flow: headlessid.Flow) -> Any:
        if isinstance(self.http, httpx.Client):
            challenge: Any = headlessid.start(flow, HttpxTransport(self.http))
        else:
            challenge = await headlessid.start_async(flow, AsyncHttpxTransport(self.http))
        return challenge.result if challenge.asks is None else challenge

    async def resume(self, ticket: str, binding: str | None = None) -> Any:
        if self.client is not None:
            return self.client.resume(ticket, binding)
        return await self.start(headlessid.Flow.unseal(self.app, ticket, binding))


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


# The flow of a method that has another name.
FLOWS = {flow["verb"]: flow["name"] for flow in json.loads(_native.catalogue())["flows"]}
WAYS = ["client", "async client", "transport", "async transport"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, org: SimulatedOrg) -> Way:
    return Way(request.param, org)


def newcomer() -> dict[str, str]:
    username = f"new{next(_number)}@example.com"
    return {"firstName": "Nele", "lastName": "Neu", "email": username, "username": username}


def wrong(otp: str) -> str:
    return ("2" if otp[0] == "1" else "1") + otp[1:]


async def failing(work: Any, kind: type[Error]) -> Error:
    """What the call raises."""
    with pytest.raises(BaseException) as raised:
        await settled(work() if callable(work) else work)
    assert isinstance(raised.value, kind), repr(raised.value)
    return raised.value


def test_f05_registration(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            guest = await way.call("guest")
            userdata = newcomer()
            challenge = await way.call(
                "register", userdata=userdata, password="N3wcomer-pass", verification_method="email", guest=guest
            )
            assert (challenge.flow, challenge.asks) == ("registration", "otp")
            for each in ("problem", "result", "url", "code", "ticket_id"):
                assert getattr(challenge, each) is None
            otp = org.last_otp(userdata["email"])
            error = await failing(lambda: challenge.verify(wrong(otp)), headlessid.UserActionRequired)
            assert error.is_otp_invalid and error.advice == "ASK_AGAIN"
            assert challenge.asks == "otp" and challenge.problem.is_otp_invalid
            me = await settled(challenge.verify(f" {otp} "))
            assert isinstance(me, headlessid.TokenSet)
            assert (me.uvid, me.uvid_carry) == (guest.uvid, "carried")
            assert challenge.result is me
            assert challenge.asks is challenge.problem is None
            # Once is enough: the session is there, and a second response would hide a mistake.
            over = await failing(lambda: challenge.verify(otp), headlessid.StateError)
            assert over.reason == "wrong_step"
            again = await way.call("login", username=userdata["username"], password="N3wcomer-pass")
            assert again.access_token

    asyncio.run(story())


@pytest.mark.parametrize("method", ["email", "sms"])
def test_passwordless_login(way: Way, org: SimulatedOrg, method: str) -> None:
    async def story() -> None:
        async with way:
            guest = await way.call("guest")
            challenge = await way.call("passwordless_login", username=CARLA, verification_method=method, guest=guest.visitor)
            assert org.outbox(CARLA)[-1]["channel"] == method
            me = await settled(challenge.verify(bytearray(org.last_otp(CARLA).encode())))
            assert (me.uvid, me.uvid_carry) == (guest.uvid, "carried")

    asyncio.run(story())


def test_f09_resend(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("passwordless_login", username=CARLA, verification_method="email")
            first = org.last_otp(CARLA)
            await failing(lambda: challenge.verify(wrong(first)), headlessid.UserActionRequired)
            assert await settled(challenge.resend()) is None
            assert challenge.asks == "otp" and challenge.problem is None
            second = org.last_otp(CARLA)
            assert len(org.outbox(CARLA)) == 2
            if first != second:
                assert (await failing(lambda: challenge.verify(first), headlessid.HeadlessIdError)).is_otp_invalid
            assert (await settled(challenge.verify(second))).access_token

    asyncio.run(story())


def test_f08_password_reset_whose_attempts_are_used_up(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("reset_password", username=CARLA)
            otp = org.last_otp(CARLA)
            for _ in range(20):
                error = await failing(
                    lambda: challenge.verify(wrong(otp), new_password="An0ther-pass"), headlessid.HeadlessIdError
                )
                if not error.is_otp_invalid:
                    break
            assert error.is_otp_expired and error.advice == "RESTART"
            assert challenge.asks is None and challenge.problem.is_otp_expired
            over = await failing(lambda: challenge.verify(otp, new_password="An0ther-pass"), headlessid.StateError)
            assert over.reason == "wrong_step"
            assert repr(challenge) == f"<{type(challenge).__name__} 'password_reset' asks None>"

    asyncio.run(story())


def test_f08_one_time_password_whose_attempts_are_used_up(way: Way, org: SimulatedOrg) -> None:
    org.change_settings(max_otp_attempts=1)

    async def story() -> None:
        async with way:
            challenge = await way.call("passwordless_login", username=CARLA, verification_method="email")
            otp = org.last_otp(CARLA)
            for tried in (wrong(otp), otp):
                assert (await failing(lambda: challenge.verify(tried), headlessid.HeadlessIdError)).is_otp_invalid
            await settled(challenge.resend())
            assert (await settled(challenge.verify(org.last_otp(CARLA)))).access_token

    asyncio.run(story())


def test_the_third_wrong_one_time_password_advises_a_new_message(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("passwordless_login", username=CARLA, verification_method="email")
            otp = org.last_otp(CARLA)
            for _ in range(2):
                assert (await failing(lambda: challenge.verify(wrong(otp)), headlessid.HeadlessIdError)).is_otp_invalid
            for tried in (wrong(otp), otp):  # the right one is wrong too by now
                error = await failing(lambda: challenge.verify(tried), headlessid.HeadlessIdError)
                assert error.is_otp_expired and not error.is_otp_invalid and "new message" in str(error)
                assert challenge.asks == "otp" and challenge.problem.is_otp_expired
            await settled(challenge.resend())
            assert (await settled(challenge.verify(org.last_otp(CARLA)))).access_token

    asyncio.run(story())


def test_f16_password_reset(way: Way, org: SimulatedOrg) -> None:
    username = "gruen@example.com"

    async def story() -> None:
        async with way:
            challenge = await way.call("reset_password", username=username)
            otp = org.last_otp(username)
            error = await failing(lambda: challenge.verify(wrong(otp), new_password="Bett3r-pass"), headlessid.HeadlessIdError)
            assert error.is_otp_invalid
            assert challenge.asks == "otp"
            error = await failing(lambda: challenge.verify(otp, new_password="weak"), headlessid.UserActionRequired)
            assert error.is_password_policy and error.server_text
            assert challenge.asks == "new_password"
            missing = await failing(lambda: challenge.verify(otp), headlessid.ArgumentError)
            assert missing.field == "new_password"
            assert challenge.asks == "new_password" and challenge.problem.is_password_policy
            done = await settled(challenge.verify(new_password="Bett3r-pass"))
            assert isinstance(done, headlessid.PasswordReset)
            assert (await way.call("login", username=username, password="Bett3r-pass")).access_token

    asyncio.run(story())


def test_f16_one_time_password_first_then_the_new_one(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("reset_password", username=CARLA)
            missing = await failing(lambda: challenge.verify(org.last_otp(CARLA)), headlessid.ArgumentError)
            assert missing.field == "new_password"
            assert challenge.asks == "new_password"
            assert isinstance(await settled(challenge.verify(new_password="Bett3r-pass")), headlessid.PasswordReset)

    asyncio.run(story())


def test_f15_no_caller_learns_whether_a_user_exists(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            for flow, also, more in (
                ("passwordless_login", {"verification_method": "email"}, {}),
                ("reset_password", {}, {"new_password": "An0ther-pass"}),
            ):
                challenge = await way.call(flow, username="unknown@example.com", **also)
                assert challenge.asks == "otp"
                error = await failing(lambda: challenge.verify("000000", **more), headlessid.HeadlessIdError)
                assert error.is_otp_invalid
            assert org.outbox("unknown@example.com") == []

    asyncio.run(story())


def test_f01_login_that_asks(way: Way, org: SimulatedOrg) -> None:
    carla = next(user for user in org.users if user.username == CARLA)

    async def story() -> None:
        async with way:
            guest = await way.call("guest")
            challenge = await way.call("start_login", username=CARLA, guest=guest)
            assert challenge.asks == "password"
            missing = await failing(challenge.verify, headlessid.ArgumentError)
            assert missing.field == "password" and challenge.problem is None
            error = await failing(lambda: challenge.verify("wrong"), headlessid.UserActionRequired)
            assert error.is_invalid_credentials
            me = await settled(challenge.verify(password=carla.password))
            assert (me.uvid, me.uvid_carry) == (guest.uvid, "carried")

    asyncio.run(story())


@pytest.mark.parametrize("value", ["", "x" * 40_000], ids=["empty", "too long"])
def test_f04_refused_values_leave_the_challenge_as_it_was(way: Way, org: SimulatedOrg, value: str) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("passwordless_login", username=CARLA, verification_method="email")
            refused = await failing(lambda: challenge.verify(value), headlessid.ArgumentError)
            assert refused.field == "otp"
            unknown = await failing(lambda: challenge.verify("1", no_such_name="x"), headlessid.ArgumentError)
            assert unknown.field == "name"
            await failing(lambda: challenge.verify("1", otp="2"), TypeError)
            assert challenge.asks == "otp" and challenge.problem is None
            assert (await settled(challenge.verify(org.last_otp(CARLA)))).access_token

    asyncio.run(story())


def test_f14_recaptcha_counts_once(way: Way, org: SimulatedOrg) -> None:
    org.change_settings(is_recaptcha_required_pwdless_login=True)
    who = {"username": CARLA, "verification_method": "email"}

    async def story() -> None:
        async with way:
            await failing(lambda: way.call("passwordless_login", **who), headlessid.HeadlessIdError)
            challenge = await way.call("passwordless_login", **who, recaptcha="token-1")
            spent = await failing(challenge.resend, headlessid.StateError)
            assert spent.is_recaptcha_problem and spent.reason == "single_use_spent"
            assert challenge.asks == "otp" and len(org.outbox(CARLA)) == 1
            await settled(challenge.resend(recaptcha="token-2"))
            event = {"token": "token-3", "siteKey": "key", "expectedAction": "login", "projectId": "p"}
            await settled(challenge.resend(recaptcha_event=event))
            assert len(org.outbox(CARLA)) == 3
            assert (await settled(challenge.verify(org.last_otp(CARLA)))).access_token

    asyncio.run(story())


def test_k13_sealed_and_resumed(way: Way, org: SimulatedOrg) -> None:
    another = Way(way.name, org)

    async def story() -> None:
        async with way:
            guest = await way.call("guest")
            challenge = await way.call("passwordless_login", username=CARLA, verification_method="email", guest=guest)
            ticket = challenge.seal("session-1")
            assert len(ticket) <= 3072
            ticket_id = challenge.ticket_id
            assert ticket_id is not None and len(ticket_id) == 32
            assert challenge.seal("session-1") != ticket
        async with another:
            challenge = await another.resume(ticket, "session-1")
            assert (challenge.flow, challenge.asks, challenge.ticket_id) == ("passwordless_login", "otp", ticket_id)
            otp = org.last_otp(CARLA)
            me = await settled(challenge.verify(otp))
            assert (me.uvid, me.uvid_carry) == (guest.uvid, "carried")
            # K14: it opens again, and the server rejects what was used.
            twice = await another.resume(ticket, "session-1")
            assert (await failing(lambda: twice.verify(otp), headlessid.HeadlessIdError)).kind == "REFUSED"

    asyncio.run(story())


def test_k06_k15_k16_tickets_that_are_refused(org: SimulatedOrg) -> None:
    settings = org.client_settings()
    with headlessid.Client(**settings, seal_keys=SEAL_KEYS) as client:
        challenge = client.start_login(username=CARLA)
        ticket = challenge.seal("session-1")
        for binding in ("session-2", "", None):
            with pytest.raises(headlessid.StateError) as other:
                client.resume(ticket, binding)
            assert other.value.reason == "other_session"
        changed = [ticket[:at] + ("B" if ticket[at] == "A" else "A") + ticket[at + 1 :] for at in (0, 20, len(ticket) - 1)]
        for text in (*changed, "", ticket[:-1], ticket + "A", "no ticket", ticket[:40]):
            with pytest.raises(headlessid.ArgumentError) as refused:
                client.resume(text, "session-1")
            assert refused.value.is_ticket_refused
        assert client.resume(ticket.encode(), b"session-1").asks == "password"
        assert client.resume(challenge.seal()).asks == "password"
    with headlessid.Client(**settings, seal_keys={"k1": bytes(32)}) as stranger:
        with pytest.raises(headlessid.ArgumentError) as refused:
            stranger.resume(ticket, "session-1")
        assert refused.value.is_ticket_refused
    with headlessid.Client(**settings, seal_keys={"k2": bytes(32), **SEAL_KEYS}) as rotated:
        assert rotated.resume(ticket, "session-1").asks == "password"
    with headlessid.Client(**settings) as keyless:
        with pytest.raises(headlessid.ArgumentError) as none:
            keyless.start_login(username=CARLA).seal()
        assert none.value.reason == "no_seal_keys"


def test_registration_from_a_ticket_is_sent_again_when_its_data_is_given_again(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            userdata = newcomer()
            # More than fits into a ticket; no caller can tell what it left out.
            data = {"userdata": userdata, "customdata": {"note": "x" * 5000}, "password": "N3wcomer-pass"}
            ticket = (await way.call("register", **data, verification_method="email")).seal()
            challenge = await way.resume(ticket)
            await settled(challenge.resend(**data))
            assert len(org.outbox(userdata["email"])) == 2
            assert (await settled(challenge.verify(org.last_otp(userdata["email"])))).access_token

    asyncio.run(story())


def browse(org: SimulatedOrg, url: str, username: str) -> str:
    """The browser's way from the address that a flow shows back to the app's callback."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    opener = urllib.request.build_opener(
        Stay, urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=org.ca_file))
    )
    for add in ("", f"&user={urllib.parse.quote(username)}"):
        with pytest.raises(urllib.error.HTTPError) as moved:
            opener.open(url + add, timeout=60)
        with moved.value:
            url = str(moved.value.headers["Location"])
    return url


def test_native_sso(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("native_sso", sso_provider="ExampleProvider")
            assert (challenge.asks, challenge.code) == ("callback_url", None)
            assert challenge.url.startswith(f"{org.site}/services/oauth2/authorize?")
            assert challenge.url not in repr(challenge)
            parked = await way.resume(challenge.seal("browser"), "browser")
            assert parked.url == challenge.url
            for address in ("https://elsewhere.example/callback?code=a&state=b", "https://app.example.com:8443/callback?code=a"):
                error = await failing(lambda: parked.verify(address), headlessid.ArgumentError)
                assert (error.kind, error.reason, error.field) == ("ARGUMENT", "not_the_callback", "callback_url")
                # It still waits, and can still be sealed.
                assert (parked.asks, parked.url) == ("callback_url", challenge.url)
                parked = await way.resume(parked.seal("browser"), "browser")
            me = await settled(parked.verify(browse(org, parked.url, CARLA)))
            assert parked.url is None
            assert (await way.call("userinfo", access_token=me.access_token)).preferred_username == CARLA

    asyncio.run(story())


def test_no_thread_or_connection_waits_with_a_challenge(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings(), seal_keys=SEAL_KEYS) as client:
        challenges = [client.start_login(username=CARLA) for _ in range(50)]
        assert client.in_flight == 0
    # The client is gone, and with it its thread; what waits can still be sealed.
    assert len({challenge.seal() for challenge in challenges}) == 50
    with pytest.raises(headlessid.StateError) as closed:
        challenges[0].verify("x")
    assert closed.value.reason == "closed"


# ---- two at once, and closing ----

LATE_MS = 60_000


def _arrived(org: SimulatedOrg, endpoint: str, count: int) -> None:
    """Waits until so many requests have reached the endpoint."""
    while org.seen()["requests"].get(endpoint, 0) < count:
        time.sleep(0.005)


def test_f10_two_at_once_are_refused(org: SimulatedOrg) -> None:
    ends: list[BaseException] = []

    def resend(challenge: headlessid.Challenge[Any]) -> None:
        try:
            challenge.resend()
        except headlessid.HeadlessIdError as error:
            ends.append(error)

    with headlessid.Client(**org.client_settings(), seal_keys=SEAL_KEYS) as client:
        challenge = client.passwordless_login(username=CARLA, verification_method="email")
        org.fail("init_passwordless", delay_ms=LATE_MS)
        first = threading.Thread(target=resend, args=(challenge,))
        first.start()
        _arrived(org, "init_passwordless", 2)
        for second in (challenge.resend, challenge.seal, lambda: challenge.verify("1")):
            with pytest.raises(headlessid.StateError) as busy:
                second()
            assert busy.value.reason == "busy"
        assert org.seen()["requests"]["init_passwordless"] == 2
        challenge.close()
        first.join()
        assert isinstance(ends[0], headlessid.StateError) and ends[0].is_cancelled


def test_f10_two_tasks_at_once_are_refused(org: SimulatedOrg) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            challenge = await client.passwordless_login(username=CARLA, verification_method="email")
            both = await asyncio.gather(challenge.resend(), challenge.resend(), return_exceptions=True)
            assert both[0] is None
            assert isinstance(both[1], headlessid.StateError) and both[1].reason == "busy"
            assert len(org.outbox(CARLA)) == 2
            assert (await challenge.verify(org.last_otp(CARLA))).access_token

    asyncio.run(story())


def test_n08_close_ends_a_verify_that_runs(org: SimulatedOrg) -> None:
    ends: list[BaseException] = []

    def verify(challenge: headlessid.Challenge[Any]) -> None:
        try:
            challenge.verify("000000")
        except headlessid.HeadlessIdError as error:
            ends.append(error)

    with headlessid.Client(**org.client_settings()) as client:
        challenge = client.passwordless_login(username=CARLA, verification_method="email")
        org.fail("authorize", delay_ms=LATE_MS)
        other = threading.Thread(target=verify, args=(challenge,))
        other.start()
        while client.in_flight == 0:
            time.sleep(0.001)
        challenge.close()
        challenge.close()
        other.join()
        assert isinstance(ends[0], headlessid.StateError) and ends[0].is_cancelled
        assert challenge.asks is None
        with pytest.raises(headlessid.StateError):
            challenge.verify("000000")


def test_n08_close_ends_an_awaited_verify(org: SimulatedOrg) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            challenge = await client.passwordless_login(username=CARLA, verification_method="email")
            org.fail("authorize", delay_ms=LATE_MS)
            task = asyncio.create_task(challenge.verify("000000"))
            while client.in_flight == 0:
                await asyncio.sleep(0.001)
            challenge.close()
            with pytest.raises(headlessid.StateError) as cancelled:
                await task
            assert cancelled.value.is_cancelled

    asyncio.run(story())


def test_n08_close_while_the_own_transport_sends(app: headlessid.App) -> None:
    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        challenge.close()
        return headlessid.HttpResponse(503)

    with headlessid.Flow(app, "login", {"username": "lena@example.com"}) as flow:
        challenge = headlessid.start(flow, send)
        with pytest.raises(headlessid.StateError) as closed:
            challenge.verify("P4ss+w&rd=1:x")
        assert closed.value.is_cancelled
        assert challenge.asks is None and flow.closed


async def full(client: headlessid.AsyncClient, org: SimulatedOrg) -> asyncio.Task[Any]:
    """Fills a client of one flow."""
    before = org.seen()["requests"].get("authorize", 0)
    org.fail("authorize", delay_ms=LATE_MS)
    task = asyncio.create_task(client.guest())
    # Until the request has arrived: the next one is not to meet the fault.
    while org.seen()["requests"].get("authorize", 0) == before:
        await asyncio.sleep(0.005)
    return task


async def emptied(client: headlessid.AsyncClient, task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while client.in_flight:
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("own", [False, True], ids=["library", "transport"])
def test_a_full_client_leaves_the_challenge_its_value(org: SimulatedOrg, own: bool) -> None:
    carla = next(user for user in org.users if user.username == CARLA)

    async def story() -> None:
        trust = ssl.create_default_context(cafile=org.ca_file)
        async with httpx.AsyncClient(verify=trust) as http:
            transport = AsyncHttpxTransport(http) if own else None
            async with headlessid.AsyncClient(**org.client_settings(), max_in_flight=1, transport=transport) as client:
                for first in (carla.password, "not it"):
                    challenge = await client.start_login(username=CARLA)
                    task = await full(client, org)
                    for more in ((first,), (), ("another",)):
                        error = await failing(challenge.verify(*more), headlessid.StateError)
                        assert (error.reason, error.is_retryable, challenge.asks) == ("too_many_flows", True, "password")
                    await emptied(client, task)
                    # The first value counts; what was given after it is dropped at the question that has a problem.
                    if first == carla.password:
                        assert (await challenge.verify()).access_token
                    else:
                        assert (await failing(challenge.verify, headlessid.UserActionRequired)).is_invalid_credentials
                        assert challenge.asks == "password"
                        assert (await failing(challenge.verify, headlessid.ArgumentError)).field == "password"

    asyncio.run(story())


def test_a_full_client_leaves_a_resend(org: SimulatedOrg) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings(), max_in_flight=1) as client:
            challenge = await client.passwordless_login(username=CARLA, verification_method="email")
            task = await full(client, org)
            assert (await failing(challenge.resend, headlessid.StateError)).reason == "too_many_flows"
            await emptied(client, task)
            await challenge.resend()
            assert len(org.outbox(CARLA)) == 2
            assert (await challenge.verify(org.last_otp(CARLA))).access_token

    asyncio.run(story())


def test_verify_after_the_end_is_a_wrong_step(way: Way, org: SimulatedOrg) -> None:
    async def story() -> None:
        async with way:
            challenge = await way.call("passwordless_login", username=CARLA, verification_method="email")
            otp = org.last_otp(CARLA)
            me = await settled(challenge.verify(otp))
            for _ in range(2):
                over = await failing(lambda: challenge.verify(otp), headlessid.StateError)
                assert (over.reason, "`result`" in over.message) == ("wrong_step", True)
            assert challenge.result is me
            org.fail("authorize", status=403, body={"error": "invalid_request", "error_description": "no"})
            failed = await way.call("passwordless_login", username=CARLA, verification_method="email")
            ended = await failing(lambda: failed.verify(org.last_otp(CARLA)), headlessid.HeadlessIdError)
            assert failed.asks is None and failed.problem == ended
            over = await failing(lambda: failed.verify("1"), headlessid.StateError)
            assert (over.reason, "`problem`" in over.message) == ("wrong_step", True)

    asyncio.run(story())


def test_l11_what_the_own_transport_raises_leaves_the_challenge(app: headlessid.App) -> None:
    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        raise OSError("P4ss+w&rd=1:x")

    with headlessid.start(headlessid.Flow(app, "login", {"username": "lena@example.com"}), send) as challenge:
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            challenge.verify("P4ss+w&rd=1:x")
        # F06: the attempt may have been counted, and the person is asked again.
        assert failed.value.outcome_unknown and failed.value.advice == "ASK_AGAIN"
        assert challenge.asks == "password"
        assert "P4ss" not in str(failed.value)


def test_l13_cancelled_task_ends_the_challenge(org: SimulatedOrg) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings(), seal_keys=SEAL_KEYS) as client:
            async with await client.passwordless_login(username=CARLA, verification_method="email") as challenge:
                ticket = challenge.seal()
                org.fail("authorize", delay_ms=LATE_MS)
                task = asyncio.create_task(challenge.verify("000000"))
                while client.in_flight == 0:
                    await asyncio.sleep(0.001)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert challenge.asks is None
                with pytest.raises(headlessid.StateError):
                    await challenge.verify("000000")
            while client.in_flight:
                await asyncio.sleep(0.001)
            org.reset()
            assert client.resume(ticket).asks == "otp"

    asyncio.run(story())


def test_closed_challenges_refuse(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings()) as client:
        with client.start_login(username=CARLA) as challenge:
            assert challenge.asks == "password"
        for call in (challenge.verify, challenge.seal, challenge.resend, lambda: challenge.verify("x")):
            with pytest.raises(headlessid.HeadlessIdError):
                call()
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        import pickle

        pickle.dumps(challenge)
