"""Class L, the part that needs no network: what crosses the border between Python and the library."""

from __future__ import annotations

import copy
import os
import pickle
import re
import threading
import time
from pathlib import Path
from typing import Any

import headlessid
import httpx
import pytest
from headlessid import _flow, _native

SITE = "https://acme.my.site.com/shop"
LOGIN = {"username": "lena.ortiz@example.com", "password": "P4ss+w&rd=1:x"}


def login(app: headlessid.App, **also: Any) -> headlessid.Flow:
    return headlessid.Flow(app, "login", LOGIN, **also)


def response_of(step: headlessid.Send) -> headlessid.HttpResponse:
    """An org's responses to the two requests of a login."""
    if step.name == "authorize":
        state = re.search(rb"state=([^&]+)", step.body)
        assert state is not None
        location = f"https://app.example.com/callback?code=aPrx%3D%3D&state={state[1].decode()}"
        return headlessid.HttpResponse(302, [("Location", location)])
    body = b'{"access_token":"00Dx!AQ","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com"}'
    return headlessid.HttpResponse(200, [("Content-Type", "application/json")], body)


def test_l03_unknown_names(app: headlessid.App) -> None:
    with pytest.raises(headlessid.ArgumentError) as unknown:
        headlessid.Flow(app, "no_such_flow")
    assert isinstance(unknown.value, ValueError)
    with pytest.raises(headlessid.ArgumentError) as unknown, login(app) as flow:
        flow.set("usernam", "x")
    assert unknown.value.field == "usernam"
    # A name that is unlike every other may be a secret in the wrong place, and is not said back.
    with pytest.raises(headlessid.ArgumentError) as unknown, login(app) as flow:
        flow.set("no_such_parameter", "x")
    assert unknown.value.field == "name"
    with pytest.raises(headlessid.ArgumentError) as unknown:
        _native.App([("no_such_setting", "x")])
    assert unknown.value.field == "name"


def test_l03_unknown_step_is_named(app: headlessid.App, monkeypatch: pytest.MonkeyPatch) -> None:
    class Newer:
        closed = False

        def next(self, now_ms: int) -> tuple[int, tuple[Any, ...]]:
            return 42, ("TELEPORT",)

        def close(self) -> None: ...

    with login(app) as flow:
        monkeypatch.setattr(flow, "_native", Newer())
        with pytest.raises(headlessid.StateError, match=r"42 \(TELEPORT\)"):
            flow.next()
        with pytest.raises(headlessid.StateError, match="TELEPORT"):
            headlessid.run(flow, response_of)
    assert "UNKNOWN" in str(_flow.unknown_step(9, ()))


def test_l04_other_abi_says_both_numbers() -> None:
    _native._check_abi(_native.ABI_VERSION)
    with pytest.raises(ImportError, match=f"ABI {_native.ABI_VERSION + 1} .* ABI {_native.ABI_VERSION}"):
        _native._check_abi(_native.ABI_VERSION + 1)


