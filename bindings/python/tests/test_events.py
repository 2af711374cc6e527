"""on_event, logging and OpenTelemetry: what they hear of a flow, that it holds no secret, and that silence costs nothing."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import headlessid
import pytest
from headlessid import _events
from headlessid._hidden import Hidden
from headlessid.stores import MemoryStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, sign_in
from test_process import python


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that has set no handler: pytest sets some of its own."""
    monkeypatch.setattr(_events, "_logger", lambda: None)
    monkeypatch.setattr(_events, "_has_telemetry", lambda: False)


def flows_of(events: list[dict[str, Any]]) -> list[str]:
    return [event["flow"] for event in events if event["event"] == "flow"]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_on_event_hears_of_every_flow(org: SimulatedOrg, silent: None, asynchronous: bool) -> None:
    events: list[dict[str, Any]] = []
    settings = org.client_settings()
    lena = org.users[0]

    async def main() -> None:
        async with headlessid.AsyncClient(**settings, on_event=events.append) as client:
            await client.login(username=lena.username, password=lena.password)
            challenge = await client.passwordless_login(username=lena.username, verification_method="email")
            await challenge.verify(org.last_otp(lena.username))
            with pytest.raises(headlessid.HeadlessIdError):
                await client.login(username=lena.username, password="wrong")

    if asynchronous:
        asyncio.run(main())
    else:
        with headlessid.Client(**settings, on_event=events.append) as client:
            client.login(username=lena.username, password=lena.password)
            challenge = client.passwordless_login(username=lena.username, verification_method="email")
            challenge.verify(org.last_otp(lena.username))
            with pytest.raises(headlessid.HeadlessIdError):
                client.login(username=lena.username, password="wrong")
    assert flows_of(events) == ["login", "passwordless_login", "login"]
    failed = events[-1]
    assert failed["outcome"] == "failed" and failed["reason"] == "invalid_credentials" and failed["advice"]
    requests = [event for event in events if event["event"] == "request"]
    assert all(event["host"] and event["method"] and event["ms"] >= 0 and event["started_at_ms"] for event in requests)
    # Each once, although a challenge runs several times.
    assert len(requests) == sum(org.seen()["requests"].values())


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_events_of_a_session_hold_no_secret(org: SimulatedOrg, silent: None, asynchronous: bool) -> None:
    settings = org.client_settings()
    tokens = sign_in(org, settings, expired=True)
    events: list[dict[str, Any]] = []

    async def main() -> str:
        async with headlessid.AsyncClient(**settings, on_event=events.append) as client:
            session = await client.sessions(MemoryStore(), KEYS).begin("key-of-a-browser", tokens)
            second = await session.access_token()
            await session.end()
            return second

    if asynchronous:
        second = asyncio.run(main())
    else:
        with headlessid.Client(**settings, on_event=events.append) as client:
            session = client.sessions(MemoryStore(), KEYS).begin("key-of-a-browser", tokens)
            second = session.access_token()
            session.end()
    assert flows_of(events) == ["session_begin", "session_token", "session_end"]
    assert [event.get("refreshed_by") for event in events if event["event"] == "flow"] == [None, "this", None]
    stores = [event for event in events if event["event"] == "store" and event["flow"] == "session_token"]
    assert [event["operation"] for event in stores][:3] == ["load", "lock", "load"]
    for secret in (tokens.access_token, tokens.refresh_token, second, "key-of-a-browser", org.users[0].username):
        assert secret is not None and secret not in repr(events)


def test_what_on_event_raises_harms_no_flow(org: SimulatedOrg, caplog: pytest.LogCaptureFixture) -> None:
    def raises(event: dict[str, Any]) -> None:
        raise RuntimeError("mine")

    with headlessid.Client(**org.client_settings(), on_event=raises) as client:
        assert client.guest().uvid
    assert any(record.exc_info for record in caplog.records if record.name == "headlessid")
    # They hold the frames.
    caplog.clear()
    with pytest.raises(TypeError, match="on_event"):
        headlessid.Client(**org.client_settings(), on_event=7)  # type: ignore[arg-type]


def test_nothing_is_kept_while_nothing_listens(org: SimulatedOrg, silent: None) -> None:
    for on_event in (None, lambda event: None):
        with headlessid.Client(**org.client_settings(), on_event=on_event) as client:
            flow = client._flow("guest", Hidden({}), None)
            client.run(flow)
            assert bool(flow._native.events()) is (on_event is not None)
            flow.close()


