"""An error reporter shows the local variables of every frame that an exception has come through (Sentry, loguru, rich,
pytest -l). No frame of this package may hold a secret then, whichever call failed and for whatever reason."""

from __future__ import annotations

import ast
import asyncio
import functools
import inspect
import json
import os
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import headlessid
import httpx
import pytest
from headlessid import _native
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport
from headlessid.testing import SimulatedOrg

MARK = "Zq7MarkZq7"
PACKAGE = os.path.dirname(os.path.abspath(headlessid.__file__))
CATALOGUE = json.loads(_native.catalogue())
SITE: dict[str, Any] = {
    "site": "https://acme.my.site.com/shop",
    "client_id": "3MVG9Example.ClientId",
    "redirect_uri": "https://app.example.com/cb",
}
KEYS = {"k1": bytes(range(32))}


class Careless:
    """A value whose own repr says it: a list, an object of the app's."""

    def __repr__(self) -> str:
        return f"Careless({MARK})"


def shown(value: object, depth: int = 4) -> Iterator[str]:
    """What a reporter makes of a local variable: it looks into containers, and prints the rest."""
    yield repr(value)
    if depth == 0:
        return
    if isinstance(value, dict):
        for name, each in list(value.items()):
            yield from shown(name, depth - 1)
            yield from shown(each, depth - 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in list(value):
            yield from shown(each, depth - 1)
    elif isinstance(value, types.CellType):
        yield from shown(value.cell_contents, depth - 1)


@functools.cache
def lookups(file: str) -> dict[int, list[Any]]:
    """What a line of source names without calling anything, attributes and items included: reporters that evaluate such
    expressions show their values too (IPython, loguru, Sentry with pure_eval)."""
    found: dict[int, list[Any]] = {}
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not any(isinstance(each, ast.Call) for each in ast.walk(node)):
            names = [each for each in ast.walk(node) if isinstance(each, (ast.Attribute, ast.Subscript, ast.Name))]
            for name in names:
                name.ctx = ast.Load()
            expression = ast.Expression(node)
            found.setdefault(node.lineno, []).append(compile(ast.fix_missing_locations(expression), file, "eval"))
    return found


def evaluated(trace: types.TracebackType) -> Iterator[tuple[str, object]]:
    frame = trace.tb_frame
    known = lookups(frame.f_code.co_filename)
    for line in range(trace.tb_lineno - 3, trace.tb_lineno + 4):
        for expression in known.get(line, ()):
            try:
                yield f"line {line}", eval(expression, frame.f_globals, frame.f_locals)
            except Exception:
                continue


def errors_of(error: BaseException) -> Iterator[BaseException]:
    todo, seen = [error], set()
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [other for other in (each.__cause__, each.__context__) if other is not None]


def assert_frames_hide(error: BaseException, *secrets: str) -> None:
    ours = 0
    for each in errors_of(error):
        trace = each.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if os.path.abspath(code.co_filename).startswith(PACKAGE):
                ours += 1
                for local, value in (*list(trace.tb_frame.f_locals.items()), *evaluated(trace)):
                    for text in shown(value):
                        for secret in (MARK, *secrets):
                            assert secret not in text, f"{local} in {code.co_name} ({code.co_filename}) shows {text[:200]}"
            trace = trace.tb_next
    assert ours, "no frame of the package: the test looks at nothing"


def failing(call: Callable[[], Any], *secrets: str, expected: Any = (headlessid.HeadlessIdError, TypeError)) -> Any:
    # Not pytest.raises, which would keep the frames, and with them the client, until the test has been reported.
    try:
        value = call()
        if inspect.isawaitable(value):
            raise AssertionError("never awaited")
    except expected as error:
        assert_frames_hide(error, *secrets)
        return error
    raise AssertionError("did not fail")


def perhaps_failing(call: Callable[[], Any]) -> None:
    """For what may be right: a challenge that has nothing to send, a text that a setting accepts."""
    try:
        made = call()
    except (headlessid.HeadlessIdError, TypeError) as error:
        assert_frames_hide(error)
    else:
        if isinstance(made, headlessid.AsyncClient):
            asyncio.run(made.close())
        elif hasattr(made, "close"):
            made.close()


async def failing_later(call: Callable[[], Any], *secrets: str) -> None:
    try:
        await call()
    except (headlessid.HeadlessIdError, TypeError) as error:
        assert_frames_hide(error, *secrets)
        return
    raise AssertionError("did not fail")


def methods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every method of the clients that is a flow, and its parameters by name."""
    for flow in CATALOGUE["flows"]:
        parameters = {each["name"]: each for each in flow["parameters"]}
        for name in (flow["verb"], f"start_{flow['verb']}"):
            method = getattr(headlessid.Client, name, None)
            if method is not None:
                takes = inspect.signature(method).parameters
                yield name, {each: parameters[each] for each in takes if each in parameters and each not in ("guest", "tokens")}


METHODS = [pytest.param(name, parameters, id=name) for name, parameters in methods()]


def marked(entry: dict[str, Any]) -> Any:
    """A value that a flow might accept, with the mark wherever it has text."""
    if entry["choices"]:
        return entry["choices"][0]
    return {
        "json": {"firstName": MARK, "lastName": MARK, "email": MARK, "username": MARK},
        "flag": True,
        "integer": 7,
        "list": [MARK],
        "url": f"https://acme.my.site.com/{MARK}",
    }.get(entry["kind"], MARK)


def wrong_ones() -> Iterator[Any]:
    """Refused by the library, by the extension, or on the way there."""
    yield MARK + "\0"
    yield MARK * 4_000
    yield {MARK: Careless()}
    yield [Careless(), MARK]
    yield Careless()
    yield {MARK: float("nan"), "deep": [object()]}


def nowhere(over: str) -> headlessid.Client:
    """A client for which nothing can be reached: by itself, and with a transport that says no."""

    def refuse(step: headlessid.Send) -> headlessid.HttpResponse:
        body = json.dumps({"error": "server_error", "error_description": MARK}).encode()
        return headlessid.HttpResponse(503, [("X-Say", MARK), ("Content-Type", "application/json")], body)

    app = headlessid.App(**{**SITE, "site": "http://127.0.0.1:9/shop"}, allow_http_loopback=True, seal_keys=KEYS)
    return headlessid.Client.for_app(app, transport=refuse if over == "transport" else None)


@pytest.mark.parametrize("over", ["library", "transport"])
@pytest.mark.parametrize(("name", "parameters"), METHODS)
def test_every_method(over: str, name: str, parameters: dict[str, Any]) -> None:
    with nowhere(over) as client:
        every_way(client, name, parameters)


def every_way(client: headlessid.Client, name: str, parameters: dict[str, Any]) -> None:
    good = {each: marked(entry) for each, entry in parameters.items() if not entry["excludes"]}
    method = functools.partial(getattr(client, name), timeout=2)
    perhaps_failing(lambda: method(**good))
    for each in parameters:
        for wrong in wrong_ones():
            perhaps_failing(lambda: method(**{**good, each: wrong}))
    takes = inspect.signature(method).parameters
    for source in ("guest", "tokens"):
        if source in takes:
            for wrong in (MARK, Careless(), {"access_token": MARK}, [MARK]):
                error = failing(lambda: method(**good, **{source: wrong}))
                assert isinstance(error, headlessid.ArgumentError) and error.field == source
            record = types.SimpleNamespace(access_token=MARK, refresh_token=MARK, uvid=MARK)
            perhaps_failing(lambda: method(**good, **{source: record}))
    for timeout in (float("nan"), "soon", -1, True):
        failing(lambda: getattr(client, name)(**good, timeout=timeout))


@pytest.mark.parametrize("over", ["library", "transport"])
def test_every_method_awaited(over: str) -> None:
    async def refuse(step: headlessid.Send) -> headlessid.HttpResponse:
        raise OSError(f"{step.body!r} {MARK}")

    async def all_of_them() -> None:
        app = headlessid.App(**{**SITE, "site": "http://127.0.0.1:9/shop"}, allow_http_loopback=True)
        async with headlessid.AsyncClient.for_app(app, transport=refuse if over == "transport" else None) as client:
            for name, parameters in methods():
                good = {each: marked(entry) for each, entry in parameters.items() if not entry["excludes"]}
                method = functools.partial(getattr(client, name), timeout=2)
                if name != "native_sso":
                    await failing_later(lambda: method(**good))
                for each in parameters:
                    for wrong in (MARK + "\0", Careless(), [Careless(), MARK]):
                        await failing_later(lambda: method(**{**good, each: wrong}))

    asyncio.run(all_of_them())


@pytest.mark.parametrize("setting", [pytest.param(each, id=each["name"]) for each in CATALOGUE["settings"]])
def test_every_setting(setting: dict[str, Any], tmp_path: Path) -> None:
    secrets = {
        "client_secret": MARK,
        "seal_keys": {MARK: MARK.encode()},
        "private_key": MARK,
        "extra_headers": {"X-Key": MARK},
    }
    for wrong in wrong_ones():
        given: dict[str, Any] = {**SITE, **secrets, setting["name"]: wrong}
        for make in (headlessid.App, headlessid.Client, headlessid.AsyncClient):
            perhaps_failing(lambda: make(**given))
    profile = tmp_path / "profile.json"
    for wrong in ([[MARK]], {"of": MARK}, MARK + "\u0001"):
        profile.write_text(json.dumps({**SITE, "client_secret": MARK, setting["name"]: wrong}))
        perhaps_failing(lambda: headlessid.Client.from_profile(profile))


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SITE, "site": "", "client_secret": MARK, "timeout": f"{MARK}s"}.items():
        monkeypatch.setenv(f"APP_{name.upper()}", value)
    assert failing(lambda: headlessid.App.from_env("APP_")).field == "timeout_ms"
    monkeypatch.setenv("APP_TIMEOUT", "3")
    assert failing(lambda: headlessid.App.from_env("APP_")).field == "site"
    profile = tmp_path / "profile.json"
    monkeypatch.setenv("APP_PROFILE", str(profile))
    for text in (
        f'{{"client_secret": "{MARK}", "client_secret": "{MARK}"}}',
        f'{{"client_secret": "{MARK}", "no_such": 1}}',
        f'["{MARK}"]',
        f'{{"client_secret": "{MARK}',
        f"{MARK}",
        '{"client_secret":' + "[" * 100_000,
        f'{{"client_secret": ["{MARK}"]}}',
    ):
        profile.write_text(text)
        failing(lambda: headlessid.App.from_env("APP_"))
        failing(lambda: headlessid.AsyncClient.from_profile(profile))


def test_challenges(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings(), seal_keys=KEYS) as client:
        carla = "carla@example.com"
        for make, names in (
            (lambda: client.start_login(username=carla), ("password",)),
            (lambda: client.passwordless_login(username=carla, verification_method="email"), ("otp",)),
            (lambda: client.reset_password(username=carla), ("otp", "new_password")),
            (lambda: client.native_sso(sso_provider="ExampleProvider"), ("callback_url",)),
        ):
            challenge: headlessid.Challenge[Any] = make()
            ticket = challenge.seal(MARK)
            failing(lambda: challenge.seal(Careless()))  # type: ignore[arg-type]
            wrongs: list[Any] = [MARK, MARK + "\0", Careless(), [MARK]]
            for wrong in wrongs:
                failing(lambda: make().verify(wrong, recaptcha=MARK))
                failing(lambda: make().verify(**dict.fromkeys(names, wrong)))
            failing(lambda: challenge.verify(MARK, **{names[0]: MARK}))
            failing(lambda: challenge.verify(MARK, no_such=MARK))
            failing(lambda: challenge.verify())
            failing(lambda: make().resend(no_such=MARK))
            failing(lambda: make().resend(recaptcha=Careless()))
            pairs: list[Any] = [(ticket[:-2], MARK), (ticket, MARK + "x"), (MARK, MARK), (Careless(), MARK), (ticket, Careless())]
            for pair in pairs:
                failing(lambda: client.resume(*pair), ticket)
            error = failing(lambda: client.resume(ticket, MARK, flow="first_party_login"), ticket)
            assert isinstance(error, headlessid.StateError) and error.reason == "other_flow"
            challenge.close()
            failing(lambda: challenge.verify(MARK))
            failing(lambda: challenge.seal(MARK))


def test_awaited_challenges(org: SimulatedOrg) -> None:
    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings(), seal_keys=KEYS) as client:
            challenge = await client.passwordless_login(username="carla@example.com", verification_method="email")
            ticket = challenge.seal(MARK)
            await failing_later(lambda: challenge.verify(MARK), ticket)
            await failing_later(lambda: challenge.verify([MARK]), ticket)  # type: ignore[arg-type]
            await failing_later(lambda: challenge.resend(no_such=MARK), ticket)
            failing(lambda: client.resume(ticket, MARK + "x"), ticket)
            # Cancelled in the middle, and cut off by close().
            org.fail("token", delay_ms=5_000, times=10)
            org.fail("authorize", delay_ms=5_000, times=10)
            task = asyncio.ensure_future(client.login(username="a", password=MARK))
            await asyncio.sleep(0.2)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                assert_frames_hide(error)
            task = asyncio.ensure_future(client.login(username="a", password=MARK))
            await asyncio.sleep(0.2)
            await client.close()
            await failing_later(lambda: task)

    asyncio.run(story())


def test_flows_by_step() -> None:
    app = headlessid.App(**SITE, seal_keys=KEYS)
    for wrong in wrong_ones():
        perhaps_failing(lambda: headlessid.Flow(app, "login", {"username": "a", "password": wrong}))
        failing(lambda: headlessid.Flow.unseal(app, wrong, MARK, name="login"))
        with headlessid.Flow(app, "login", {"username": "a"}) as flow:
            perhaps_failing(lambda: flow.set("password", wrong))
            failing(lambda: flow.set(MARK, "password"))
            failing(lambda: flow.give_value("password", wrong))
            assert isinstance(flow.next(), headlessid.Ask)
            failing(lambda: flow.give_value(MARK, "password"))
            failing(lambda: flow.give_response(200, [("Location", MARK)], MARK))
            failing(lambda: flow.give_no_response("maybe", MARK))
            failing(lambda: flow.give_no_response("maybe", MARK, reason="no_host"))
            failing(lambda: flow.give_no_response("no", MARK, reason=MARK))  # type: ignore[arg-type]
            failing(lambda: flow.give_no_response("perhaps", MARK), expected=ValueError)  # type: ignore[arg-type]
            flow.give_value("password", MARK)
            assert isinstance(flow.next(), headlessid.Send)
            for headers in ([(MARK, Careless())], [("Location", Careless())], Careless(), [(MARK,)]):
                failing(lambda: flow.give_response(200, headers, MARK), expected=Exception)  # type: ignore[arg-type]
            failing(lambda: flow.give_response(200, [], Careless()))  # type: ignore[arg-type]


def test_transports_of_the_host() -> None:
    app = headlessid.App(**SITE)

    def login() -> headlessid.Flow:
        return headlessid.Flow(app, "login", {"username": "a", "password": MARK})

    def broken_body() -> Iterator[bytes]:
        yield MARK.encode()
        raise httpx.ReadError(MARK)

    async def broken_body_later() -> Any:
        yield MARK.encode()
        raise httpx.ReadError(MARK)

    def answers(body: Any) -> Callable[[httpx.Request], httpx.Response]:
        return lambda request: httpx.Response(302, headers={"Location": f"https://app.example.com/?{MARK}"}, content=body())

    def raises(step: headlessid.Send) -> headlessid.HttpResponse:
        raise OSError(f"{step.body!r}")

    def interrupts(step: headlessid.Send) -> headlessid.HttpResponse:
        raise KeyboardInterrupt

    def confused(step: headlessid.Send) -> headlessid.HttpResponse:
        return types.SimpleNamespace(status=302, headers=[("Location", [MARK])], body=Careless(), http_version=20)  # type: ignore[return-value]

    with httpx.Client(transport=httpx.MockTransport(answers(broken_body))) as http:
        sends: list[Any] = [HttpxTransport(http), raises, confused, lambda step: Careless()]
        for send in sends:
            failing(lambda: headlessid.run(login(), send))
            failing(lambda: headlessid.start(login(), send))
    failing(lambda: headlessid.run(login(), interrupts), expected=KeyboardInterrupt)

    async def later() -> None:
        transport = httpx.MockTransport(answers(broken_body_later))
        async with httpx.AsyncClient(transport=transport) as http:
            await failing_later(lambda: headlessid.run_async(login(), AsyncHttpxTransport(http)))
            await failing_later(lambda: headlessid.start_async(login(), AsyncHttpxTransport(http)))

    asyncio.run(later())


def test_signers(org: SimulatedOrg) -> None:
    settings = {**org.client_settings(org.first_party_app), "signed_by": "host", "private_key": None}

    def says_it(algorithm: str, text: bytes) -> bytes:
        raise RuntimeError(MARK)

    signers: list[Any] = [says_it, lambda algorithm, text: Careless(), lambda algorithm, text: MARK.encode(), None]
    for signer in signers:
        with headlessid.Client(**settings, signer=signer) as client:
            failing(lambda: client.first_party_login(username="a", password=MARK), expected=Exception)

        async def later() -> None:
            async with headlessid.AsyncClient(**settings, signer=signer) as twin:
                try:
                    await twin.first_party_login(username="a", password=MARK)
                except Exception as error:
                    assert_frames_hide(error)
                else:
                    raise AssertionError("did not fail")

        asyncio.run(later())


def test_stored_results() -> None:
    for text in (MARK, f'{{"access_token": "{MARK}"}}', f'{{"access_token": ["{MARK}"], "uvid": "{MARK}"}}', f'["{MARK}"]'):
        failing(lambda: headlessid.TokenSet.from_json(text))
        failing(lambda: headlessid.Visitor.from_json(text.encode()))
    tokens = headlessid.TokenSet(MARK, "Bearer", "absent", raw=MARK)
    failing(lambda: tokens.replace(no_such=MARK))
    failing(lambda: headlessid.TokenSet(MARK, "Bearer", "absent", raw="{" + MARK).raw_json(), expected=ValueError)


def test_close_from_another_thread(org: SimulatedOrg) -> None:
    org.fail("authorize", delay_ms=5_000, times=10)
    client = headlessid.Client(**org.client_settings())
    threading.Timer(0.3, client.close).start()
    error = failing(lambda: client.login(username="a", password=MARK))
    assert isinstance(error, headlessid.StateError) and error.reason == "closed"


def test_half_made_objects_show_themselves() -> None:
    kinds: list[Any] = [
        headlessid.App,
        headlessid.Client,
        headlessid.AsyncClient,
        headlessid.Flow,
        headlessid.Challenge,
        headlessid.AsyncChallenge,
        headlessid.Visitor,
        headlessid.HttpResponse,
        headlessid.Ask,
        headlessid.Done,
        headlessid.Failed,
        headlessid.Send,
        headlessid.Show,
        headlessid.Sign,
        headlessid.Wait,
        headlessid.HeadlessIdError,
        headlessid.ArgumentError,
        SimulatedOrg,
    ]
    for each in [kind.__new__(kind) for kind in kinds]:
        assert repr(each)
        assert str(each) is not None
    assert repr(headlessid.HttpResponse(200, None, None))  # type: ignore[arg-type]
