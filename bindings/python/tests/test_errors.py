"""Which class an error has, and the words that are the same in every language."""

from __future__ import annotations

from typing import Any

import headlessid
import pytest
from headlessid._errors import class_for, from_native


@pytest.mark.parametrize(
    ("kind", "advice", "expected"),
    [
        ("ARGUMENT", "FIX_ARGUMENT", headlessid.ArgumentError),
        ("STATE", "NONE", headlessid.StateError),
        ("STATE", "RESTART", headlessid.StateError),
        ("TRANSPORT", "RETRY_LATER", headlessid.TransientError),
        ("REFUSED", "RETRY_LATER", headlessid.TransientError),
        ("REFUSED", "ASK_AGAIN", headlessid.UserActionRequired),
        ("TRANSPORT", "RESTART", headlessid.UserActionRequired),
        ("PROTOCOL", "RESTART", headlessid.UserActionRequired),
        ("REFUSED", "SIGN_IN_AGAIN", headlessid.UserActionRequired),
        ("REFUSED", "FIX_ORG", headlessid.AdminActionRequired),
        ("PROTOCOL", "FIX_ORG", headlessid.AdminActionRequired),
        ("PROTOCOL", "NONE", headlessid.ProtocolError),
        ("TRANSPORT", "NONE", headlessid.HeadlessIdError),
        ("TRANSPORT", "FIX_ARGUMENT", headlessid.ArgumentError),
        ("REFUSED", "NONE", headlessid.HeadlessIdError),
        ("REFUSED", "A_NEW_ONE", headlessid.HeadlessIdError),
    ],
)
def test_class_says_what_to_do(kind: str, advice: str, expected: type[headlessid.HeadlessIdError]) -> None:
    assert class_for(kind, advice) is expected


@pytest.mark.parametrize("kind", ["ARGUMENT", "STATE", "TRANSPORT", "PROTOCOL", "REFUSED"])
def test_transient_is_what_can_be_retried(kind: Any) -> None:
    for advice in ("NONE", "FIX_ARGUMENT", "ASK_AGAIN", "RESTART", "SIGN_IN_AGAIN", "RETRY_LATER", "FIX_ORG"):
        error = from_native(kind, advice, "r", "m", None, None, None, None, 0, False, -1)
        # STATE (a client at its max_in_flight) keeps its class.
        assert isinstance(error, headlessid.TransientError) <= error.is_retryable
        assert isinstance(error, headlessid.TransientError) or kind in ("ARGUMENT", "STATE") or advice != "RETRY_LATER"


def test_predicates() -> None:
    def error(reason: str | None = None, advice: Any = "NONE") -> headlessid.HeadlessIdError:
        return from_native("REFUSED", advice, reason, "m", None, None, None, None, 0, False, -1)

    assert error("invalid_credentials").is_invalid_credentials
    assert error("cancelled").is_cancelled
    assert error("timeout").is_timeout
    assert error(advice="FIX_ORG").is_org_fault
    assert error(advice="RETRY_LATER").is_retryable
    assert error(advice="SIGN_IN_AGAIN").is_sign_in_required
    assert error("invalid_otp").is_otp_invalid
    assert error("regenerate_otp").is_otp_expired
    assert error("password_policy").is_password_policy
    assert error("server_error").is_server_error
    assert from_native("REFUSED", "NONE", "refused", "m", None, None, None, None, 500, False, -1).is_server_error
    assert not from_native("REFUSED", "NONE", "refused", "m", None, None, None, None, 499, False, -1).is_server_error
    assert error("redirect_to_web").is_browser_required
    assert error("ticket_refused").is_ticket_refused
    for reason in ("recaptcha_required", "recaptcha_refused", "single_use_spent"):
        assert error(reason).is_recaptcha_problem
    plain = error()
    assert not any(getattr(plain, name) for name in dir(plain) if name.startswith("is_"))


def test_text_names_field_and_hint() -> None:
    error = from_native("ARGUMENT", "FIX_ARGUMENT", "bad_value", "site is empty", None, "site", None, None, 0, False, -1)
    assert str(error) == "site is empty"
    assert error.retry_after_ms is None
    fault = from_native("REFUSED", "FIX_ORG", "x", "the flow is off", "Setup: App", None, None, None, 400, False, 1500)
    assert str(fault) == "the flow is off (Setup: App)"
    assert fault.retry_after_ms == 1500


def test_messages_of_the_package_read_as_those_of_the_library() -> None:
    with pytest.raises(headlessid.ArgumentError) as library:
        headlessid.App(site="https://acme.my.site.com", client_id="", redirect_uri="https://app.example.com/callback")
    with pytest.raises(headlessid.ArgumentError) as package:
        headlessid.Guest.from_json('{"uvid":1}')
    for error in (library.value, package.value):
        assert error.field and error.message.startswith(f"{error.field} is ")
        assert ": " not in error.message[: len(error.field) + 2]
        assert str(error) == error.message
        assert (error.kind, error.advice, error.reason) == ("ARGUMENT", "FIX_ARGUMENT", "bad_argument")
