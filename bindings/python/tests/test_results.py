"""Results, stored and restored, and what shows of them: every way out but the one that is asked for hides the secrets."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid import TokenSet, _cli
from headlessid._result import ResultBase
from headlessid.testing import SimulatedOrg

RESULTS = Path(__file__).resolve().parents[3] / "tests" / "results"
SECRET = "Example.Secret"


def entries(name: str) -> list[Any]:
    return [pytest.param(each, id=each["about"]) for each in json.loads((RESULTS / name).read_text(encoding="utf-8"))]


def class_of(entry: dict[str, Any]) -> type[ResultBase]:
    found: type[ResultBase] = getattr(headlessid, entry["class"])
    return found


@pytest.mark.parametrize("entry", entries("restored.json"))
def test_stored_results_restore(entry: dict[str, Any]) -> None:
    kind = class_of(entry)
    for text in (entry["text"], entry["text"].encode(), bytearray(entry["text"].encode())):
        restored = kind.from_json(text)
        assert type(restored) is kind
        fields = {name: getattr(restored, name) for name in kind._fields}
        written = {name: " ".join(value) if isinstance(value, tuple) else value for name, value in fields.items()}
        assert {name: value for name, value in written.items() if value not in (None, "")} == entry["fields"]
        assert json.loads(restored.to_json()) == entry["fields"]
        assert kind.from_json(restored.to_json()) == restored


@pytest.mark.parametrize("entry", entries("refused.json"))
def test_refused_results(entry: dict[str, Any]) -> None:
    text = entry["text"] if isinstance(entry["text"], str) else entry["text"]["repeat"] * entry["text"]["times"]
    with pytest.raises(headlessid.ArgumentError) as refused:
        class_of(entry).from_json(text)
    error = refused.value
    assert (error.kind, error.advice, error.reason) == ("ARGUMENT", "FIX_ARGUMENT", "bad_argument")
    assert error.field == (entry["field"] or "text")
    assert SECRET not in f"{error!r} {error} {error.args} {vars(error)}"
    assert error.__context__ is None and error.__cause__ is None


def test_bytes_that_are_not_utf8() -> None:
    for text in (b'{"active":true,"sub":"\xff"}', '{"active":true}'.encode("utf-16"), 4711):
        with pytest.raises(headlessid.ArgumentError):
            headlessid.Introspection.from_json(text)  # type: ignore[arg-type]


def test_lists_are_lists() -> None:
    text = '{"access_token":"a","token_type":"Bearer","uvid_carry":"absent","scope":"api  openid"}'
    me = TokenSet.from_json(text)
    assert me.scope == ("api", "openid") and json.loads(me.to_json())["scope"] == "api openid"
    assert TokenSet("a", "Bearer", "absent", scope=["api", "openid"]) == me
    assert hash(TokenSet("a", "Bearer", "absent", scope=["api", "openid"])) == hash(me)
    without = TokenSet("a", "Bearer", "absent")
    assert without.scope == () and "scope" not in json.loads(without.to_json())
    assert TokenSet.from_json(without.to_json()) == without


def test_a_session_is_not_taken_for_a_guest(tokens: TokenSet) -> None:
    with pytest.raises(headlessid.ArgumentError, match="is not a member of a Guest") as refused:
        headlessid.Guest.from_json(tokens.replace(uvid="u").to_json())
    assert SECRET not in str(refused.value)


@pytest.fixture
def tokens() -> TokenSet:
    return TokenSet(SECRET + "1", "Bearer", "absent", refresh_token=SECRET + "2", raw=SECRET + "3", scope=["api"], issued_at_ms=7)


def test_what_makes_json_by_itself_gets_no_secret(tokens: TokenSet) -> None:
    assert not dataclasses.is_dataclass(tokens)
    attempts: list[Any] = [json.dumps, vars, dataclasses.asdict, lambda each: each.__dict__]
    for attempt in attempts:
        with pytest.raises((TypeError, AttributeError)):
            attempt(tokens)
    for shown in (dict(tokens), list(tokens), repr(tokens), str(tokens), json.dumps(tokens, default=dict)):
        assert SECRET not in str(shown)
        assert "api" in str(shown)
    assert dict(tokens)["access_token"] == "•••"
    assert SECRET in tokens.to_json()


def test_fastapi_and_pydantic(tokens: TokenSet) -> None:
    encoders = pytest.importorskip("fastapi.encoders")
    pydantic = pytest.importorskip("pydantic")
    for value in (tokens, [tokens], {"me": tokens}, headlessid.Visitor("u", SECRET, 1)):
        assert SECRET not in json.dumps(encoders.jsonable_encoder(value))
    for kind, value in ((TokenSet, tokens), (headlessid.Visitor, headlessid.Visitor("u", SECRET, 1))):
        model = pydantic.create_model("Session", value=(kind, ...))
        session = model(value=value)
        assert session.value is value
        assert SECRET not in f"{session!r} {session.model_dump()} {session.model_dump_json()}"
        assert SECRET not in pydantic.TypeAdapter(kind).dump_json(value).decode()
        assert SECRET not in pydantic.RootModel[kind](value).model_dump_json()
        assert model.model_json_schema()
        with pytest.raises(pydantic.ValidationError):
            model(value={"access_token": "x"})


def test_copies_and_pickles_are_whole(tokens: TokenSet) -> None:
    for twin in (copy.copy(tokens), copy.deepcopy(tokens), pickle.loads(pickle.dumps(tokens)), tokens.replace()):
        assert twin == tokens and hash(twin) == hash(tokens) and twin is not tokens
        assert (twin.access_token, twin.raw) == (tokens.access_token, tokens.raw)
    other = tokens.replace(refresh_token="x")
    assert other != tokens and (other.refresh_token, other.access_token) == ("x", tokens.access_token)
    with pytest.raises(TypeError, match="no field no_such"):
        tokens.replace(no_such=1)


def test_immutable(tokens: TokenSet) -> None:
    with pytest.raises(AttributeError):
        tokens.access_token = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del tokens.access_token
    with pytest.raises(AttributeError):
        tokens.no_such = "x"


@pytest.mark.parametrize("name", headlessid._catalogue.RESULTS)
def test_half_made_results_show_themselves(name: str) -> None:
    kind = getattr(headlessid, name)
    assert repr(kind.__new__(kind)) == f"{name}()"


def test_the_command_stores_and_restores_the_same(org: SimulatedOrg, tmp_path: Path) -> None:
    command = _cli.find_command()
    assert command is not None
    lena = org.users[0]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADLESSID_")}
    for name, value in org.client_settings().items():
        environment[f"HEADLESSID_{name.upper()}"] = str(value)

    def run(*arguments: str, **secrets: str) -> str:
        done = subprocess.run(
            [command, *arguments, "--json"], capture_output=True, text=True, timeout=60, env={**environment, **secrets}
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    saved, stored = tmp_path / "saved.json", tmp_path / "stored.json"
    run("login", "--username", lena.username, "--save", str(saved), HEADLESSID_PASSWORD=lena.password)
    me = TokenSet.from_json(saved.read_bytes())
    stored.write_text(me.to_json())
    stored.chmod(0o600)
    assert lena.username in run("userinfo", "--token-file", str(stored))
    with headlessid.Client(**org.client_settings()) as client:
        assert client.userinfo(access_token=me.access_token).preferred_username == lena.username
    run("logout", "--token-file", str(stored))
    assert me.refresh_token is not None
    with headlessid.Client(**org.client_settings()) as client, pytest.raises(headlessid.UserActionRequired):
        client.refresh(refresh_token=me.refresh_token)
