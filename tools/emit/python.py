"""The generated part of the Python package: tables, settings, typed methods, results, predicates."""

from __future__ import annotations

from collections.abc import Sequence

import _model
from _model import MARK, Call, Catalogue, Field, Flow, Result, Types, Value, sentence

PACKAGE = "bindings/python/headlessid"
OWNS = (f"{PACKAGE}/*.py",)
WIDTH = 110


def quoted(name: str) -> str:
    return f'"{name}"'


def one_of(choices: Sequence[str]) -> str:
    return f"Literal[{', '.join(quoted(choice) for choice in choices)}]"


INPUT = Types(
    {
        "text": "Text",
        "url": "Text",
        "list": "Text | Sequence[str]",
        "integer": "int",
        "flag": "bool",
        "json": "Text | Mapping[str, Any]",
    },
    one_of,
    {"list": "Text | Sequence[str] | Mapping[str, bytes | str]"},
)
OUTPUT = Types({"text": "str", "url": "str", "list": "tuple[str, ...]", "integer": "int", "flag": "bool", "json": "str"}, one_of)
# What makes text of a value of this kind; the others go down as they are. A secret list is one of keys.
CONVERTERS = {"list": "joined", "integer": "integer", "flag": "flag", "json": "json_text"}


def converter_of(entry: Value) -> str | None:
    return "keyed" if entry.kind == "list" and entry.secret else CONVERTERS.get(entry.kind)


def emit(catalogue: Catalogue) -> dict[str, str]:
    return {
        f"{PACKAGE}/_catalogue.py": catalogue_module(catalogue),
        f"{PACKAGE}/_settings.py": settings_module(catalogue),
        f"{PACKAGE}/_flows.py": flows_module(catalogue),
        f"{PACKAGE}/_results.py": results_module(catalogue),
        f"{PACKAGE}/_predicates.py": predicates_module(catalogue),
    }


# ---- text ----


def wrap(text: str, indent: int, hanging: int = 0) -> list[str]:
    return [" " * indent + line for line in _model.wrap(text, WIDTH - indent, hanging)]


def docstring(lines: list[str], indent: int) -> list[str]:
    """A block of docstring from lines that are already indented; the quotes go around it."""
    text = "\n".join(lines).strip().replace("\\", "\\\\").replace('"""', "'''")
    if text.endswith('"'):
        text += " "
    pad = " " * indent
    if "\n" not in text:
        return [f'{pad}"""{text}"""']
    return [f'{pad}"""{text}', f'{pad}"""']


def argument_doc(entry: Value) -> str:
    parts = [sentence(entry.doc)]
    if entry.choices:
        parts.append("One of " + ", ".join(f'"{choice}"' for choice in entry.choices) + ".")
    if entry.default:
        parts.append(f"Default: {entry.default}.")
    if entry.excludes:
        parts.append("Cannot be combined with " + " or ".join(entry.excludes) + ".")
    if entry.max_bytes:
        parts.append(f"At most {entry.max_bytes:,} bytes.")
    if entry.min or entry.max:
        parts.append(f"{entry.min:,} to {entry.max:,}.")
    return f"{entry.name}: " + " ".join(part for part in parts if part)


def signature(entries: Sequence[Value], indent: int) -> list[str]:
    """Keyword arguments, the required ones first."""
    pad = " " * indent
    ordered = [e for e in entries if e.required] + [e for e in entries if not e.required]
    lines = []
    for entry in ordered:
        kind = entry.type(INPUT)
        lines.append(f"{pad}{entry.name}: {kind}," if entry.required else f"{pad}{entry.name}: {kind} | None = None,")
    return lines


def given(names: list[str], indent: int) -> list[str]:
    """Moves the arguments from the local variables into one object that hides them, before anything can raise."""
    pad = " " * indent
    lines = [f"{pad}given = Hidden(", f"{pad}    {{"]
    lines += [f'{pad}        "{name}": {name},' for name in names]
    lines += [f"{pad}    }}", f"{pad})"]
    lines += [f"{pad}del {', '.join(names[at : at + 6])}" for at in range(0, len(names), 6)]
    return lines


def record_of(flow: Flow) -> list[tuple[str, list[str]]]:
    """The arguments that are the result of an earlier flow, and the attributes that are read of it."""
    rows = [(flow.guest.name, sorted(each.from_guest for each in flow.filled_by_guest))] if flow.guest else []
    return rows + ([(flow.tokens.name, sorted(each.name for each in flow.filled_by_tokens))] if flow.tokens else [])


