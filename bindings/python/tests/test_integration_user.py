"""The integration user's token, wanted by many flows at once: fetched once, kept, and renewed when it is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

LENA = "lena.ortiz@example.com"
AT_ONCE = 24


def settings_of(org: SimulatedOrg) -> dict[str, Any]:
    integration = org.integration_app
    return {
        **org.client_settings(org.private_app),
        "integration_client_id": integration.client_id,
        "integration_client_secret": integration.client_secret,
        "integration_site": org.origin,
    }


def token_requests(org: SimulatedOrg) -> int:
    return int(org.seen()["requests"].get("token", 0))


def test_many_flows_at_once_fetch_one_token() -> None:
    with SimulatedOrg() as org:
        org.change_settings(does_pwdless_login_require_auth=True)
        with headlessid.Client(**settings_of(org)) as client, ThreadPoolExecutor(AT_ONCE) as pool:

            def begin(_: int) -> str | None:
                with client.passwordless_login(username=LENA, verification_method="email") as challenge:
                    return challenge.asks

            assert list(pool.map(begin, range(AT_ONCE))) == ["otp"] * AT_ONCE
            assert token_requests(org) == 1
            assert len(org.outbox()) == AT_ONCE


def test_what_is_missing_is_said_plainly_and_to_every_flow() -> None:
    with SimulatedOrg() as org:
        org.change_settings(does_pwdless_login_require_auth=True)
        with headlessid.Client(**org.client_settings(org.private_app)) as client:
            with pytest.raises(headlessid.AdminActionRequired) as missing:
                client.passwordless_login(username=LENA, verification_method="email")
            assert missing.value.reason == "integration_token_required"
            assert missing.value.hint and "DoesPwdlessLoginRequireAuth" in missing.value.hint
        wrong = {**settings_of(org), "integration_client_secret": "not.the.secret"}
        with headlessid.Client(**wrong) as client, ThreadPoolExecutor(8) as pool:

            def fail(_: int) -> str | None:
                with pytest.raises(headlessid.HeadlessIdError) as error:
                    client.passwordless_login(username=LENA, verification_method="email")
                return error.value.reason

            assert set(pool.map(fail, range(8))) == {"integration_refused"}
        assert org.outbox() == []
