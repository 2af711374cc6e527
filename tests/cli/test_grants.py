"""The grants that need no person: hybrid apps, token exchange, signed assertions; from the shell against the simulated org."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Org, run

PRIVATE, INTEGRATION = 1, 2


def change_app(org: Org, app: int, **members: Any) -> None:
    org.control("settings", {"apps": [{"client_id": org.said["apps"][app]["client_id"], **members}]})


def with_key(org: Org, **more: str) -> dict[str, str]:
    """The integration user's app, with its key and without its secret."""
    settings = {**org.settings(INTEGRATION), "HEADLESSID_PRIVATE_KEY": org.said["apps"][INTEGRATION]["private_key"], **more}
    del settings["HEADLESSID_CLIENT_SECRET"]
    return settings


def who(org: Org, token: str) -> str:
    return run("userinfo", "--json", env={**org.settings(), "HEADLESSID_ACCESS_TOKEN": token}).result["preferred_username"]


def cookies_of(result: dict[str, Any]) -> dict[tuple[str, str], str]:
    listed = result["cookies"]
    return {(each["domain"], each["name"]): each["value"] for each in (json.loads(listed) if isinstance(listed, str) else listed)}


# ---- hybrid apps ----


def test_a_hybrid_token_exchange_and_its_refresh(org: Org) -> None:
    scopes = ["api", "openid", "web", "lightning", "refresh_token"]
    change_app(org, PRIVATE, scopes=scopes, is_named_user_jwt_enabled=False)
    settings = {**org.settings(PRIVATE), "HEADLESSID_SITE": org.said["origin"], "HEADLESSID_SUBJECT_TOKEN": org.username}
    first = run(
        "hybrid-token-exchange", "--json", "--subject-token-type", "access_token", "--scope", " ".join(scopes), env=settings
    ).result
    assert who(org, first["access_token"]) == org.username
    cookies = cookies_of(first)
    assert cookies["localhost", "sid"] == first["access_token"]
    assert cookies["simulated.lightning.force.com", "sid"] == first["lightning_sid"]
    assert cookies["simulated.lightning.force.com", "eikoocnekotMob"] == first["csrf_token"]
    assert "content_sid" not in first

    again = run("hybrid-refresh", "--json", env={**settings, "HEADLESSID_REFRESH_TOKEN": first["refresh_token"]}).result
    assert again["lightning_sid"] != first["lightning_sid"]
    assert cookies_of(again)["simulated.lightning.force.com", "sid"] == again["lightning_sid"]


@pytest.mark.parametrize("rotation", [False, True])
def test_jwt_based_tokens_are_refused_and_explained(org: Org, rotation: bool) -> None:
    change_app(org, PRIVATE, scopes=["api", "web"], is_refresh_token_rotation_enabled=rotation)
    settings = {**org.settings(PRIVATE), "HEADLESSID_SUBJECT_TOKEN": org.username}
    error = run("hybrid-token-exchange", "--json", "--subject-token-type", "access_token", env=settings).error
    # With rotation the server's text leaves no doubt.
    reason = "jwt_with_rotation" if rotation else "subject_token_refused"
    assert (error["reason"], error["server_code"]) == (reason, "invalid_grant")
    assert "isNamedUserJwtEnabled" in error["hint"] and "isRefreshTokenRotationEnabled" in error["hint"]


def test_a_subject_token_that_is_too_long_is_not_sent(org: Org) -> None:
    settings = {**org.settings(PRIVATE), "HEADLESSID_SUBJECT_TOKEN": "a" * 10_001}
    done = run("hybrid-token-exchange", "--json", "--subject-token-type", "access_token", env=settings)
    assert done.status == 2 and done.error["field"] == "subject_token"
    assert org.control("seen")["requests"].get("token", 0) == 0


def test_a_subject_token_is_sent_once(org: Org) -> None:
    org.control("fail", {"endpoint": "token", "drop": True})
    settings = {**org.settings(PRIVATE), "HEADLESSID_SUBJECT_TOKEN": org.username}
    error = run("hybrid-token-exchange", "--json", "--subject-token-type", "access_token", env=settings).error
    assert error["outcome_unknown"] is True
    assert org.control("seen")["requests"]["token"] == 1


# ---- JWT bearer ----


@pytest.mark.parametrize("host", ["site", "origin"])
def test_jwt_bearer_for_any_user(org: Org, host: str) -> None:
    change_app(org, INTEGRATION, scopes=["openid", "api", "refresh_token"])
    for username in org.username, "max@example.com":
        settings = with_key(org, HEADLESSID_SITE=org.said[host])
        result = run("jwt-bearer", "--json", "--username", username, env=settings).result
        assert who(org, result["access_token"]) == username
        assert "refresh_token" not in result


@pytest.mark.parametrize(
    ("username", "reason", "code"),
    [
        ("unapproved@example.com", "not_admin_approved", "invalid_app_access"),
        ("unknown@x", "not_admin_approved", "invalid_grant"),
    ],
)
def test_jwt_bearer_for_a_user_who_has_not_approved(org: Org, username: str, reason: str, code: str) -> None:
    error = run("jwt-bearer", "--json", "--username", username, env=with_key(org)).error
    assert (error["reason"], error["server_code"]) == (reason, code)
    assert "permittedUsersPolicyType" in error["hint"]


def test_jwt_bearer_with_the_key_of_another_app(org: Org) -> None:
    first_party = next(app for app in org.said["apps"] if app["first_party"])
    error = run(
        "jwt-bearer", "--json", "--username", org.username, env=with_key(org, HEADLESSID_PRIVATE_KEY=first_party["private_key"])
    ).error
    assert (error["reason"], error["server_code"]) == ("wrong_certificate", "invalid_client")
    assert "certificate" in error["hint"]


def test_jwt_bearer_with_another_audience_and_the_next(org: Org) -> None:
    arguments = ["jwt-bearer", "--json", "--username", org.username, "--audience", "https://test.salesforce.com"]
    error = run(*arguments, env=with_key(org)).error
    assert error["reason"] == "wrong_audience" and "https://login.salesforce.com" in error["hint"]
    assert run(*arguments, "--audiences", "https://login.salesforce.com", env=with_key(org)).result["access_token"]
    assert org.control("seen")["requests"]["token"] == 3


def test_jwt_bearer_of_an_app_that_is_off(org: Org) -> None:
    change_app(org, INTEGRATION, refused_with="oauth_flow_disabled")
    error = run("jwt-bearer", "--json", "--username", org.username, env=with_key(org)).error
    assert error["reason"] == "flow_not_enabled" and "isOauthPluginEnabled" in error["hint"]


# ---- private_key_jwt ----


def test_private_key_jwt_is_for_the_token_endpoint(org: Org) -> None:
    token = run("jwt-bearer", "--json", "--username", org.username, env=with_key(org)).result["access_token"]
    proof = with_key(org, HEADLESSID_TOKEN_ENDPOINT_AUTH_METHOD="private_key_jwt", HEADLESSID_TOKEN=token)
    assert run("introspection", "--json", env=proof).result["active"] is True
    endpoint = {"HEADLESSID_ATTESTATION_AUDIENCE": org.said["origin"] + "/services/oauth2/token"}
    assert run("introspection", "--json", env={**proof, **endpoint}).result["active"] is True
    refused = run("introspection", "--json", env={**proof, "HEADLESSID_ATTESTATION_AUDIENCE": org.site}).error
    assert refused["server_code"] == "invalid_client"