def converters_of(entries: Sequence[Value]) -> list[str]:
    return sorted({converter for entry in entries if (converter := converter_of(entry))})


def table_of_converters(entries: Sequence[Value], indent: int) -> list[str]:
    """The rows of a dict from a name to what makes text of its value."""
    pad = " " * indent
    return [f'{pad}"{entry.name}": {converter},' for entry in entries if (converter := converter_of(entry))]


def header(title: str, imports: list[str]) -> list[str]:
    return [f"# {MARK}.", f'"""{title}"""', "", "from __future__ import annotations", "", *imports, ""]


# ---- the tables below everything else ----


def catalogue_module(catalogue: Catalogue) -> str:
    flows = catalogue.flows
    every = [*catalogue.settings, *(entry for flow in flows for entry in flow.parameters)]
    lines = header(
        "The catalogue as tables: the base of the classes and methods.",
        [f"from ._values import {', '.join(sorted([*converters_of(every), 'record']))}"],
    )
    lines += [
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:",
        "    from ._values import Converter",
        "",
        "# Every setting, and its kind.",
        "SETTINGS = {",
        *[f'    "{entry.name}": "{entry.kind}",' for entry in catalogue.settings],
        "}",
        "# What makes text of a setting's value; the others are passed on as they are.",
        "SETTING_CONVERTERS: dict[str, Converter] = {",
        *table_of_converters(catalogue.settings, 4),
        "}",
        "# Every result, and the one of each flow.",
        "RESULTS = (",
        *[f'    "{result.name}",' for result in catalogue.results],
        ")",
        "RESULT_OF = {",
        *[f'    "{flow.name}": "{flow.result.name}",' for flow in flows],
        "}",
        "# What each flow asks a person for, in the order in which it asks.",
        "ASKS_OF: dict[str, tuple[str, ...]] = {",
        *[f'    "{flow.name}": {names_tuple([ask.name for ask in flow.asks])},' for flow in flows if flow.asks],
        "}",
        "# What makes text of a parameter's value; the others are passed on as they are.",
        "CONVERTERS: dict[str, dict[str, Converter]] = {",
    ]
    for flow in flows:
        rows = [f'        "{name}": record({", ".join(map(quoted, read))}),' for name, read in record_of(flow)]
        rows += table_of_converters(flow.parameters, 8)
        lines += [f'    "{flow.name}": {{', *rows, "    },"] if rows else []
    return "\n".join([*lines, "}"]) + "\n"


# ---- settings ----


def settings_module(catalogue: Catalogue) -> str:
    settings = catalogue.settings
    lines = header(
        "The settings of an app, by their names in the catalogue.",
        [
            "from ._app import AppBase",
            "from ._hidden import Hidden",
        ],
    )
    lines += [
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:",
        "    from collections.abc import Mapping, Sequence",
        "    from typing import Any, Literal",
        "",
        "    from ._types import AsyncSigner, AsyncTransport, OnEvent, Signer, Transport",
        "    from ._values import Text",
        "",
        "",
        "class App(AppBase):",
    ]
    doc = [
        "The settings of one client (an external client app or connected app) at one Experience Cloud site.",
        "",
        *wrap(
            "Checked at once: ArgumentError names the first setting that is wrong. Immutable and safe to share between "
            "threads. It holds secrets: it can be neither printed nor pickled. None, or leaving a setting out, is the "
            "library's default. App.from_env() and App.from_profile() read the settings from the environment and from a file.",
            4,
        ),
        "",
        "    Settings:",
    ]
    for entry in settings:
        doc += wrap(argument_doc(entry), 8, hanging=4)
    lines += docstring(doc, 4)
    lines += ["", "    __slots__ = ()", "", "    def __init__(", "        self,", "        *,"]
    lines += signature(settings, 8)
    lines += ["    ) -> None:", *given([entry.name for entry in settings], 8)]
    lines += ["        self._set(given)"]
    for name, prefix in (("ClientSettings", ""), ("AsyncClientSettings", "Async")):
        lines += client_settings(settings, name, prefix)
    return "\n".join(lines) + "\n"


