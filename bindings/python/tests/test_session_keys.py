"""The keys that seal sessions: every form of them, and what is said about a wrong one, which never shows it."""

from __future__ import annotations

import base64
from typing import Any

import headlessid
import pytest
from headlessid.stores import MemoryStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, sign_in


@pytest.fixture
def settings(org: SimulatedOrg) -> dict[str, Any]:
    return org.client_settings()


def test_keys_from_the_settings(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings)
    store = MemoryStore()
    with headlessid.Client(**settings, session_keys=KEYS) as client:
        client.sessions(store).begin("u", tokens)
        # Sealed with another key first: both open it.
        others = client.sessions(store, {"k2": bytes(range(32, 64)), **KEYS})
        assert others.get("u").access_token() == tokens.access_token
        with pytest.raises(headlessid.HeadlessIdError) as wrong:
            client.sessions(store, {"k1": bytes(range(32, 64))}).get("u").access_token()
        assert wrong.value.reason == "record_refused"


def test_keys_of_every_form(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings)
    store = MemoryStore()
    key = bytes(range(32))
    word = base64.b64encode(key).decode()
    with headlessid.Client(**settings) as client:
        client.sessions(store, {"k1": key}).begin("u", tokens)
        forms: list[Any] = [{"k1": word}, {"k1": f"{word}\n"}, {"k1": bytearray(key)}, f"k1:{word}", [f"k1:{word}"]]
        for form in forms:
            assert client.sessions(store, form).get("u").access_token() == tokens.access_token, form
    with headlessid.Client(**settings, session_keys={"k1": word}) as client:
        assert client.sessions(store).get("u").access_token() == tokens.access_token


WRONG_KEYS: list[Any] = [
    "not-a-key-not-a-key",
    "k1:c2VjcmV0LXNlY3JldC1zZWNyZXQ",
    {"k1": b"secret-secret-secret"},
    {"k1": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"},
    {"k1": f"{'A' * 43} k2:{'B' * 43}"},
    {"k 1": b"secret-secret-secret-secret-1234"},
    ["k1:c2VjcmV0LXNlY3JldC1zZWNyZXQ", "k1:c2VjcmV0LXNlY3JldC1zZWNyZXQ"],
]


@pytest.mark.parametrize("keys", WRONG_KEYS)
def test_a_wrong_key_says_what_one_looks_like_and_never_shows_it(settings: dict[str, Any], keys: Any) -> None:
    with headlessid.Client(**settings) as client, pytest.raises(headlessid.ArgumentError) as wrong:
        client.sessions(MemoryStore(), keys)
    with pytest.raises(headlessid.ArgumentError) as in_settings:
        headlessid.Client(**settings, session_keys=keys)
    for error in (wrong.value, in_settings.value):
        assert error.field == "session_keys"
        assert "id:base64-of-32-bytes" in str(error) and "headlessid session new-key" in str(error)
        for secret in ("secret", "c2Vj", "not-a-key-not", "AAAA"):
            assert secret not in str(error) and secret not in repr(error)


@pytest.mark.parametrize("keys", [{"k1": 7}, {"k1": None}, {7: bytes(32)}, {"k1": ["a"]}])
def test_a_key_of_another_type_says_which_are_right(settings: dict[str, Any], keys: Any) -> None:
    with (
        headlessid.Client(**settings) as client,
        pytest.raises(TypeError, match="a mapping of each id to its 32 bytes, or to their base64"),
    ):
        client.sessions(MemoryStore(), keys)


def test_no_keys_say_what_one_looks_like(settings: dict[str, Any]) -> None:
    with (
        headlessid.Client(**settings) as client,
        pytest.raises(headlessid.HeadlessIdError, match="id:base64-of-32-bytes") as none,
    ):
        client.sessions(MemoryStore())
    assert none.value.reason == "no_session_keys"


def test_another_key_is_a_warning(org: SimulatedOrg, settings: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    with headlessid.Client(**settings) as client:
        client.sessions(store, KEYS).begin("u", sign_in(org, settings))
        with caplog.at_level("INFO", "headlessid"), pytest.raises(headlessid.HeadlessIdError):
            client.sessions(store, {"k1": bytes(range(32, 64))}).get("u").access_token()
    said = [record for record in caplog.records if "record_refused" in record.getMessage()]
    assert [record.levelname for record in said] == ["WARNING"]
