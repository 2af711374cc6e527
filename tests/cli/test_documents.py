"""What the server publishes, and who a session belongs to, from the shell."""

from __future__ import annotations

import json
from pathlib import Path

from support import Org, run


def sign_in(org: Org, file: Path) -> dict[str, str]:
    done = run(
        "login",
        "--username",
        org.username,
        "--password-file",
        "-",
        "--json",
        "--save",
        str(file),
        env=org.settings(),
        stdin=org.password,
    )
    assert done.status == 0, done
    stored: dict[str, str] = json.loads(file.read_text())
    return stored


def test_discovery_names_the_site_and_its_keys(org: Org) -> None:
    found = run("discovery", "--json", env=org.settings()).result
    assert found["issuer"] == org.site and found["token_endpoint"] == f"{org.site}/services/oauth2/token"
    assert found["end_session_endpoint"] == f"{org.site}/services/auth/idp/oidc/logout" and "foreign_endpoints" not in found
    keys = run("jwks", "--json", env=org.settings()).result
    assert keys["kids"], keys
    own = run("discovery", "--document", "auth_configuration", "--json", env=org.settings()).result
    assert own["document"] == "auth_configuration" and "issuer" not in own


def test_discovery_and_keys_at_the_orgs_own_host(org: Org) -> None:
    host = org.site.rsplit("/", 1)[0]
    env = {**org.settings(), "HEADLESSID_SITE": host}
    assert run("discovery", "--json", env=env).result["issuer"] == host
    assert run("jwks", "--json", env=env).result["kids"]


def test_a_document_of_another_issuer_is_refused(org: Org) -> None:
    body = json.dumps({"issuer": "https://evil.example", "token_endpoint": "https://evil.example/token"})
    org.control("fail", {"endpoint": "discovery", "status": 200, "content_type": "application/json", "body": body})
    assert run("discovery", "--json", env=org.settings()).error["reason"] == "another_issuer"


def test_the_identity_of_a_session(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    session = sign_in(org, file)
    who = run("identity", "--access-token-file", str(file), "--id", session["id"], "--json", env=org.settings()).result
    assert who["username"] == org.username and who["id"] == session["id"]
    other = session["id"][:-18] + "005Ex0000009xyzIAA"
    error = run("identity", "--access-token-file", str(file), "--id", other, "--json", env=org.settings()).error
    assert error["reason"] == "unknown_identity" and error["http_status"] == 404


def test_logout_gives_the_address_for_a_browser(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    sign_in(org, file)
    done = run(
        "logout",
        "--token-file",
        str(file),
        "--post-logout-redirect-uri",
        "https://app.example.com/bye",
        "--json",
        env=org.settings(),
    )
    assert done.result["end_session_url"] == (
        f"{org.site}/services/auth/idp/oidc/logout?post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fbye"
    )