def client_settings(settings: Sequence[Value], name: str, prefix: str) -> list[str]:
    """The constructor of a client."""
    awaited = bool(prefix)
    lines = ["", "", f"class {name}:"]
    lines += docstring([f"The constructor of {prefix}Client: the settings of an App, by keyword."], 4)
    lines += ["", "    __slots__ = ()", "", "    def __init__(", "        self,", "        *,"]
    lines += signature(settings, 8)
    lines += [
        "        max_in_flight: int | None = None,",
        f"        signer: {prefix}Signer | None = None,",
        f"        transport: {prefix}Transport | None = None,",
        "        on_event: OnEvent | None = None,",
        "    ) -> None:",
    ]
    doc = [
        "Opens the client, which keeps its connections.",
        "",
        *wrap("See App for the settings. Raises ArgumentError when one is wrong.", 8),
        "",
        "        Args:",
        *wrap(
            "max_in_flight: The maximum of running flows; another one raises StateError (too_many_flows). Default: 10,000.",
            12,
            hanging=4,
        ),
        *wrap(
            'signer: For signed_by "host": called with the algorithm and the bytes to sign, returns the signature'
            + (", or an awaitable of it." if awaited else "."),
            12,
            hanging=4,
        ),
        *wrap(
            f"transport: Your own HTTP instead of the library's, such as headlessid.httpx_transport.{prefix}HttpxTransport: "
            f"called with each Send{' and awaited' if awaited else ''}, returns an HttpResponse; see run{'_async' if awaited else ''}(). "
            "No thread is started, and the settings of the library's own client (proxy, ca_file, http_version, ...) are "
            "ignored. close() does not interrupt a request in progress.",
            12,
            hanging=4,
        ),
        *wrap(
            "on_event: Called with a dict for each request, each operation of a session store, and the end of each flow, after "
            "the flow has run; what it raises is logged. It never holds a secret.",
            12,
            hanging=4,
        ),
    ]
    lines += docstring(doc, 8)
    lines += given([entry.name for entry in settings], 8)
    lines += [
        "        self._start(App._of(given), max_in_flight, signer, transport, on_event)",
        "",
        "    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any, on_event: Any = None) -> None:",
        "        raise NotImplementedError",
    ]
    return lines


# ---- flows ----


def challenge_doc(flow: Flow) -> list[str]:
    """What the person has to do, at the end of a description."""
    if not flow.asks:
        text = "Returns as soon as there is a code: show challenge.verification_uri and challenge.code, or challenge.url, which "
        text += f"has the code filled in. challenge.verify() then waits for the person, and returns the {flow.result.name}."
        return wrap(text + " With challenge.seal() another process can continue.", 8)
    first, *others = flow.asks
    text = f"Returns as soon as it needs the person: challenge.verify(...) then accepts the {first.name}"
    text += "".join(f", and {other.name} by name" for other in others) + f", and returns the {flow.result.name}."
    if flow.shows:
        text += " Send the person's browser to challenge.url."
    if flow.resends:
        text += " challenge.resend() sends the message again."
    return wrap(text + " With challenge.seal() another process can continue.", 8)


def flow_doc(call: Call) -> list[str]:
    flow = call.flow
    lines = [sentence(flow.summary)]
    if flow.description:
        lines += ["", *wrap(flow.description, 8)]
    if flow.standing:
        lines += ["", *wrap(flow.standing, 8)]
    if call.returns_challenge:
        lines += ["", *challenge_doc(flow)]
    lines += ["", "        Args:"]
    for entry in call.parameters:
        lines += wrap(argument_doc(entry), 12, hanging=4)
    if flow.guest:
        filled = [f"{e.name} from its {e.from_guest}" for e in flow.filled_by_guest]
        lines += wrap(
            "guest: The result of guest(), a Visitor or its JSON text, or any object with their attributes. Fills "
            + " and ".join(filled)
            + ", unless given.",
            12,
            hanging=4,
        )
    if flow.tokens:
        lines += wrap(
            "tokens: A TokenSet or its JSON text, or any object with its attributes. Fills "
            + " and ".join(entry.name for entry in flow.filled_by_tokens)
            + ", unless given.",
            12,
            hanging=4,
        )
    lines += wrap("timeout: Seconds for the whole flow. Default: the app's timeout_ms.", 12, hanging=4)
    lines += [
        "",
        *wrap(
            "Raises HeadlessIdError or one of its subclasses. Ctrl-C cancels the flow. May be called from any thread.",
            8,
        ),
    ]
    for setting in flow.org_settings:
        text = f"Requires in the org: {setting.setup}"
        if setting.metadata:
            text += f" ({setting.metadata})"
        lines += ["", *wrap(sentence(text), 8)]
    if flow.source:
        lines += ["", *wrap(f"Source: {sentence(flow.source)}", 8)]
    return lines