def test_logging(org: SimulatedOrg, caplog: pytest.LogCaptureFixture) -> None:
    settings = org.client_settings()
    tokens = sign_in(org, settings, expired=True)
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "headlessid"), headlessid.Client(**settings) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("key-of-a-browser", tokens)
        org.fail("token", status=503)
        with pytest.raises(headlessid.TransientError):
            session.access_token()
        with pytest.raises(headlessid.UserActionRequired):
            client.sessions(MemoryStore(), KEYS).get("other-browser").access_token()
    records = [record for record in caplog.records if record.name == "headlessid"]
    levels = {record.getMessage().split(" after")[0]: record.levelname for record in records}
    assert levels["session_begin is done"] == "DEBUG"
    assert levels["session_token: store lock: done"] == "DEBUG"
    assert any(text.startswith("session_token: token POST") and "503" in text for text in levels)
    assert [level for text, level in levels.items() if "server_error (" in text] == ["WARNING"]
    assert [level for text, level in levels.items() if "no_session (" in text] == ["INFO"]
    assert all(isinstance(record.headlessid, dict) for record in records)  # type: ignore[attr-defined]
    assert "browser" not in caplog.text and tokens.access_token not in caplog.text


def test_a_program_without_a_handler_is_not_written_to(org: SimulatedOrg) -> None:
    python(
        """
        import logging, headlessid
        with headlessid.Client(**settings) as client:
            try:
                client.login(username="unknown@example.com", password="wrong")
            except headlessid.HeadlessIdError:
                pass
            assert not client._watch.is_on()
            logging.getLogger("headlessid").addHandler(logging.NullHandler())
            assert not client._watch.is_on()
            logging.basicConfig(stream=sys.stdout)
            assert client._watch.is_on()
            logging.getLogger("headlessid").setLevel(logging.CRITICAL)
            assert not client._watch.is_on()
        """,
        org,
    )


# ---- listeners that use the library ----


