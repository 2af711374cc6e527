"""ID tokens of the simulated org: good ones at each level of checking, and ones with one thing wrong."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import headlessid
import httpx
import pytest
from headlessid.testing import SimulatedOrg


@pytest.fixture
def browser(org: SimulatedOrg) -> Iterator[httpx.Client]:
    """A person is signed in in it."""
    org.change_settings(signed_in_user=org.users[0].username)
    with httpx.Client(verify=ssl.create_default_context(cafile=org.ca_file)) as client:
        yield client


def arrived(browser: httpx.Client, url: str | None) -> str:
    assert url is not None
    return str(browser.get(url).headers["Location"])


@pytest.mark.parametrize(("level", "checked"), [("claims", "signature"), ("signature", "signature"), ("none", None)])
def test_what_a_browser_brings(browser: httpx.Client, settings: dict[str, Any], level: str, checked: str | None) -> None:
    with headlessid.Client(**{**settings, "verify_id_token": level}) as client:
        challenge = client.user_agent(response_type="token id_token", scope="openid api")
        me = challenge.verify(arrived(browser, challenge.url))
    assert me.id_token
    assert me.id_token_checked == checked


@pytest.mark.parametrize(
    ("fault", "by_claims", "by_signature"),
    [
        ("", "", ""),
        ("iss", "another_issuer", "another_issuer"),
        ("aud", "another_client", "another_client"),
        ("azp", "another_client", "another_client"),
        ("exp", "token_expired", "token_expired"),
        ("iat", "bad_jwt", "bad_jwt"),
        ("nonce", "nonce_mismatch", "nonce_mismatch"),
        ("at_hash", "at_hash_mismatch", "at_hash_mismatch"),
        ("kid", "", "unknown_key"),
        ("alg", "bad_jwt", "bad_jwt"),
        ("signature", "", "bad_signature"),
    ],
)
def test_what_is_wrong(
    org: SimulatedOrg, browser: httpx.Client, settings: dict[str, Any], fault: str, by_claims: str, by_signature: str
) -> None:
    org.change_settings(id_token_fault=fault)
    for level, reason in {"claims": by_claims, "signature": by_signature, "none": ""}.items():
        with headlessid.Client(**{**settings, "verify_id_token": level}) as client:
            challenge = client.web_server(scope="openid api")
            address = arrived(browser, challenge.url)
            if not reason:
                assert challenge.verify(address).id_token_checked == (None if level == "none" else level)
                continue
            with pytest.raises(headlessid.HeadlessIdError) as refused:
                challenge.verify(address)
            assert (refused.value.kind, refused.value.reason) == ("PROTOCOL", reason)
            assert "discarded" in str(refused.value)