def returned_by(call: Call, *, asynchronous: bool) -> str:
    result = call.flow.result.name
    if not call.returns_challenge:
        return result
    return f"AsyncChallenge[{result}]" if asynchronous else f"Challenge[{result}]"


def deprecation(flow: Flow) -> list[str]:
    """The mark of a flow to avoid, which editors and type checkers show (PEP 702)."""
    if flow.status != "discouraged":
        return []
    said = _model.wrap(flow.standing, WIDTH - 11)
    # Each line but the last ends with the blank that the wrapping took.
    parts = [f'        "{line} "' for line in said[:-1]] + [f'        "{said[-1]}"']
    return ["    @deprecated(", *parts, "    )"]


def flow_method(call: Call, *, asynchronous: bool) -> list[str]:
    flow, parameters = call.flow, call.parameters
    start = "    async def" if asynchronous else "    def"
    returned = returned_by(call, asynchronous=asynchronous)
    names = [entry.name for entry in parameters]
    lines = ["", *deprecation(flow), f"{start} {call.name}(", "        self,"]
    if flow.tokens:
        lines += ["        tokens: TokensLike | Text | None = None,"]
    lines += ["        *,"]
    lines += signature(parameters, 8)
    if flow.guest:
        lines += ["        guest: GuestLike | Text | None = None,"]
    # First: what is given by name counts instead.
    names = [name for name, _ in record_of(flow)] + names
    lines += ["        timeout: float | None = None,", f"    ) -> {returned}:"]
    if asynchronous:
        lines += docstring([f"{sentence(flow.summary)} See Client.{call.name}."], 8)
    else:
        lines += docstring(flow_doc(call), 8)
    lines += given(names, 8)
    runs = ("await " if asynchronous else "") + ("self._challenge" if call.returns_challenge else "self._call")
    lines += [f'        result: {returned} = {runs}("{flow.name}", given, timeout)', "        return result"]
    return lines


def resume_method(flows: Sequence[Flow], *, asynchronous: bool) -> list[str]:
    """resume(), typed by the flow's name."""
    challenge = "AsyncChallenge" if asynchronous else "Challenge"
    by_result: dict[str, list[str]] = {}
    for flow in flows:
        if flow.waits:
            by_result.setdefault(flow.result.name, []).append(flow.name)
    start = ["    def resume(", "        self,", "        ticket: Text,", "        binding: Text | None = None,"]
    lines: list[str] = []
    for result, names in by_result.items():
        lines += ["", "    @overload", *start, "        *,", "        flow: Literal["]
        lines += [f"            {quoted(name)}," for name in names] + ["        ],"]
        lines += [f"    ) -> {challenge}[{result}]: ..."]
    lines += ["", "    @overload", *start, "        *,", "        flow: None = None,", f"    ) -> {challenge}[Any]: ..."]
    lines += ["", *start, "        *,", "        flow: str | None = None,", f"    ) -> {challenge}[Any]:"]
    doc = [
        "The challenge that was sealed as this ticket, by this process or another. Nothing is sent.",
        "",
        "        Args:",
        *wrap("ticket: What seal() returned.", 12, hanging=4),
        *wrap("binding: What seal() was given.", 12, hanging=4),
        *wrap(
            "flow: The name of the flow to continue, which also types the result. A ticket of another flow is rejected "
            '(StateError, reason "other_flow"). Default: the flow that the ticket holds.',
            12,
            hanging=4,
        ),
        "",
        *wrap(
            "Raises ArgumentError (is_ticket_refused) for a ticket that was changed, has expired, or belongs to another "
            'app or key; StateError (reason "other_session") if only the binding is different.',
            8,
        ),
    ]
    if asynchronous:
        doc = ["See Client.resume. Nothing is sent, so nothing is awaited."]
    lines += docstring(doc, 8)
    lines += given(["ticket", "binding", "flow"], 8)
    lines += [f"        challenge: {challenge}[Any] = self._resume(given)", "        return challenge"]
    return lines


