"""What a session of this family needs around it, end to end: refresh, introspection, opening the UI, the integration
user; and the same methods on both clients."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any, Literal

import headlessid
import pytest
from headlessid import _native
from headlessid.testing import SimulatedOrg


def test_refresh_introspection_and_single_access(org: SimulatedOrg) -> None:
    lena = org.users[0]
    settings = {**org.client_settings(org.private_app), "scope": ["openid", "api", "refresh_token"]}
    with headlessid.Client(**settings) as client:
        me = client.login(username=lena.username, password=lena.password)
        assert me.refresh_token is not None
        renewed = client.refresh(refresh_token=me.refresh_token)
        assert isinstance(renewed, headlessid.TokenSet)
        assert renewed.access_token != me.access_token
        seen = client.introspect(token=renewed.access_token)
        assert isinstance(seen, headlessid.Introspection)
        assert seen.active is True and isinstance(seen.expires_at_ms, int)
        client.revoke(token=me.refresh_token)
        assert client.introspect(token=renewed.access_token).active is False


def test_logout_ends_the_whole_session(org: SimulatedOrg) -> None:
    lena = org.users[0]
    with headlessid.Client(**org.client_settings(), scope=["openid", "refresh_token"]) as client:
        me = client.login(username=lena.username, password=lena.password)
        assert me.refresh_token is not None
        for _ in range(2):
            client.logout(access_token=me.access_token, refresh_token=me.refresh_token)
        with pytest.raises(headlessid.HeadlessIdError):
            client.userinfo(access_token=me.access_token)
        with pytest.raises(headlessid.HeadlessIdError):
            client.refresh(refresh_token=me.refresh_token)


def test_single_access(org: SimulatedOrg) -> None:
    lena = org.users[0]
    app = org.apps[0].client_id
    org.change({"apps": [{"client_id": app, "is_named_user_jwt_enabled": False, "scopes": ["openid", "api", "web"]}]})

    async def story() -> None:
        async with headlessid.AsyncClient(**org.client_settings(), scope="web") as client:
            me = await client.login(username=lena.username, password=lena.password)
            door = await client.single_access(access_token=me.access_token, path="/shop/cart")
            assert isinstance(door, headlessid.SingleAccess)
            assert door.frontdoor_uri.startswith(org.origin)
            assert door.frontdoor_uri not in repr(door)

    asyncio.run(story())


def test_integration_user_speaks_for_the_app(org: SimulatedOrg) -> None:
    org.change_settings(does_pwdless_login_require_auth=True)
    who: dict[str, Any] = {"username": "carla@example.com", "verification_method": "email"}
    with headlessid.Client(**org.client_settings(org.private_app)) as client:
        with pytest.raises(headlessid.HeadlessIdError):
            client.passwordless_login(**who)
    integration = org.integration_app
    settings = {
        **org.client_settings(org.private_app),
        "integration_client_id": integration.client_id,
        "integration_client_secret": integration.client_secret,
        "integration_site": org.origin,
    }
    with headlessid.Client(**settings) as client:
        assert client.passwordless_login(**who).verify(org.last_otp("carla@example.com")).access_token
        assert client.passwordless_login(**who).verify(org.last_otp("carla@example.com")).access_token
    assert org.seen()["requests"].get("token", 0) >= 3


def test_every_flow_is_a_method_of_both_clients() -> None:
    for flow in json.loads(_native.catalogue())["flows"]:
        parameters = {each["name"] for each in flow["parameters"]}
        asked = [ask["name"] for ask in flow["asks"] if ask["name"] in parameters]
        for name in [flow["verb"], *([f"start_{flow['verb']}"] if asked else [])]:
            waits = name.startswith("start_") or (not asked and (flow["asks"] or flow["shows"]))
            sync: Any = inspect.signature(getattr(headlessid.Client, name))
            awaited: Any = inspect.signature(getattr(headlessid.AsyncClient, name))
            assert list(sync.parameters) == list(awaited.parameters)
            assert set(sync.parameters) - {"self", "timeout", "guest", "tokens"} == parameters - {"guest", "tokens"} - set(
                asked if waits else ()
            )
            result = flow["result"]
            assert sync.return_annotation == (f"Challenge[{result}]" if waits else result)
            assert awaited.return_annotation == (f"AsyncChallenge[{result}]" if waits else result)


def test_what_is_one_of_a_few_words_is_typed_so(org: SimulatedOrg) -> None:
    """mypy --strict reads this file: an unused ignore would be an error."""
    with headlessid.Client(**org.client_settings(), seal_keys={"k": bytes(32)}) as client:
        with pytest.raises(headlessid.ArgumentError) as wrong:
            client.passwordless_login(username="carla@example.com", verification_method="emial")  # type: ignore[arg-type]
        assert wrong.value.field == "verification_method"
        with pytest.raises(headlessid.ArgumentError) as wrong:
            headlessid.App(site=org.site, client_id="x", redirect_uri=org.site, http_version="3")  # type: ignore[arg-type]
        assert wrong.value.field == "http_version"
        guest = client.guest()
        carry: Literal["carried", "lost", "absent"] = guest.uvid_carry
        assert carry == "carried"
        ticket = client.passwordless_login(username="carla@example.com", verification_method="email").seal("s")
        challenge: headlessid.Challenge[headlessid.TokenSet] = client.resume(ticket, "s", flow="passwordless_login")
        assert challenge.flow == "passwordless_login"
        with pytest.raises(headlessid.StateError) as other:
            reset: headlessid.Challenge[headlessid.PasswordReset] = client.resume(ticket, "s", flow="password_reset")
            reset.close()
        assert other.value.reason == "other_flow"
        with pytest.raises(headlessid.ArgumentError, match="did you mean 'password_reset'"):
            client.resume(ticket, "s", flow="pasword_reset")  # type: ignore[call-overload]
        assert client.resume(ticket, "s").flow == "passwordless_login"


def test_hint_at_missing_keys(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings()) as client:
        challenge = client.passwordless_login(username="carla@example.com", verification_method="email")
        with pytest.raises(headlessid.ArgumentError) as no_keys:
            challenge.seal()
        assert no_keys.value.reason == "no_seal_keys"
        assert "openssl rand -base64 32" in (no_keys.value.hint or "")
        # A worker without the keys is not an old ticket.
        with pytest.raises(headlessid.ArgumentError) as still_none:
            client.resume("abc", flow="passwordless_login")
        assert still_none.value.reason == "no_seal_keys"