def ends(work: Any) -> None:
    """Fails instead of waiting for ever."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "it waits for itself"
    if raised:
        raise raised[0]


def no_cache(org: SimulatedOrg) -> dict[str, Any]:
    """So that each call is a flow."""
    return {**org.client_settings(), "session_cache_ms": 0}


@pytest.mark.parametrize("how", ["on_event", "logging"])
def test_a_listener_may_use_the_session(org: SimulatedOrg, silent: None, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    tokens = sign_in(org, no_cache(org))
    sessions: list[Any] = []
    heard: list[tuple[str, str]] = []

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "flow" and sessions:
            heard.append((event["flow"], sessions[0].get("u").access_token()))

    class Sends(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            listen(record.headlessid)  # type: ignore[attr-defined]

    logger = logging.Logger("headlessid", logging.DEBUG)
    logger.addHandler(Sends())
    if how == "logging":
        monkeypatch.setattr(_events, "_logger", lambda: logger)

    def work() -> None:
        with headlessid.Client(**no_cache(org), on_event=listen if how == "on_event" else None) as client:
            sessions.append(client.sessions(MemoryStore(), KEYS))
            session = sessions[0].begin("u", tokens)
            assert session.access_token() == tokens.access_token
            assert session.access_token() == tokens.access_token

    ends(work)
    # Each of the app's, and none of the listener's own.
    assert heard == [(flow, tokens.access_token) for flow in ("session_begin", "session_token", "session_token")]


def test_a_listener_may_use_the_session_from_the_main_thread(org: SimulatedOrg) -> None:
    settings = no_cache(org)
    tokens = sign_in(org, settings)
    python(
        """
        import faulthandler, headlessid
        from headlessid.stores import MemoryStore
        faulthandler.dump_traceback_later(20, exit=True)
        heard = []
        def listen(event):
            if event["event"] == "flow":
                heard.append(sessions.get("u").access_token())
        with headlessid.Client(**settings["client"], on_event=listen) as client:
            sessions = client.sessions(MemoryStore(), {"k1": bytes(32)})
            session = sessions.begin("u", settings["tokens"])
            # What was told is told when the call returns.
            assert len(heard) == 1
            session.access_token()
            assert len(heard) == 2
        """,
        None,
        SETTINGS=repr({"client": settings, "tokens": tokens.to_json()}),
    )


def test_waiters_do_not_wait_for_a_listener(org: SimulatedOrg, silent: None) -> None:
    settings = no_cache(org)
    tokens = sign_in(org, settings)
    listening, go_on = threading.Event(), threading.Event()

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "flow" and event["flow"] == "session_token":
            listening.set()
            go_on.wait(20)

    with headlessid.Client(**settings, on_event=listen) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        first = threading.Thread(target=session.access_token, daemon=True)
        first.start()
        assert listening.wait(20)
        assert session._flight is None
        go_on.set()
        ends(session.access_token)
        first.join()


def test_a_listener_in_the_background_may_use_the_session(org: SimulatedOrg, silent: None) -> None:
    settings = no_cache(org)
    tokens = sign_in(org, settings)
    heard: list[str] = []

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "flow" and event["flow"] == "session_token":
            heard.append(session.access_token())

    with headlessid.Client(**settings, on_event=listen) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        session._go_on()
        until = time.monotonic() + 10
        while not heard and time.monotonic() < until:
            time.sleep(0.01)
        assert heard == [tokens.access_token]


def test_a_listener_may_start_a_task_that_uses_the_session(org: SimulatedOrg, silent: None) -> None:
    settings = no_cache(org)
    tokens = sign_in(org, settings)
    tasks: list[asyncio.Task[str]] = []

    async def main() -> None:
        def listen(event: dict[str, Any]) -> None:
            if event["event"] == "flow" and len(tasks) < 2:
                assert session is None or session._flight is None
                tasks.append(asyncio.get_running_loop().create_task(sessions.get("u").access_token()))

        session: Any = None
        async with headlessid.AsyncClient(**settings, on_event=listen) as client:
            sessions = client.sessions(MemoryStore(), KEYS)
            session = await sessions.begin("u", tokens)
            assert await asyncio.wait_for(session.access_token(), 10) == tokens.access_token
            assert await asyncio.gather(*tasks) == [tokens.access_token] * len(tasks) and tasks

    asyncio.run(main())


# ---- OpenTelemetry ----


@pytest.fixture(scope="module")
def telemetry() -> Iterator[tuple[Any, Any]]:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(tracing)
    metrics.set_meter_provider(MeterProvider([reader]))
    yield spans, reader


@pytest.mark.parametrize("asynchronous", [False, True])
def test_spans_and_metrics(org: SimulatedOrg, telemetry: tuple[Any, Any], asynchronous: bool) -> None:
    from opentelemetry import trace

    spans, reader = telemetry
    settings = org.client_settings()
    tokens = sign_in(org, settings, expired=True)
    spans.clear()

    async def main() -> None:
        async with headlessid.AsyncClient(**settings) as client:
            session = await client.sessions(MemoryStore(), KEYS).begin("key-of-a-browser", tokens)
            with trace.get_tracer("app").start_as_current_span("request"):
                await session.access_token()

    if asynchronous:
        asyncio.run(main())
    else:
        with headlessid.Client(**settings) as client:
            session = client.sessions(MemoryStore(), KEYS).begin("key-of-a-browser", tokens)
            with trace.get_tracer("app").start_as_current_span("request"):
                session.access_token()
    found = {span.name: span for span in spans.get_finished_spans()}
    flow, request, post = found["headlessid session_token"], found["request"], found["POST"]
    assert flow.parent.span_id == request.context.span_id and post.parent.span_id == flow.context.span_id
    assert post.kind is trace.SpanKind.CLIENT and post.start_time <= post.end_time
    assert dict(post.attributes)["http.request.method"] == "POST"
    assert dict(post.attributes)["http.response.status_code"] == 200
    assert dict(post.attributes)["server.address"] == "localhost"
    assert "error.type" not in post.attributes and flow.attributes["headlessid.refreshed_by"] == "this"
    assert found["headlessid store save"].attributes["headlessid.store.outcome"] == "done"
    data = reader.get_metrics_data()
    names = {metric.name: metric for each in data.resource_metrics for scope in each.scope_metrics for metric in scope.metrics}
    assert {"http.client.request.duration", "headlessid.flow.duration"} <= set(names)
    assert names["http.client.request.duration"].unit == "s"
    everything = repr([(span.name, dict(span.attributes), span.events, span.status) for span in spans.get_finished_spans()])
    everything += data.to_json()
    for secret in (tokens.access_token, tokens.refresh_token, "key-of-a-browser", org.users[0].username):
        assert secret not in everything


def test_a_failure_is_in_its_span(org: SimulatedOrg, telemetry: tuple[Any, Any]) -> None:
    from opentelemetry import trace

    spans, _ = telemetry
    spans.clear()
    with headlessid.Client(**org.client_settings()) as client, pytest.raises(headlessid.HeadlessIdError):
        client.login(username=org.users[0].username, password="wrong")
    flow = next(span for span in spans.get_finished_spans() if span.name == "headlessid login")
    assert flow.status.status_code is trace.StatusCode.ERROR and flow.attributes["error.type"] == "invalid_credentials"


def test_the_api_is_not_imported_for_it() -> None:
    python(
        """
        import headlessid
        app = headlessid.App(site="https://acme.my.site.com/shop", client_id="x", redirect_uri="https://app.example.com/cb")
        with headlessid.Client.for_app(app):
            pass
        assert not [name for name in sys.modules if name.startswith("opentelemetry")]
        """
    )
    assert sys.modules