def attributes_protocol(name: str, doc: str, attributes: list[str]) -> list[str]:
    lines = ["", f"    class {name}(Protocol):", f'        """{doc}"""']
    for attribute in attributes:
        lines += ["", "        @property", f"        def {attribute}(self) -> str | None: ..."]
    return lines


def flows_module(catalogue: Catalogue) -> str:
    flows = catalogue.flows
    lines = header("The flows of the catalogue as methods, with and without await.", ["from ._hidden import Hidden"])
    names = sorted({flow.result.name for flow in flows})
    attributes = {
        source: sorted({each for flow in flows for name, read in record_of(flow) if name == source for each in read})
        for source in ("guest", "tokens")
    }
    lines += [
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:",
        "    from collections.abc import Mapping, Sequence",
        "    from typing import Any, Literal, Protocol, overload",
        "",
        "    from typing_extensions import deprecated",
        "",
        "    from ._challenge import AsyncChallenge, Challenge",
        f"    from ._results import {', '.join(names)}",
        "    from ._values import Text",
    ]
    lines += attributes_protocol(
        "GuestLike", "What a flow reads from a guest: Guest, Visitor, or the app's own record of one.", attributes["guest"]
    )
    if attributes["tokens"]:
        lines += attributes_protocol(
            "TokensLike", "What a flow reads from a session: TokenSet, or the app's own record of one.", attributes["tokens"]
        )
    lines += [
        "",
        "else:",
        "",
        "    def overload(_):",
        "        return None",
        "",
        "    def deprecated(said):",
        "        def mark(method):",
        "            method.__deprecated__ = said",
        "            return method",
        "",
        "        return mark",
        "",
    ]
    for name, asynchronous in (("SyncFlows", False), ("AsyncFlows", True)):
        how = "as coroutines" if asynchronous else "as methods that return when the flow has ended"
        prefix = "async " if asynchronous else ""
        lines += [
            "",
            "",
            f"class {name}:",
            f'    """The flows, {how}."""',
            "",
            "    __slots__ = ()",
            "",
            f"    {prefix}def _call(self, name: str, given: Hidden, timeout: float | None) -> Any:",
            "        raise NotImplementedError",
            "",
            f"    {prefix}def _challenge(self, name: str, given: Hidden, timeout: float | None) -> Any:",
            "        raise NotImplementedError",
            "",
            "    def _resume(self, given: Hidden) -> Any:",
            "        raise NotImplementedError",
        ]
        for flow in flows:
            for call in flow.calls():
                lines += flow_method(call, asynchronous=asynchronous)
        lines += resume_method(flows, asynchronous=asynchronous)
    return "\n".join(lines) + "\n"


# ---- results ----


def ordered_fields(result: Result) -> list[Field]:
    """In the order of the constructor: those that are always there first, those that are not stored last."""
    return sorted(result.fields, key=lambda field: (not field.always, field.kind == "json"))


def names_tuple(names: Sequence[str]) -> str:
    return "(" + ", ".join(quoted(name) for name in names) + ("," if len(names) == 1 else "") + ")"


def table_of_names(name: str, names: Sequence[str]) -> list[str]:
    """A class attribute that holds a tuple, on several lines if one is too short."""
    line = f"    {name} = {names_tuple(names)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"    {name} = (", *[f"        {quoted(each)}," for each in names], "    )"]


def absent(field: Field) -> str:
    """The value of a field that the server did not send."""
    return "()" if field.kind == "list" else "None"


