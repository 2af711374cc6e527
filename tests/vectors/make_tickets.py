#!/usr/bin/env python3
"""Seals one flow of each kind at each place where it waits, for tests/vectors/tickets.json.

    make_tickets.py LIBRARY >> tickets.txt

The tickets in tickets.txt were made by the release that first had the flow, and are kept as they are: a later release
has to open them (those of versions 1 and 2, before there was a release, are gone). Run this for a flow that is new, and add its lines; never replace one that is there.
"""

from __future__ import annotations

import ctypes
import json
import sys

NOW_MS = 1767225600000
SETTINGS = {
    "site": "https://acme.my.site.com/shop",
    "client_id": "3MVG9Example.ClientId",
    "redirect_uri": "https://app.example.com/callback",
    "client_secret": "Example.Secret",
    "signed_by": "host",
    "seal_keys": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "seal_lifetime_s": "86400",
}
USER = {"username": "lena.ortiz@example.com"}
UVID = {"uvid": "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11"}
METHOD = {"verification_method": "email"}
USERDATA = {"userdata": '{"lastName": "Ortiz", "email": "lena.ortiz@example.com", "username": "lena.ortiz@example.com"}'}
INIT = (200, {"status": "success", "identifier": "MFFx0000000e7cK"})
CHALLENGE = (
    403,
    {
        "error": "authorization_required",
        "error_code": "login_initialized",
        "auth_session": "session-1",
        "login_status": {"state": "otp_sent", "type": "EMAIL"},
    },
)
WRONG_PASSWORD = (403, {"error": "authorization_required", "error_code": "invalid_credentials", "auth_session": "session-1"})
DEVICE_CODE = (
    200,
    {
        "device_code": "M1Example",
        "user_code": "X1D9SEET",
        "verification_uri": "https://acme.my.salesforce.com/setup/connect",
        "interval": 5,
    },
)
REQUEST_TOKEN = (200, "oauth_token=req.Token%2F1%2B2&oauth_token_secret=req.Secret%3D%26")
# Of flows that no site serves.
SITES = {"device": "https://acme.my.salesforce.com", "oauth1": "https://acme.my.salesforce.com"}

# name: flow, parameters, what it is given until it waits where it is sealed, binding
PLACES = {
    "login": ("login", {**USER, **UVID}, [], ""),
    "registration": ("registration", {**USERDATA, **METHOD, **UVID}, [INIT], ""),
    "passwordless_login": ("passwordless_login", {**USER, **METHOD, **UVID, "scope": "api"}, [INIT], ""),
    "passwordless_login_bound": ("passwordless_login", {**USER, **METHOD, **UVID, "scope": "api"}, [INIT], "session of Lena"),
    "password_reset": ("password_reset", USER, [(200, {"status_code": "otp_sent"})], ""),
    "password_reset_new_password": ("password_reset", USER, [(200, {"status_code": "otp_sent"}), "7Q2K9D"], ""),
    "first_party_login": ("first_party_login", USER, [], ""),
    "first_party_login_again": ("first_party_login", USER, ["wrong", "sign", WRONG_PASSWORD], ""),
    "first_party_passwordless": ("first_party_passwordless", {**USER, **METHOD}, ["sign", CHALLENGE], ""),
    "first_party_registration": (
        "first_party_registration",
        {**USERDATA, **METHOD, "password": "Corr3ctHorse!"},
        ["sign", CHALLENGE],
        "",
    ),
    "web_server": (
        "web_server",
        {"scope": "api openid", "prompt": "login", "state": "a-state-of-the-app", "nonce": "a-nonce"},
        [],
        "",
    ),
    "web_server_bound": ("web_server", {"login_hint": "ann@acme.example", "prompt": "login"}, [], "session of Ann"),
    "user_agent": ("user_agent", {"response_type": "token id_token", "nonce": "a-nonce", "state": "a-state-of-the-app"}, [], ""),
    "hybrid_web_server": (
        "hybrid_web_server",
        {"scope": "web lightning openid", "prompt": "login", "state": "a-state-of-the-app", "nonce": "a-nonce"},
        [],
        "",
    ),
    "hybrid_user_agent": ("hybrid_user_agent", {"scope": "web lightning", "state": "a-state-of-the-app"}, [], ""),
    "oauth1": ("oauth1", {"api": "c", "api_version": "66.0"}, [REQUEST_TOKEN], ""),
    "oauth1_out_of_band": ("oauth1", {"oauth_callback": "oob", "token_only": "true"}, [REQUEST_TOKEN], "session of Ann"),
    "device": ("device", {"scope": "api"}, [DEVICE_CODE], ""),
    "native_sso": ("native_sso", {"sso_provider": "Google", "state": "a-state-of-the-app"}, [], ""),
}


class View(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


def view(text: str) -> View:
    data = text.encode()
    return View(data, len(data))


def text_of(found: View) -> str:
    return ctypes.string_at(found.data, found.size).decode() if found.data else ""


def main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    for name in ("hlid_error_message", "hlid_flow_ask_name"):
        getattr(library, name).restype = View
    error = ctypes.c_void_p()

    def call(name: str, *arguments: object) -> None:
        if getattr(library, name)(*arguments, ctypes.byref(error)) != 0:
            sys.exit(f"{name}: {text_of(library.hlid_error_message(error))}")

    library.hlid_settings_new.restype = ctypes.c_void_p
    for place, (flow_name, parameters, given, binding) in PLACES.items():
        settings = ctypes.c_void_p(library.hlid_settings_new())
        for key, value in SETTINGS.items():
            call("hlid_settings_set", settings, view(key), view(SITES.get(flow_name, value) if key == "site" else value))
        app = ctypes.c_void_p()
        call("hlid_app_new", settings, ctypes.byref(app))
        library.hlid_settings_free(settings)
        flow, step = ctypes.c_void_p(), ctypes.c_int32()
        call("hlid_flow_new", app, view(flow_name), ctypes.byref(flow))
        for key, value in parameters.items():
            call("hlid_flow_set", flow, view(key), view(value))
        call("hlid_flow_next", flow, ctypes.c_int64(NOW_MS), ctypes.byref(step))
        for value in given:
            if value == "sign":
                call("hlid_flow_give_value", flow, view("signature"), view("s" * 256))
            elif isinstance(value, str):
                call("hlid_flow_give_value", flow, library.hlid_flow_ask_name(flow), view(value))
            else:
                body = value[1] if isinstance(value[1], str) else json.dumps(value[1])
                call("hlid_flow_give_response", flow, value[0], 11, view(body))
            call("hlid_flow_next", flow, ctypes.c_int64(NOW_MS), ctypes.byref(step))
        ticket = View()
        call("hlid_flow_seal", flow, view(binding), ctypes.c_int64(NOW_MS), ctypes.byref(ticket))
        print(place, text_of(ticket))


main()