def test_l08_two_threads_in_one_flow(app: headlessid.App) -> None:
    busy = 0
    stop = threading.Event()

    def enter(flow: headlessid.Flow) -> None:
        nonlocal busy
        while not stop.is_set():
            try:
                flow.next()
            except headlessid.StateError as error:
                assert error.reason in ("busy", "closed")
                busy += 1

    for _ in range(50):
        flow = login(app)
        threads = [threading.Thread(target=enter, args=(flow,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.002)
        # The thread inside frees it on the way out.
        flow.close()
        flow.close()
        stop.set()
        for thread in threads:
            thread.join()
        stop.clear()
        with pytest.raises(headlessid.StateError) as closed:
            flow.next()
        assert closed.value.reason == "closed"
    assert busy > 0


def test_l09_what_was_read_stays(app: headlessid.App) -> None:
    with login(app) as flow:
        send = flow.next()
        assert isinstance(send, headlessid.Send)
        kept = (send.url, list(send.headers), bytes(send.body))
        response = response_of(send)
        flow.give_response(response.status, response.headers, response.body)
        second = flow.next()
        assert isinstance(second, headlessid.Send)
        assert second.name == "token"
        response = response_of(second)
        flow.give_response(response.status, response.headers, response.body)
        done = flow.next()
        assert isinstance(done, headlessid.Done)
    assert (send.url, send.headers, send.body) == kept
    assert done.fields["access_token"] == "00Dx!AQ"


@pytest.mark.parametrize(
    "password",
    ["with\0nul", b"with\0nul", b"\xff\xfe", "half\ud83d", "\udcff", b"\xed\xa0\x80", "x" * 16_001],
    ids=["nul", "nul bytes", "no utf-8", "half a pair", "escaped byte", "encoded surrogate", "too long"],
)
def test_l10_text_is_refused_whole(app: headlessid.App, password: str | bytes) -> None:
    with pytest.raises(headlessid.ArgumentError) as refused:
        headlessid.Flow(app, "login", {**LOGIN, "password": password})
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["Grün>?7~", "  edges  ", "\U0001f511", "a\tb\r\nc", "x" * 16_000])
def test_l10_text_goes_through_byte_for_byte(app: headlessid.App, password: str) -> None:
    from urllib.parse import parse_qs

    with headlessid.Flow(app, "login", {**LOGIN, "password": password}) as flow:
        send = flow.next()
        assert isinstance(send, headlessid.Send)
        assert parse_qs(send.body.decode("ascii"))["password"] == [password]


def test_l10_two_gigabytes(app: headlessid.App) -> None:
    # Zeroed memory that is never written needs no room.
    large = bytes(2**31 + 5)
    with pytest.raises(headlessid.ArgumentError) as refused:
        headlessid.Flow(app, "login", {**LOGIN, "password": large})
    assert refused.value.field == "password"
    with login(app) as flow:
        flow.next()
        try:
            flow.give_response(200, [], large)
        except headlessid.HeadlessIdError as error:
            assert error.kind == "PROTOCOL"
        failed = flow.next()
        assert isinstance(failed, headlessid.Failed)
        assert failed.error.kind == "PROTOCOL"


@pytest.mark.parametrize("value", [5, 1.5, ["secret-in-a-list"], {"secret": "in a dict"}, object()])
def test_l10_other_types_are_refused_without_showing_them(app: headlessid.App, value: Any) -> None:
    with pytest.raises(TypeError) as refused:
        _native.Flow(app._native, "login").set("password", value)
    assert str(refused.value) == f"password must be str or bytes, not {type(value).__name__}"


@pytest.mark.parametrize("now_ms", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_l27_any_time_is_safe(app: headlessid.App, now_ms: int) -> None:
    with login(app) as flow:
        assert isinstance(flow.next(now_ms), headlessid.Send)


def test_l27_time_beyond_64_bits_is_refused(app: headlessid.App) -> None:
    with login(app) as flow:
        with pytest.raises(OverflowError, match="now_ms"):
            flow.next(2**63)
        with pytest.raises(TypeError, match="now_ms"):
            flow.next(1.5)  # type: ignore[arg-type]


class Unplugged(Exception):
    pass


@pytest.mark.parametrize("raised", [Unplugged("P4ss+w&rd=1:x"), OSError("gone"), StopIteration()])
def test_l11_what_a_transport_raises_may_have_left(app: headlessid.App, raised: Exception) -> None:
    sent = 0

    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        nonlocal sent
        sent += 1
        raise raised

    with login(app) as flow, pytest.raises(headlessid.HeadlessIdError) as failed:
        headlessid.run(flow, send)
    assert sent == 1
    assert (failed.value.kind, failed.value.advice, failed.value.outcome_unknown) == ("TRANSPORT", "RESTART", True)
    assert failed.value.__cause__ is raised
    assert "P4ss" not in str(failed.value)


def test_l11_not_sent_may_be_sent_again(app: headlessid.App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    sent = []

    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        sent.append(step.name)
        if len(sent) == 1:
            raise headlessid.RequestNotSent("no route")
        return response_of(step)

    # Nothing waits here: the clock of the flow is moved to where the wait ends.
    now = [1_767_225_600_000]
    monkeypatch.setattr(time, "time_ns", lambda: now.__setitem__(0, now[0] + 1000) or now[0] * 1_000_000)
    with login(app) as flow:
        assert headlessid.run(flow, send).access_token == "00Dx!AQ"
    assert sent == ["authorize", "authorize", "token"]


def test_l11_what_is_not_a_response_may_have_been_sent(app: headlessid.App) -> None:
    with login(app) as flow, pytest.raises(headlessid.HeadlessIdError) as failed:
        headlessid.run(flow, lambda step: None)  # type: ignore[arg-type,return-value]
    assert failed.value.outcome_unknown
    assert isinstance(failed.value.__cause__, AttributeError)


def test_l11_an_iterator_of_headers_that_raises(app: headlessid.App) -> None:
    def headers() -> Any:
        yield "Content-Type", "text/html"
        raise Unplugged

    with login(app) as flow, pytest.raises(headlessid.HeadlessIdError) as failed:
        headlessid.run(flow, lambda step: headlessid.HttpResponse(200, headers()))
    assert isinstance(failed.value.__cause__, Unplugged)


def test_l11_interrupt_goes_through_and_cancels(app: headlessid.App) -> None:
    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        raise KeyboardInterrupt

    with login(app) as flow:
        with pytest.raises(KeyboardInterrupt):
            headlessid.run(flow, send)
        failed = flow.next()
        assert isinstance(failed, headlessid.Failed)
        assert failed.error.is_cancelled


@pytest.mark.parametrize(
    ("raised", "unknown"),
    [
        (httpx.ConnectError("x"), False),
        (httpx.ConnectTimeout("x"), False),
        (httpx.PoolTimeout("x"), False),
        (httpx.ReadTimeout("x"), True),
        (httpx.WriteError("x"), True),
        (httpx.RemoteProtocolError("x"), True),
    ],
)
def test_l11_httpx_knows_what_has_left(app: headlessid.App, raised: Exception, unknown: bool) -> None:
    from headlessid.httpx_transport import HttpxTransport

    def handle(request: httpx.Request) -> httpx.Response:
        raise raised

    # So little time that nothing is repeated.
    with httpx.Client(transport=httpx.MockTransport(handle)) as http, login(app, timeout=0.05) as flow:
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            headlessid.run(flow, HttpxTransport(http))
    assert failed.value.outcome_unknown is unknown
    assert failed.value.advice == ("RESTART" if unknown else "RETRY_LATER")


def test_l12_httpx_adds_nothing_and_follows_nothing(app: headlessid.App) -> None:
    from headlessid.httpx_transport import HttpxTransport

    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        step = headlessid.Send("authorize" if len(seen) == 1 else "token", "", "", [], request.content, False, False, 0)
        response = response_of(step)
        return httpx.Response(response.status, headers=[*response.headers, ("Set-Cookie", "sid=1")], content=response.body)

    http = httpx.Client(
        transport=httpx.MockTransport(handle),
        follow_redirects=True,
        auth=("someone", "else"),
        cookies={"tracking": "1"},
        headers={"X-Own": "1"},
    )
    with http, login(app) as flow:
        assert headlessid.run(flow, HttpxTransport(http)).access_token == "00Dx!AQ"
    assert [request.url.path for request in seen] == ["/shop/services/oauth2/authorize", "/shop/services/oauth2/token"]
    for request in seen:
        assert not {"cookie", "authorization", "x-own"} & set(request.headers)


def test_l12_transport_that_followed_a_redirect(app: headlessid.App) -> None:
    # The page behind the callback address, where the code should have been.
    with login(app) as flow, pytest.raises(headlessid.HeadlessIdError) as failed:
        headlessid.run(flow, lambda step: headlessid.HttpResponse(200, [("Content-Type", "text/html")], b"<html>hello</html>"))
    assert failed.value.kind in ("PROTOCOL", "REFUSED")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_l17_what_cannot_be_pickled(app: headlessid.App, protocol: int) -> None:
    with login(app) as flow, headlessid.Client.for_app(app) as client:
        for each in (app, flow, client):
            with pytest.raises(TypeError, match="neither pickled nor copied"):
                pickle.dumps(each, protocol)
            for copying in (copy.copy, copy.deepcopy):
                with pytest.raises(TypeError, match="neither pickled nor copied"):
                    copying(each)


def test_l17_flows_are_not_compared(app: headlessid.App) -> None:
    with login(app) as one, login(app) as other:
        with pytest.raises(TypeError, match="compared"):
            assert one == other
        with pytest.raises(TypeError, match="compared"):
            assert one != other
        assert len({one, other}) == 2


def test_l17_errors_and_results_can_be_pickled() -> None:
    error = headlessid.AdminActionRequired(
        "the guest flow is off",
        kind="REFUSED",
        advice="FIX_ORG",
        reason="guest_not_enabled",
        hint="Setup: …",
        server_code="invalid_request",
        http_status=400,
        retry_after_ms=1500,
    )
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is headlessid.AdminActionRequired
        assert vars(again) == vars(error)
        assert str(again) == str(error)
    assert error.is_org_fault and not error.is_retryable


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_l18_a_hundred_thousand_flows(app: headlessid.App) -> None:
    def some(count: int) -> None:
        for _ in range(count):
            with headlessid.Flow(app, "login", LOGIN) as flow:
                headlessid.run(flow, response_of)
        for _ in range(count // 10):
            with headlessid.Flow(app, "login", LOGIN) as flow:
                flow.next()
                flow.cancel()
            with pytest.raises(headlessid.ArgumentError):
                headlessid.Flow(app, "login", {"username": ""})

    some(10_000)
    looks = [resident_bytes()]
    for _ in range(6):
        some(15_000)
        looks.append(resident_bytes())
    # What leaks does so in every round; the allocators' own areas grow now and then.
    grown = min(after - before for before, after in zip(looks, looks[1:]))
    assert grown * 100 // 15 < 1 << 20, f"{looks} bytes"
