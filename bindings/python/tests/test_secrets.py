"""Class Z: a marked secret is looked for in everything that Python can be made to show."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import pprint
import re
import string
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid import _native
from headlessid.testing import SimulatedOrg

MARK = "Zq7MarkZq7"
SECRETS = {"password": f"{MARK}-Pä55", "guest_token": f"{MARK}.guest.token", "state": f"{MARK}-state"}


def shown(value: Any) -> Iterator[str]:
    """Everything that a careless line of code makes of an object."""
    yield repr(value)
    yield str(value)
    yield f"{value}"
    yield format(value)
    yield f"{value!a}"
    yield "%s %r" % (value, value)
    yield string.Template("$value").substitute(value=value)
    yield pprint.pformat(value)
    yield json.dumps({"value": value}, default=repr)
    # Formatted here and now: a record that is kept keeps the object, and with it every frame of an exception.
    yield logging.Formatter().format(logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s %r", (value, value), None))


def assert_hidden(value: Any, *secrets: str) -> None:
    for text in shown(value):
        for secret in (MARK, *secrets):
            assert secret not in text, f"{secret!r} is shown by {type(value).__name__}"


def texts_of(error: BaseException) -> Iterator[str]:
    seen: BaseException | None = error
    while seen is not None:
        yield from shown(seen)
        yield repr(seen.args)
        yield repr(getattr(seen, "object", ""))
        yield repr(vars(seen))
        seen = seen.__cause__ or seen.__context__
    yield "".join(traceback.format_exception(type(error), error, error.__traceback__))


def assert_error_hides(error: BaseException, *secrets: str) -> None:
    for text in texts_of(error):
        for secret in (MARK, *secrets):
            assert secret not in text, f"{secret!r} is shown by {error!r}"


@pytest.fixture
def marked() -> headlessid.App:
    return headlessid.App(
        site="https://acme.my.site.com/shop",
        client_id="3MVG9Example.ClientId",
        client_secret=f"{MARK}Secret",
        redirect_uri="https://app.example.com/callback",
        proxy=f"https://user:{MARK}@proxy.example.com:8080",
        extra_headers={"X-Key": MARK},
        verify_id_token="none",
    )


def test_z09_public_objects(marked: headlessid.App) -> None:
    assert_hidden(marked)
    with headlessid.Client.for_app(marked) as client:
        assert_hidden(client)
    with headlessid.Flow(marked, "login", {"username": "a", "password": SECRETS["password"]}) as flow:
        assert_hidden(flow)
        send = flow.next()
        assert isinstance(send, headlessid.Send)
        assert_hidden(send)
        state = re.search(rb"state=([^&]+)", send.body)
        assert state is not None
        code = f"https://app.example.com/callback?code={MARK}&state={state[1].decode()}"
        response = headlessid.HttpResponse(302, [("Location", code)], MARK.encode())
        assert_hidden(response)
        flow.give_response(response.status, response.headers, response.body)
        send = flow.next()
        assert isinstance(send, headlessid.Send)
        assert MARK.encode() in send.body
        assert_hidden(send)
        body = dict.fromkeys(("access_token", "refresh_token", "id_token"), MARK)
        flow.give_response(200, [("Content-Type", "application/json")], json.dumps({**body, "token_type": "Bearer"}))
        done = flow.next()
        assert isinstance(done, headlessid.Done)
        assert done.fields["access_token"] == MARK
        assert_hidden(done)
        assert_hidden(done.result)
        assert MARK not in flow.trace
    assert_hidden(headlessid.Sign("RS256", MARK.encode()))
    assert_hidden(headlessid.Show(f"https://acme.my.site.com/setup?token={MARK}", None, None, None, None))


def test_z09_challenges_and_visitors(org: SimulatedOrg) -> None:
    carla = "carla@example.com"
    otp, password, new_password = f"{MARK}otp", f"{MARK}-password", f"{MARK}-new-pass1"
    keys = {"k1": bytes(range(32))}
    with headlessid.Client(**org.client_settings(), seal_keys=keys) as client:
        guest = client.guest()
        assert_hidden(guest.visitor, guest.access_token)
        for challenge, values in (
            (client.start_login(username=carla, guest=guest), {"password": password}),
            (client.passwordless_login(username=carla, verification_method="email", guest=guest), {"otp": otp}),
            (client.reset_password(username=carla), {"otp": otp, "new_password": new_password}),
            (client.native_sso(sso_provider="ExampleProvider", state=f"{MARK}state"), {"callback_url": f"https://x/?{MARK}"}),
        ):
            ticket = challenge.seal(f"{MARK}session")
            assert_hidden(challenge, ticket, guest.access_token)
            with pytest.raises(headlessid.HeadlessIdError) as wrong:
                challenge.verify(**values)
            assert_error_hides(wrong.value, ticket, guest.access_token)
            assert_hidden(challenge, ticket, guest.access_token)
            for refused in (ticket[:-1], ticket):
                with pytest.raises(headlessid.HeadlessIdError) as wrong:
                    client.resume(refused, f"{MARK}other")
                assert_error_hides(wrong.value, refused)
        challenge = client.reset_password(username=carla)
        with pytest.raises(headlessid.HeadlessIdError) as wrong:
            challenge.verify(org.last_otp(carla), new_password=MARK[:4])
        assert_error_hides(wrong.value, org.last_otp(carla))
        assert_hidden(challenge, org.last_otp(carla))


def test_z09_testing_objects(org: SimulatedOrg) -> None:
    secrets = [user.password for user in org.users] + [app.client_secret for app in org.apps if app.client_secret]
    for each in (org, *org.apps, *org.users):
        for text in shown(each):
            assert not [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("spoil", ["\0", "\ud800", "x" * 40_000], ids=["nul", "half a pair", "too long"])
@pytest.mark.parametrize("parameter", sorted(SECRETS))
def test_z07_refused_values(marked: headlessid.App, parameter: str, spoil: str) -> None:
    for value in (SECRETS[parameter] + spoil, (SECRETS[parameter] + spoil).encode("utf-8", "surrogatepass")):
        with pytest.raises(headlessid.ArgumentError) as refused:
            headlessid.Flow(marked, "login", {parameter: value})
        assert refused.value.field == parameter
        assert_error_hides(refused.value)
    with headlessid.Client.for_app(marked) as client, pytest.raises(headlessid.ArgumentError) as refused:
        arguments: dict[str, Any] = {"username": "a", "password": "b", parameter: SECRETS[parameter] + spoil}
        client.login(**arguments)
    assert_error_hides(refused.value)


@pytest.mark.parametrize("value", [[MARK], {MARK: 1}, (MARK, 1), {MARK}], ids=lambda value: type(value).__name__)
def test_z07_wrong_types(marked: headlessid.App, value: Any) -> None:
    native = _native.Flow(marked._native, "login")
    with headlessid.Client.for_app(marked) as client:
        for call in (
            lambda: native.set("password", value),
            lambda: native.give_value("otp", value),
            lambda: native.give_response(200, 0, [], value),
            lambda: native.give_response(200, 0, [("Location", value)], b""),
            lambda: native.give_no_response(2, value),
            lambda: native.give_fault(2, value, None),
            lambda: native.give_fault(2, "no_host", value),
            lambda: client.login(username="a", password=value),
            lambda: headlessid.App(
                site="https://a.example", client_id="b", redirect_uri="https://a.example/c", client_secret=value
            ),
        ):
            with pytest.raises(TypeError) as refused:
                call()
            assert_error_hides(refused.value)


def test_z07_server_that_says_our_secrets_back(marked: headlessid.App) -> None:
    with headlessid.Flow(marked, "login", {"username": "a", "password": SECRETS["password"]}, trace=True) as flow:
        flow.next()
        said = json.dumps({"error": "invalid_grant", "error_description": f"no: {SECRETS['password']}"})
        flow.give_response(400, [("Content-Type", "application/json")], said)
        failed = flow.next()
        assert isinstance(failed, headlessid.Failed)
        assert_error_hides(failed.error)
        assert_hidden(failed)
        assert MARK not in flow.trace


def test_z07_transport_that_says_them(marked: headlessid.App) -> None:
    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        raise OSError(f"could not send {step.body.decode('ascii', 'replace')}")

    with headlessid.Flow(marked, "login", {"username": "a", "password": SECRETS["password"]}, trace=True) as flow:
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            headlessid.run(flow, send)
        # What the host's own exception says is the host's; ours and the trace say only its class.
        for text in (*shown(failed.value), repr(vars(failed.value)), flow.trace):
            assert MARK not in text
        assert "OSError" in str(failed.value)


def test_z06_most_talkative_logging(
    org: SimulatedOrg, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    lena = org.users[0]
    secrets = [lena.password, org.private_app.client_secret or ""]
    settings = org.client_settings(org.private_app)
    texts: list[str] = []

    async def story() -> None:
        asyncio.get_running_loop().set_debug(True)
        async with headlessid.AsyncClient(**settings) as client:
            guest = await client.guest()
            me = await client.login(username=lena.username, password=lena.password, guest=guest)
            secrets.extend((guest.access_token, me.access_token))
            with pytest.raises(headlessid.HeadlessIdError) as wrong:
                await client.login(username=lena.username, password=f"{MARK}wrong")
            texts.extend(texts_of(wrong.value))
            for name, parameters in (
                ("guest", {}),
                ("login", {"username": lena.username, "password": lena.password}),
                ("userinfo", {"access_token": me.access_token}),
                ("revocation", {"token": me.access_token}),
            ):
                with headlessid.Flow(client.app, name, parameters, trace=True) as flow:
                    step = await client.run(flow)
                    assert isinstance(step, headlessid.Done)
                    assert flow.trace
                    texts.append(flow.trace)
                    texts.extend(shown(step))

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        asyncio.run(story())
    texts.extend(str(each.message) for each in warned)
    texts.append(caplog.text)
    texts.extend(capfd.readouterr())
    for text in texts:
        for secret in (MARK, *secrets):
            assert secret not in text


def test_z10_outside_the_process(org: SimulatedOrg) -> None:
    lena = org.users[0]
    with headlessid.Client(**org.client_settings(org.private_app)) as client:
        me = client.login(username=lena.username, password=lena.password)
        for name in ("cmdline", "environ"):
            text = Path(f"/proc/self/{name}").read_bytes()
            for secret in (lena.password, me.access_token, org.private_app.client_secret or MARK):
                assert secret.encode() not in text


def test_z16_package_holds_nothing_of_its_builder() -> None:
    package = Path(headlessid.__file__).parent
    root = Path(__file__).resolve().parents[3]
    names = {path.suffix for path in package.rglob("*") if path.is_file()} - {"", ".py", ".pyi", ".pyc", ".typed", ".so"}
    assert not names, f"what are these doing here: {names}"
    if package.is_relative_to(root / "bindings"):
        return
    for path in package.rglob("*"):
        if path.suffix in (".so", "") and path.is_file():
            found = path.read_bytes()
            assert b"PRIVATE KEY-----\nMII" not in found
            assert str(root / "core").encode() not in found, f"{path.name} names the folder it was built in"
            assert str(root / "bindings").encode() not in found, f"{path.name} names the folder it was built in"


# ---- every flow, with a mark in each of its secrets, and a server that says them all back ----

CATALOGUE = json.loads(_native.catalogue())
MY_DOMAIN = "https://acme.my.salesforce.com"
# A JWT with the mark in its claims, a guest's as well, and a SAML document with it as its ID.
MARKED_CLAIMS = {"did": MARK, "sub": "uvid:4f8fad5b-d9cb-469f-a165-70867728950e", "exp": 4102444800}
MARKED_JWT = f"eyJhbGciOiJSUzI1NiJ9.{base64.urlsafe_b64encode(json.dumps(MARKED_CLAIMS).encode()).decode().rstrip('=')}.c2ln"
MARKED_SAML = f'<Response><Assertion ID="{MARK}"><SignatureValue>{MARK}</SignatureValue></Assertion></Response>'
GIVEN = {
    "actor_token": MARKED_JWT,
    "token_url": f"{MY_DOMAIN}/services/oauth2/token?so=00D",
    "id": f"{MY_DOMAIN}/id/00DEx0000001abcEAA/005Ex0000002defIAA",
    "path": "/shop/s/orders",
    "guest_token": MARKED_JWT,
    "redirect_uris": "https://app.example.com/callback",
    "scope": "web api",
    "verification_method": "email",
    "response_type": "token",
    "prompt": "login",
}
# Of what excludes each other the second is left out; and what is not secret needs no value.
LEFT_OUT = {"guest", "tokens", "uvid", "login_hint", "customdata", "device_key", "oauth_callback", "token_hint"}


def marked_parameters(flow: dict[str, Any]) -> dict[str, str]:
    given = {}
    for entry in flow["parameters"]:
        name = entry["name"]
        if name in LEFT_OUT or not (entry["required"] or entry["secret"] or name in ("username", "scope")):
            continue
        if name == "assertion":
            given[name] = (
                MARKED_SAML if flow["name"] == "saml_assertion" else MARKED_SAML[len("<Response>") : -len("</Response>")]
            )
        elif entry["kind"] == "json":
            given[name] = json.dumps(dict.fromkeys(("lastName", "token", "SerialNumber"), MARK))
        else:
            given[name] = (
                GIVEN.get(name) or (entry["choices"] or [f"{MARK}.{name}" if entry["secret"] else "lena@example.com"])[0]
            )
    chosen: dict[str, str] = {}
    for entry in flow["parameters"]:
        if entry["name"] in given and not set(entry["excludes"]) & set(chosen):
            chosen[entry["name"]] = given[entry["name"]]
    return chosen


@pytest.mark.parametrize("flow", [pytest.param(each, id=each["name"]) for each in CATALOGUE["flows"]])
def test_z09_every_flow_hides_what_it_is_given(flow: dict[str, Any]) -> None:
    app = headlessid.App(
        site="https://acme.my.site.com/shop" if "site" in flow["hosts"] else MY_DOMAIN,
        client_id="3MVG9Example.ClientId",
        client_secret=f"{MARK}Secret",
        redirect_uri="https://app.example.com/callback",
        extra_headers={"X-Key": MARK},
        signed_by="host",
        seal_keys={"k1": bytes(32)},
    )
    parameters = marked_parameters(flow)
    said = json.dumps(
        {"error": "invalid_grant", "error_description": f"no: {' '.join([MARK, MARKED_JWT, *parameters.values()])}"}
    )
    sent = 0
    with headlessid.Flow(app, flow["name"], parameters, trace=True) as made:
        for _ in range(12):
            step = made.next()
            assert_hidden(step)
            assert_hidden(made)
            if isinstance(step, headlessid.Send):
                sent += 1
                made.give_response(400, [("Content-Type", "application/json")], said)
            elif isinstance(step, headlessid.Sign):
                made.give_value("signature", (MARK * 26)[:256])
            elif isinstance(step, headlessid.Ask):
                made.give_value(step.name, f"{MARK}.{step.name}")
            elif isinstance(step, headlessid.Show):
                made.seal(MARK)
                state = re.search("[?&]state=([^&]+)", step.url)
                assert state is not None
                mark = "#" if "response_type=token" in step.url or "hybrid_token" in step.url else "?"
                callback = f"https://app.example.com/callback{mark}error=access_denied&error_description={MARK}&state={state[1]}"
                made.give_value("callback_url", callback)
            elif isinstance(step, headlessid.Failed):
                break
        assert isinstance(step, headlessid.Failed), step
        assert_error_hides(step.error)
        assert sent or any(each["step"] == "SHOW" for each in flow["states"])
        for secret in (MARK, MARKED_JWT.split(".")[1]):
            assert secret not in made.trace
