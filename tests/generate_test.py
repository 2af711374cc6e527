#!/usr/bin/env python3
"""What all emitters print from: how a flow is called, how a type is written, and what fills a section of a page."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools/emit")]

import generate  # noqa: E402
from _model import Catalogue, OrgSetting, Types, Value, camel, pascal, wrap  # noqa: E402


def value(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "text", "doc": f"The {name}.", "secret": False, **more}


def flow(name: str, **more: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("summary", "description", "source"), "")
    lists = {each: [] for each in ("parameters", "requests", "asks", "org_settings", "states", "rows")}
    flags = dict.fromkeys(("accepts_guest", "accepts_tokens", "resends", "shows"), False)
    return {"name": name, **plain, **lists, **flags, "result": "Session", **more}


def catalogue() -> Catalogue:
    fields = [
        value("access_token", secret=True),
        value("uvid"),
        value("renew_at_ms", kind="integer"),
        value("visitor", kind="json"),
    ]
    return Catalogue.read(
        {
            "version": "1.2.3",
            "abi": 3,
            "settings": [value("site", required=True), value("http_version", choices=["1.1", "2"])],
            "flows": [
                flow("guest", verb="guest"),
                flow(
                    "login",
                    parameters=[
                        value("username", required=True),
                        value("password", doc="Asked for."),
                        value("guest", kind="json"),
                        value("uvid", from_guest="uvid"),
                    ],
                    asks=[value("password", doc="It.", secret=True)],
                ),
                flow("registration", verb="register", asks=[value("otp")], parameters=[value("email", required=True)]),
            ],
            "results": [{"name": "Session", "doc": "", "fields": fields}],
            "predicates": [
                {"name": "is_x", "doc": "See `server_text`.", "reasons": ["x"], "advice": "", "http_status_from": 0, "new": 1}
            ],
        }
    )


def discouraged_is_shown() -> bool:
    """A flow that is not one to choose says so on its page and in each language, and its neighbour does not."""
    docs, java, node, python = generate.load_emitters(["docs", "java", "node", "python"])
    plain = catalogue()
    first, *rest = plain.flows
    marked = replace(plain, flows=(replace(first, status="discouraged", standing="Discouraged. Use another."), *rest))
    shown = True
    marks = (
        "> Discouraged. Use",
        "@deprecated Discouraged",
        "@deprecated Discouraged",
        '@deprecated(\n        "Discouraged. Use',
    )
    for emitter, mark in zip((docs, java, node, python), marks, strict=True):
        before, after = ("".join(emitter.emit(each).values()) for each in (plain, marked))
        shown = shown and mark not in before and mark in after
    return shown and "    @Deprecated\n" in "".join(java.emit(marked).values())


def rejects(call: Any) -> bool:
    try:
        call()
    except (ValueError, SystemExit):
        return True
    return False


def model() -> list[tuple[str, bool]]:
    made = catalogue()
    guest, login, registration = made.flows
    (result,) = made.results
    words = Types({"text": "str"}, lambda choices: "|".join(choices), {"text": "bytes"})
    choosing = replace(
        registration,
        parameters=tuple(
            Value(name, "text", "", excludes=excludes)
            for name, excludes in {"key": ("token",), "token": ("key", "did"), "did": ("token",), "name": ()}.items()
        ),
        example=("key", "did", "token"),
        asks=(
            Value("callback_url", "text", "", excludes=("verifier",)),
            Value("verifier", "text", "", excludes=("callback_url",)),
        ),
    )
    direct, later = login.calls()
    (register,) = registration.calls()
    return [
        ("a flow that asks for nothing has one call", [call.returns_challenge for call in guest.calls()] == [False]),
        ("what may be known already gives two calls", (direct.name, later.name) == ("login", "start_login")),
        ("the first needs it, in the words of the question", direct.parameters[1].required and direct.parameters[1].doc == "It."),
        ("the second cannot give it", [each.name for each in later.parameters] == ["username", "uvid"]),
        ("a call has the verb", (register.name, register.returns_challenge) == ("register", True)),
        ("an object is not one of the parameters that it fills", login.guest is not None and login.parameter("guest") is None),
        ("a visitor is not one of the fields that it holds", result.visitor is not None and not result.has("visitor")),
        ("what has to be renewed is a visit", result.is_visit),
        ("one of a few words", made.settings[1].type(words) == "1.1|2"),
        ("a secret has a type of its own", result.fields[0].type(words) == "bytes" and made.settings[0].type(words) == "str"),
        ("an unknown kind is refused", rejects(lambda: result.fields[2].type(words))),
        ("each name once", made.names == ["email", "http_version", "otp", "password", "site", "username", "uvid"]),
        ("an error's fields in a doc", made.predicates[0].doc_in(camel) == "See serverText."),
        ("an example gives one way out of each choice", [each.name for each in choosing.shown_parameters] == ["key", "did"]),
        ("a challenge gets one of two answers", [each.name for each in choosing.given_to_verify] == ["callback_url"]),
        ("names", (camel("renew_at_ms"), pascal("native-sso")) == ("renewAtMs", "NativeSso")),
        ("a long word is not broken", wrap("a " + "b" * 20, 5, hanging=2) == ["a", "  " + "b" * 20]),
    ]


def pages() -> list[tuple[str, bool]]:
    setting = {"id": "a_switch", "setup": "the app > A | B", "metadata": "Type.field", "doc": "Lets it."}
    made = catalogue()
    opposite = OrgSetting(**{**setting, "metadata": "Type.field, the opposite"})
    needing = replace(
        made.flows[0],
        org_settings=(OrgSetting(**setting), opposite, OrgSetting(**{**setting, "metadata": "not in the Metadata API"})),
        hosts=("my_domain", "login"),
        needs=("redirect_uri",),
        lacks=("uvid",),
        shows=True,
        asks=(Value("callback_url", "text", "The address."),),
    )
    (module,) = generate.load_emitters(["docs"])
    page = module.emit(replace(made, flows=(needing,)))["docs/flows/guest.md"]
    result = page.split("## Result")[1]
    return [
        ("a page says what a setting of the org does", "| the app > A \\| B | `Type.field` | Lets it. |\n" in page),
        ("and if its metadata means the opposite", "| `Type.field`: the opposite | Lets it. |\n" in page),
        ("or has no name for it", "| not in the Metadata API | Lets it. |\n" in page),
        ("a page lists the hosts", "my.salesforce.com" in page and "login.salesforce" in page and "my.site.com" not in page),
        ("and the settings that the flow needs", "The flow also needs the setting `redirect_uri`." in page),
        ("and no field that never comes", "`access_token`" in result and "`uvid`" not in result),
        ("a browser may not come back", "**A browser that does not come back.**" in page),
    ]


def sections() -> list[tuple[str, bool]]:
    def filled(page: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "page.md").write_text(page, encoding="utf-8")
            generate.ROOT = Path(folder)
            files: dict[str, str] = {}
            module = SimpleNamespace(__name__="test", sections=lambda _: {("page.md", "a"): "new\n", ("page.md", "b"): ""})
            generate.fill_sections([module], catalogue(), files)
            return files["page.md"]

    a, b = "<!-- generated: a -->\nold\n<!-- end: a -->\n", "<!-- generated: b -->\nold\n<!-- end: b -->\n"
    return [
        (
            "each section is filled",
            filled(f"1\n{a}2\n{b}3\n") == f"1\n{a}2\n{b}3\n".replace("old\n", "new\n", 1).replace("old\n", ""),
        ),
        ("a page without the lines is refused", rejects(lambda: filled(a))),
        (
            "a section without its end is refused",
            rejects(lambda: filled(a + b.replace("end: b", "end"))),
        ),
    ]


def main() -> int:
    wrong = [name for name, good in model() + pages() + sections() + [("a discouraged flow", discouraged_is_shown())] if not good]
    print("\n".join(wrong) or "all good")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
