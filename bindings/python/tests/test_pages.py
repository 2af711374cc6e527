"""What a flow's page shows of Python runs as it stands, up to the point where it needs a person, or where the org rejects what is
made up; and the flows to avoid are marked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

PAGES = sorted(path for path in (Path(__file__).parents[3] / "docs/flows").glob("*.md") if path.name != "README.md")

# What stands for the ellipsis of a parameter, where any text will not do.
VALUES = {
    "assertion": "<Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion'/>",
    "userdata": '{"lastName": "Roe", "email": "roe@example.com", "username": "roe@example.com"}',
}


def snippet(page: Path) -> str:
    found = re.search(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    assert found
    return found[1]


def goes_to_a_site(page: Path) -> bool:
    return "my.site.com" in page.read_text(encoding="utf-8").split("## Hosts")[1].split("\n## ")[0]


@pytest.mark.parametrize("page", PAGES, ids=[path.stem for path in PAGES])
def test_the_lines_of_python_start_the_flow(org: SimulatedOrg, page: Path) -> None:
    app = org.first_party_app
    settings = {**org.client_settings(app), "private_key": app.private_key}
    guest = None
    if "guest=guest" in snippet(page):
        with headlessid.Client(**org.client_settings()) as client:
            guest = client.guest()
    if not goes_to_a_site(page):
        settings["site"] = org.origin

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        return f"{name}={(app.private_key if name.endswith('_key') else VALUES.get(name, 'made-up'))!r}"

    first, *rest = snippet(page).splitlines()
    line = re.sub(r'(\w+)="…"', value_of, first).replace("https://acme.my.salesforce.com", org.origin)
    tokens = headlessid.TokenSet.from_json('{"access_token": "made-up", "token_type": "Bearer", "uvid_carry": "absent"}')
    with headlessid.Client(**settings) as client:
        found: dict[str, Any] = {"client": client, "guest": guest, "tokens": tokens}
        try:
            exec(line, found)
        except headlessid.HeadlessIdError as error:
            # The org says that what stands for an ellipsis is made up.
            assert error.kind != "ARGUMENT", (line, error)
            assert org.seen()["requests"]
        else:
            assert ("challenge" in found) == any("challenge.verify(" in each for each in rest)


def test_the_flows_to_avoid_are_marked() -> None:
    old = {
        name
        for name in dir(headlessid.Client)
        if str(getattr(getattr(headlessid.Client, name), "__deprecated__", "")).startswith("Discouraged.")
    }
    assert old == {"user_agent", "hybrid_user_agent", "username_password", "start_username_password", "oauth1"}
    for name in old:
        said = getattr(headlessid.Client, name).__deprecated__
        assert getattr(headlessid.AsyncClient, name).__deprecated__ == said
        assert said in " ".join((getattr(headlessid.Client, name).__doc__ or "").split())
        assert name == "oauth1" or "2027-02-20" in said