def result_class(result: Result, foreign: list[str]) -> list[str]:
    fields = ordered_fields(result)
    lines = ["", "", f"class {result.name}(ResultBase):"]
    doc = [
        sentence(result.doc),
        "",
        *wrap(
            "A field that the server did not send is None, or an empty tuple where it is a list. The secret fields are "
            "hidden wherever the object is shown; attribute access, to_json(), copy and pickle return them.",
            4,
        ),
    ]
    lines += docstring(doc if fields else doc[:1], 4)
    lines += ["", *table_of_names("__slots__", [field.name for field in fields])]
    if fields:
        lines += ["    _fields = __slots__"]
    tables = [
        ("_secrets", [field.name for field in fields if field.secret]),
        ("_uncompared", [field.name for field in fields if field.kind == "json"]),
        ("_always", [field.name for field in fields if field.always]),
        ("_integers", [field.name for field in fields if field.kind == "integer"]),
        ("_flags", [field.name for field in fields if field.kind == "flag"]),
        ("_lists", [field.name for field in fields if field.kind == "list"]),
        ("_foreign", foreign),
    ]
    for name, names in tables:
        lines += table_of_names(name, names) if names else []
    choices = [field for field in fields if field.choices]
    if choices:
        lines += ["    _choices = {"]
        lines += [f"        {quoted(field.name)}: {names_tuple(field.choices)}," for field in choices]
        lines += ["    }"]
    for field in fields:
        optional = "" if field.always or field.kind == "list" else " | None"
        lines += ["", f"    {field.name}: {field.type(OUTPUT)}{optional}"]
        lines += docstring(wrap(sentence(field.doc), 4), 4)
    if fields:
        lines += ["", "    def __init__(", "        self,"]
        for field in fields:
            kind = "Sequence[str]" if field.kind == "list" else field.type(OUTPUT)
            optional = "" if field.always else f" = {absent(field)}" if field.kind == "list" else " | None = None"
            lines += [f"        {field.name}: {kind}{optional},"]
        lines += ["    ) -> None:", "        self._fill("]
        lines += [
            f"            words({field.name})," if field.kind == "list" else f"            {field.name}," for field in fields
        ]
        lines += ["        )"]
    for field in fields:
        if field.kind == "json":
            lines += [
                "",
                f"    def {field.name}_json(self) -> Any:",
                f'        """{field.name}, parsed."""',
                f"        return self._parsed({quoted(field.name)})",
            ]
    if result.is_visit:
        lines += [
            "",
            "    @property",
            "    def visitor(self) -> Visitor:",
            '        """What an app stores of it: for a cookie or a session, and for `guest=` the next time."""',
            "        return Visitor(self.uvid, self.access_token, self.renew_at_ms)",
        ]
    return lines


def results_module(catalogue: Catalogue) -> str:
    imports = ["from ._result import ResultBase"]
    if any(result.is_visit for result in catalogue.results):
        imports += ["from ._visitor import Visitor"]
    has_lists = any(field.kind == "list" for result in catalogue.results for field in result.fields)
    if has_lists:
        imports.insert(1, "from ._values import words")
    lines = header("The results of the flows: immutable, compared by their fields, with hidden secrets.", imports)
    typed = ["Any"] if any(f.kind == "json" for r in catalogue.results for f in r.fields) else []
    typed += ["Literal"] if any(f.choices for r in catalogue.results for f in r.fields) else []
    if typed:
        lines += ["TYPE_CHECKING = False", "if TYPE_CHECKING:"]
        lines += ["    from collections.abc import Sequence"] if has_lists else []
        lines += [f"    from typing import {', '.join(typed)}"]
    lines += ["", "__all__ = ["]
    lines += [f'    "{result.name}",' for result in catalogue.results]
    lines += ["]"]
    for result in catalogue.results:
        lines += result_class(result, catalogue.foreign_to(result))
    lines += ["", "BY_NAME: dict[str, type[ResultBase]] = {"]
    lines += [f'    "{result.name}": {result.name},' for result in catalogue.results]
    lines += ["}"]
    return "\n".join(lines) + "\n"


# ---- errors ----


def predicates_module(catalogue: Catalogue) -> str:
    lines = header("What a program may ask of an error.", [])[:-1]
    lines += [
        "",
        "class Predicates:",
        '    """Properties of HeadlessIdError, from its reason, its advice and its status."""',
        "",
        "    reason: str | None",
        "    advice: str",
        "    http_status: int",
    ]
    for each in catalogue.predicates:
        conditions = []
        if len(each.reasons) == 1:
            conditions.append(f"self.reason == {quoted(each.reasons[0])}")
        elif each.reasons:
            conditions.append(f"self.reason in {names_tuple(each.reasons)}")
        if each.advice:
            conditions.append(f"self.advice == {quoted(each.advice)}")
        if each.http_status_from:
            conditions.append(f"self.http_status >= {each.http_status_from}")
        lines += ["", "    @property", f"    def {each.name}(self) -> bool:"]
        lines += docstring(wrap(each.doc_in(str), 8), 8)
        lines += [f"        return {' or '.join(conditions)}"]
    return "\n".join(lines) + "\n"
