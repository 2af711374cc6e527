"""Plays a vector (tests/vectors/README.md) through headlessid.Flow."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import headlessid
from headlessid import _native

VECTORS = Path(__file__).resolve().parents[3] / "tests" / "vectors"

_HOLE = re.compile(r"\$\{(\w+)(\|form)?\}")
# What the player does not compare: they carry no meaning for the flow.
_PLAIN_HEADERS = {"accept", "user-agent"}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every vector there is, its variants spread out: a name and the vector."""
    for path in sorted(VECTORS.rglob("*.json")):
        vector = json.loads(path.read_text(encoding="utf-8"))
        variants = vector.pop("variants", [])
        name = path.relative_to(VECTORS).with_suffix("").as_posix()
        if "end" in vector or "refused" in vector:
            yield name, vector
        for number, variant in enumerate(variants):
            yield f"{name}[{number}]", _varied(vector, variant)


def _varied(vector: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(vector)
    for member, value in variant.items():
        if member in ("response", "no_response"):
            last = merged["steps"][-1]
            last.pop("response", None)
            last.pop("no_response", None)
            last[member] = value
        elif member in ("settings", "parameters"):
            values = {**merged.get(member, {}), **value}
            merged[member] = {name: each for name, each in values.items() if each is not None}
        else:
            merged[member] = value
    if "refused" in variant:
        merged.pop("steps", None)
        merged.pop("end", None)
    elif "end" in variant:
        merged.pop("refused", None)
    return merged


class Player:
    """One conversation: what was captured so far, and the clock."""

    def __init__(self, vector: dict[str, Any]) -> None:
        self.vector = vector
        self.captured: dict[str, str] = {}
        self.now_ms = int(vector.get("now_ms", 1767225600000))

    # ---- what is given ----

    def bytes_of(self, value: Any) -> bytes:
        if isinstance(value, str):
            return self.filled(value).encode("utf-8", "surrogatepass")
        if isinstance(value, list):
            return b"".join(self.bytes_of(each) for each in value)
        if "repeat" in value:
            return self.bytes_of(value["repeat"]) * int(value["times"])
        if "base64" in value:
            return base64.b64decode(value["base64"])
        if "json" in value:
            return self.filled(json.dumps(value["json"])).encode()
        raise AssertionError(f"unknown kind of text: {sorted(value)}")

    def filled(self, text: str) -> str:
        def fill(hole: re.Match[str]) -> str:
            value = self.captured[hole[1]]
            return quote(value, safe="") if hole[2] else value

        return _HOLE.sub(fill, text)

    # ---- what is expected ----

    def expect(self, wanted: str, found: str, what: str) -> None:
        pattern, names, at = "", [], 0
        for hole in _HOLE.finditer(wanted):
            pattern += re.escape(wanted[at : hole.start()])
            known = self.captured.get(hole[1])
            if known is not None:
                pattern += re.escape(quote(known, safe="") if hole[2] else known)
            elif hole[1] in names:
                pattern += f"(?P={hole[1]})"
            else:
                names.append(hole[1])
                pattern += f"(?P<{hole[1]}>.+?)"
            at = hole.end()
        match = re.fullmatch(pattern + re.escape(wanted[at:]), found, re.DOTALL)
        assert match, f"{what}: expected {wanted!r}, found {found!r}"
        self.captured.update(match.groupdict())

    def expect_request(self, wanted: dict[str, Any], send: headlessid.Send) -> None:
        known = {"name", "method", "url", "headers", "form", "body", "retry_safe", "prefers_http2"}
        assert set(wanted) <= known, f"the player does not know {set(wanted) - known}"
        for member in ("name", "method", "url"):
            if member in wanted:
                self.expect(wanted[member], getattr(send, member), member)
        for member in ("retry_safe", "prefers_http2"):
            if member in wanted:
                assert getattr(send, member) == wanted[member], member
        if "headers" in wanted:
            found = {name.lower(): value for name, value in send.headers if name.lower() not in _PLAIN_HEADERS}
            assert sorted(found) == sorted(wanted["headers"])
            for name, value in wanted["headers"].items():
                self.expect(self.text_of(value), found[name], f"header {name}")
        if "form" in wanted:
            pairs = parse_qsl(
                send.body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(send.body), errors="surrogateescape"
            )
            form = dict(pairs)
            assert len(form) == len(pairs), "a field is sent twice"
            assert sorted(form) == sorted(wanted["form"])
            for name, value in wanted["form"].items():
                self.expect(self.text_of(value), form[name], f"field {name}")
        if "body" in wanted:
            self.expect(self.text_of(wanted["body"]), send.body.decode("utf-8", "surrogateescape"), "body")

    def text_of(self, wanted: Any) -> str:
        # Holes in what is expected are captured, not filled, so only the long forms are spelled out here.
        return wanted if isinstance(wanted, str) else self.bytes_of(wanted).decode("utf-8", "surrogateescape")

    def expect_error(self, wanted: dict[str, Any], error: headlessid.HeadlessIdError) -> None:
        for member, value in wanted.items():
            if member in ("hint_has", "message_has"):
                text = getattr(error, member[:-4]) or ""
                for part in [value] if isinstance(value, str) else value:
                    assert part in text, f"{member}: {part!r} is not in {text!r}"
                continue
            found = getattr(error, member)
            if member == "retry_after_ms" and found is None:
                found = -1
            if isinstance(value, str) and value == "" and found is None:
                found = ""
            assert found == value, f"{member}: expected {value!r}, found {found!r} ({error!r})"

    # ---- the conversation ----

    def play(self) -> None:
        refused = self.vector.get("refused")
        if refused is None:
            self.converse()
            return
        where = "made"
        try:
            where = "settings"
            app = self.make_app()
            where = "ticket" if "ticket" in self.vector else "flow"
            with self.make_flow(app) as flow:
                where = "parameter"
                self.set_parameters(flow)
                where = "next"
                flow.next(self.now_ms)
        except headlessid.HeadlessIdError as error:
            assert where == refused["at"], f"refused at {where}: {error!r}"
            self.expect_error(refused["error"], error)
        else:
            raise AssertionError("was not refused")

    def make_app(self) -> headlessid.App:
        made = headlessid.App.__new__(headlessid.App)
        # By name and in order, as the vector has them, also names that App does not accept.
        made._native = _native.App([(name, self.bytes_of(value)) for name, value in self.vector["settings"].items()])
        made._shown = ()
        return made

    def make_flow(self, app: headlessid.App) -> headlessid.Flow:
        """By name, or out of a ticket."""
        if "ticket" not in self.vector:
            return headlessid.Flow(app, self.vector["flow"])
        ticket = self.bytes_of(self.vector["ticket"])
        return headlessid.Flow.unseal(
            app, ticket, self.vector.get("binding"), name=self.vector.get("wanted_flow"), now_ms=self.now_ms
        )

    def set_parameters(self, flow: headlessid.Flow) -> None:
        for name, value in self.vector.get("parameters", {}).items():
            flow.set(name, self.bytes_of(value))

    def converse(self) -> None:
        app = self.make_app()
        flow = self.make_flow(app)
        try:
            self.set_parameters(flow)
            self.give_offers(flow, self.vector)
            for wanted in self.vector["steps"]:
                self.now_ms += int(wanted.get("advance_ms", 0))
                step = flow.next(self.now_ms)
                assert type(step).__name__.upper() == wanted["step"], f"{step!r} instead of {wanted['step']}"
                # Of a page that asks for nothing, a second call says that it was shown.
                if not isinstance(step, headlessid.Show) or step.ask_name is not None:
                    assert _plain(flow.next(self.now_ms)) == _plain(step), "asked again, it said something else"
                self.look(step, wanted)
                self.give_offers(flow, wanted)
                if "ticket" in wanted:
                    with flow:
                        flow = self.travel(app, flow, step, wanted["ticket"])
                self.response(flow, step, wanted)
            self.end(flow)
        finally:
            flow.close()

    def look(self, step: headlessid.Step, wanted: dict[str, Any]) -> None:
        if "ask" in wanted:
            assert isinstance(step, (headlessid.Ask, headlessid.Show))
            ask = wanted["ask"]
            assert set(ask) <= {"name", "secret", "problem"}
            if "name" in ask:
                self.expect(ask["name"], (step.name if isinstance(step, headlessid.Ask) else step.ask_name) or "", "ask")
            if "secret" in ask:
                assert isinstance(step, headlessid.Ask) and ask["secret"] == step.secret
            if ask.get("problem") is not None:
                assert step.problem is not None, "there is no problem"
                self.expect_error(ask["problem"], step.problem)
            elif "problem" in ask:
                assert step.problem is None, repr(step.problem)
        if "show" in wanted:
            assert isinstance(step, headlessid.Show)
            for member, value in wanted["show"].items():
                self.expect(value, getattr(step, member), member)
        if "sign" in wanted:
            assert isinstance(step, headlessid.Sign)
            self.expect(wanted["sign"]["algorithm"], step.algorithm, "algorithm")
            self.expect(wanted["sign"]["input"], step.input.decode("ascii"), "input")

    def travel(self, app: headlessid.App, flow: headlessid.Flow, step: headlessid.Step, wanted: Any) -> headlessid.Flow:
        """Into a ticket, and out of it another flow that asks the same."""
        binding = wanted.get("binding") if isinstance(wanted, dict) else None
        ticket = flow.seal(binding, now_ms=self.now_ms)
        assert len(ticket) <= 3072
        other = headlessid.Flow.unseal(app, ticket, binding, now_ms=self.now_ms)
        assert (other.name, other.ticket_id) == (flow.name, flow.ticket_id)
        assert _plain(other.next(self.now_ms)) == _plain(step), "out of the ticket it says something else"
        return other

    def response(self, flow: headlessid.Flow, step: headlessid.Step, wanted: dict[str, Any]) -> None:
        if isinstance(step, headlessid.Send):
            self.expect_request(wanted.get("request", {}), step)
            if "no_response" in wanted:
                why = wanted["no_response"].get("why")
                flow.give_no_response(wanted["no_response"]["sent"], None if why is None else self.filled(why))
                return
            response = wanted["response"]
            headers = [(self.bytes_of(name), self.bytes_of(value)) for name, value in response.get("headers") or []]
            try:
                flow.give_response(
                    response["status"], headers, self.bytes_of(response.get("body", "")), response.get("http_version", 0)
                )
            except headlessid.HeadlessIdError as error:
                # A response over the limits ends the flow; the end is compared below.
                assert error.kind not in ("ARGUMENT", "STATE"), repr(error)
        elif isinstance(step, headlessid.Wait):
            waits = step.until_ms - self.now_ms
            assert waits > 0, "a wait of no time"
            if "wait_at_most_ms" in wanted:
                assert waits <= wanted["wait_at_most_ms"], f"waits {waits} ms"
            self.now_ms = step.until_ms
        elif wanted.get("resend"):
            self.set_at_ask(flow, wanted)
            flow.resend()
        else:
            self.set_at_ask(flow, wanted)
            for refused in wanted.get("refuses", []):
                try:
                    flow.give_value(refused["name"], self.bytes_of(refused["value"]))
                except headlessid.HeadlessIdError as error:
                    self.expect_error(refused["error"], error)
                else:
                    raise AssertionError("took what it should refuse")
            if "give_nothing" in wanted:
                flow.give_nothing(wanted["give_nothing"].get("why"))
            elif "value" in wanted:  # else an offer was what it asked for
                flow.give_value(wanted["value"]["name"], self.bytes_of(wanted["value"]["value"]))

    def give_offers(self, flow: headlessid.Flow, wanted: dict[str, Any]) -> None:
        """Values before they are asked for."""
        for offer in wanted.get("offer", []):
            try:
                flow.offer(offer["name"], self.bytes_of(offer["value"]))
            except headlessid.HeadlessIdError as error:
                assert "error" in offer, repr(error)
                self.expect_error(offer["error"], error)
            else:
                assert "error" not in offer, "took an offer that it should refuse"

    def set_at_ask(self, flow: headlessid.Flow, wanted: dict[str, Any]) -> None:
        for name, value in wanted.get("set", {}).items():
            flow.set(name, self.bytes_of(value))

    def end(self, flow: headlessid.Flow) -> None:
        wanted = self.vector["end"]
        step = flow.next(self.now_ms)
        assert type(step).__name__.upper() == wanted["step"], f"{step!r} instead of {wanted['step']}"
        # The end is the end, whenever it is asked for.
        assert type(flow.next(self.now_ms + 86_400_000)) is type(step)
        self.give_offers(flow, wanted)
        if isinstance(step, headlessid.Done):
            for name, value in wanted.get("result", {}).items():
                assert name in step.fields, f"{name} is absent"
                self.expect(self.text_of(value), step.fields[name], f"result {name}")
            for name in wanted.get("absent", []):
                assert name not in step.fields, f"{name} is there"
        else:
            assert isinstance(step, headlessid.Failed)
            self.expect_error(wanted.get("error", {}), step.error)


def _plain(step: headlessid.Step) -> headlessid.Step:
    """The step without its problem: a ticket does not keep it, and each time it is a new exception."""
    return step.replace(problem=None) if isinstance(step, (headlessid.Ask, headlessid.Show)) else step
