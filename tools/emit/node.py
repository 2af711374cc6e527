"""The Node binding's typed half: bindings/node/src/generated/, tables at the bottom and methods on top."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from _model import MARK, Call, Catalogue, Flow, Item, Result, Types, Value, camel, first_of_each, pascal, sentence, wrap


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def flag(value: bool) -> str:
    return "true" if value else "false"


def union(words: Sequence[str]) -> str:
    return " | ".join(map(quoted, words))


# What a value may be given as. All of it crosses to the library as text; src/values.ts does that.
# A secret may come as bytes, so that the caller can wipe it; texts alone cannot be wiped. A secret list is one of keys,
# which are bytes by nature.
INPUT = Types(
    {
        "text": "string",
        "url": "string",
        "list": "string | readonly string[]",
        "integer": "number",
        "flag": "boolean",
        "json": "string | JsonObject",
    },
    union,
    {
        "text": "string | Uint8Array",
        "url": "string | Uint8Array",
        "list": "string | readonly string[] | ReadonlyMap<string, Uint8Array | string> | Uint8Array",
        "json": "string | JsonObject | Uint8Array",
    },
)
# What a field of a result is read as.
OUTPUT = Types(
    {"text": "string", "url": "string", "list": "readonly string[]", "integer": "number", "flag": "boolean", "json": "unknown"},
    union,
)

# A whole name of the catalogue's kind. Names of its settings and parameters, as this package spells them: set by emit().
WORD = re.compile(r"(?<![\w.$/-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!\w)")
NAMES: dict[str, str] = {}


def spelled(text: str) -> str:
    """The catalogue's text with the names of settings and parameters as this package spells them; a scope keeps its own."""

    def word(match: re.Match[str]) -> str:
        name = match.group()
        is_scope = name == "refresh_token" and re.search(r"\bscopes?\b[^.;]*$", text[: match.start()], re.IGNORECASE)
        return name if is_scope else NAMES.get(name, name)

    return WORD.sub(word, text)


def doc(lines: list[str], indent: str = "") -> str:
    """A doc comment. Markdown needs nothing escaped but the end of the comment."""
    wrapped: list[str] = []
    for line in lines:
        wrapped += wrap(line.replace("*/", "*\u200b/"), 112 - len(indent)) or [""]
    if len(wrapped) == 1:
        return f"{indent}/** {wrapped[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in wrapped) + f"{indent} */\n"


def remarks(item: Item) -> list[str]:
    said: list[str] = []
    if not isinstance(item, Value):
        return ["Secret."] if item.secret else said
    if item.default:
        said.append(f"Default: {spelled(item.default)}.")
    if item.max_bytes:
        said.append(f"At most {item.max_bytes:,} bytes.")
    if item.max:
        said.append(f"{item.min:,} to {item.max:,}.")
    if item.secret:
        said.append("Secret.")
    if item.client_only:
        said.append("Only for the library's own client; has no effect with a transport of yours.")
    if item.excludes:
        said.append("Cannot be combined with " + ", ".join(f"`{camel(name)}`" for name in item.excludes) + ".")
    if item.from_guest:
        said.append(f"Filled from `guest` (its `{camel(item.from_guest)}`) unless given.")
    return said


def described(item: Item, indent: str) -> str:
    text = sentence(spelled(item.doc))
    extra = [remark for remark in remarks(item) if remark.rstrip(".").lower() not in text.lower()]
    lines = [text] if text else []
    if extra:
        lines.append(" ".join(extra))
    return doc(lines or [item.name], indent)


def members(items: Sequence[Value]) -> str:
    out = ""
    for item in items:
        # With `guest` given, a parameter that it fills need not be; the library says what is missing.
        required = item.required and not item.from_guest
        out += described(item, "  ")
        out += (
            f"  readonly {camel(item.name)}{'' if required else '?'}: {item.type(INPUT)}{'' if required else ' | undefined'};\n"
        )
    return out


def value_table(items: Sequence[Value], indent: str) -> str:
    out = ""
    for item in items:
        out += f"{indent}{camel(item.name)}: {{ name: {quoted(item.name)}, kind: {quoted(item.kind)} }},\n"
    return out


def table(items: Sequence[Value]) -> str:
    return f"{{\n{value_table(items, '      ')}    }}" if items else "{}"


def settings_part(catalogue: Catalogue) -> str:
    out = doc(
        [
            "The settings of an app at a site. Only `site` and `clientId` are required by every flow; the library has a default for the others, or a flow names the one that it needs."
        ]
    )
    out += "export interface Settings {\n" + members(catalogue.settings) + "}\n\n"
    out += "/** @internal */\nexport const SETTINGS: ValueTable = {\n" + value_table(catalogue.settings, "  ") + "};\n\n"
    return out


def result_part(result: Result, foreign: Sequence[str]) -> str:
    name = result.name
    others = f", [{', '.join(map(quoted, foreign))}]" if foreign else ""
    out = doc(
        [
            result.doc or f"The fields of a {name}.",
            "Secret fields are left out of `util.inspect`, `JSON.stringify`, `structuredClone` and spreading; `toJson()` and `toObject()` give everything.",
        ]
    )
    out += f"export class {name} extends Result {{\n"
    for field in result.fields:
        kind = field.type(OUTPUT)
        # An absent list is an empty one.
        present = field.always or field.kind in ("json", "list")
        kind = kind if present else f"{kind} | undefined"
        js = camel(field.name)
        out += described(field, "  ")
        if field.secret:
            out += f"  get {js}(): {kind} {{\n    return this.secret({quoted(js)}) as {kind};\n  }}\n"
        else:
            out += f"  declare readonly {js}: {kind};\n"
    if result.visitor:
        out += doc(
            ["The part that an app stores, to continue this visit: accepted wherever a `guest` is, and stored as text."], "  "
        )
        # A stored guest's own text is a visitor's as well.
        out += "  get visitor(): Visitor {\n    return Visitor.fromJson(this.text('visitor') ?? this.toJson());\n  }\n"
    out += (
        f"\n  /** @internal */\n  constructor(values: readonly string[]) {{\n    super({name.upper()}_FIELDS, values);\n  }}\n\n"
    )
    out += doc(
        [
            "Restores the text of `toJson()`, written here or in another language; equal to the stored result but for `raw`, which is absent. "
            "Throws ARGUMENT for anything else, with the member's name in `field`."
        ],
        "  ",
    )
    out += f"  static fromJson(text: string | Uint8Array): {name} {{\n    text = hide(text);\n    return new {name}(fromStored({name.upper()}_FIELDS, text{others}));\n  }}\n}}\n\n"
    out += f"const {name.upper()}_FIELDS: FieldTable = {{\n"
    for field in [*result.fields, *([result.visitor] if result.visitor else [])]:
        choices = f", choices: [{', '.join(map(quoted, field.choices))}]" if field.choices else ""
        out += (
            f"  {field.name}: {{ name: {quoted(camel(field.name))}, kind: {quoted(field.kind)}, "
            f"secret: {flag(field.secret)}, always: {flag(field.always)}{choices} }},\n"
        )
    out += "};\n\n"
    return out


def flow_doc(flow: Flow) -> list[str]:
    lines = [spelled(flow.summary)]
    if flow.description:
        lines += ["", spelled(flow.description)]
    if flow.standing and flow.status != "discouraged":
        lines += ["", spelled(flow.standing)]
    for setting in flow.org_settings:
        lines += ["", f"Needs in the org: {setting.setup} (`{setting.metadata}`)."]
    if flow.source:
        lines += ["", f"Source: {flow.source}"]
    return lines


def deprecated(flow: Flow) -> list[str]:
    """The mark that editors strike a method through for."""
    return ["", f"@deprecated {spelled(flow.standing)}"] if flow.status == "discouraged" else []


def parameters_type(call: Call) -> str:
    name = pascal(call.flow.name) + "Parameters"
    return f"Start{name}" if call.returns_challenge and call.flow.asked_parameters else name


def parameters_part(flow: Flow) -> str:
    first, *rest = flow.calls()
    name = parameters_type(first)
    out = doc([f"The parameters of `{camel(first.name)}`."])
    out += f"export interface {name} {{\n" + members(first.parameters)
    if flow.guest:
        filled = ", ".join(f"`{camel(p.name)}`" for p in flow.filled_by_guest)
        out += doc(
            [
                f"The visitor that goes on as this user: the result of `guest()`, a `Visitor`, an object with its fields, or the text of one. It fills {filled} unless these are given."
            ],
            "  ",
        )
        out += "  readonly guest?: GuestLike | string | Uint8Array | undefined;\n"
    if flow.tokens:
        out += doc(
            [
                "The session's tokens: the result of `login()`, an object with its fields, or the text of one, instead of each by its name."
            ],
            "  ",
        )
        out += "  readonly tokens?: TokensLike | string | Uint8Array | undefined;\n"
    out += "}\n\n"
    for call in rest:
        out += doc([f"The parameters of `{camel(call.name)}`: the same without the values that it asks for."])
        out += f"export type {parameters_type(call)} = Omit<{name}, {union([camel(ask.name) for ask in flow.asked_parameters])}>;\n\n"
    return out


def challenge_part(flows: Sequence[Flow]) -> str:
    """What can be given to a challenge of any flow: the flow itself says what it asks for."""
    waiting = [flow for flow in flows if flow.waits]
    single_use = first_of_each([p for flow in waiting for p in flow.parameters if p.single_use])
    asks = first_of_each([ask for flow in waiting for ask in flow.asks])
    out = doc(["What `challenge.verify` accepts by name: the values that a person is asked for, and a new single-use value."])
    out += (
        "export interface ChallengeValues {\n" + members([replace(item, required=False) for item in asks + single_use]) + "}\n\n"
    )
    # What a ticket has no room for, or never keeps, is secret; of a guest it keeps the UVID.
    again = first_of_each([p for flow in waiting if flow.resends for p in flow.parameters if p.secret and not p.from_guest])
    out += doc(["What `challenge.resend` accepts: a new single-use value, and the values that a ticket has no room for."])
    out += "export interface ResendValues {\n" + members([replace(item, required=False) for item in again]) + "}\n\n"
    return out


def method(call: Call) -> str:
    """One method: it resolves with the result or, where it starts, with a challenge."""
    flow, parameters = call.flow, parameters_type(call)
    if call.returns_challenge:
        asks = ", ".join(f"`{ask.name}`" for ask in flow.asks) or "`verificationUri`, `code`"
        runs, options, brings = "start", "StartOptions", f"Challenge<{flow.result.name}>"
        remark = (
            f"Resolves with a challenge as soon as it waits for a person ({asks}): `verify` continues it, `seal` makes it text."
        )
    else:
        runs, options, brings = "call", "CallOptions", flow.result.name
        remark = f"`{camel(flow.calls()[1].name)}` asks for the values that you do not have yet." if flow.asked_parameters else ""
    if flow.tokens:
        parameters += " | TokensLike"
    return (
        "\n"
        + doc(flow_doc(flow) + (["", remark] if remark else []) + deprecated(flow), "  ")
        + f"  {camel(call.name)}(parameters: {parameters}{' = {}' if call.needs_nothing else ''}, options?: {options}): Promise<{brings}> {{\n"
        f"    parameters = hide(parameters);\n    return this.{runs}({quoted(flow.name)}, parameters, options);\n  }}\n"
    )


def flows_part(catalogue: Catalogue) -> str:
    flows = catalogue.flows
    out = doc(["The flows of this version, by name."])
    out += (
        "export interface FlowParameters {\n"
        + "".join(f"  {quoted(f.name)}: {' | '.join(map(parameters_type, f.calls()))};\n" for f in flows)
        + "}\n\n"
    )
    out += doc(["The result of each flow."])
    out += "export interface FlowResults {\n" + "".join(f"  {quoted(f.name)}: {f.result.name};\n" for f in flows) + "}\n\n"
    out += "export type FlowName = keyof FlowParameters & keyof FlowResults;\n\n"
    out += "/** @internal */\nexport const FLOWS: { readonly [N in FlowName]: FlowDescription<FlowResults[N]> } = {\n"
    for flow in flows:
        parameters = [*flow.parameters, *(each for each in (flow.guest, flow.tokens) if each)]
        out += f"  {quoted(flow.name)}: {{\n    result: {flow.result.name},\n"
        out += f"    parameters: {table(parameters)},\n    asks: {table(flow.asks)},\n  }},\n"
    return out + "};\n"


def methods_part(catalogue: Catalogue) -> str:
    out = doc(["One method for each flow; two where it can ask for values that you do not have yet."])
    out += "export abstract class FlowMethods {\n"
    out += doc(["Runs a flow by its name to its end, with `onAsk`, `onShow` and `onSign` for what it asks on the way."], "  ")
    out += (
        "  abstract call<N extends FlowName>(\n    name: N,\n    parameters: FlowParameters[N],\n"
        "    options?: CallOptions,\n  ): Promise<FlowResults[N]>;\n"
    )
    out += "\n" + doc(["Runs a flow by its name until it waits for a person. The typed methods below call this or `call`."], "  ")
    out += (
        "  abstract start<N extends FlowName>(\n    name: N,\n    parameters: FlowParameters[N],\n"
        "    options?: StartOptions,\n  ): Promise<Challenge<FlowResults[N]>>;\n"
    )
    return out + "".join(method(call) for flow in catalogue.flows for call in flow.calls()) + "}\n"


def names_part() -> str:
    out = doc(["The catalogue's names of settings and parameters, and how this package spells them."])
    out += "export const NAMES: ReadonlyMap<string, string> = new Map([\n"
    return out + "".join(f"  [{quoted(name)}, {quoted(own)}],\n" for name, own in sorted(NAMES.items())) + "]);\n"


def abi_part(catalogue: Catalogue) -> str:
    out = doc(["The ABI that these sources were made for; the loader compares it with the addon's."])
    return out + f"export const ABI_VERSION = {catalogue.abi};\n"


def predicates_part(catalogue: Catalogue) -> str:
    out = doc(["The questions that a program asks of an error."])
    out += "export abstract class Predicates extends Error {\n  abstract readonly reason: string;\n  abstract readonly advice: string;\n"
    out += "  abstract readonly httpStatus: number | undefined;\n"
    for each in catalogue.predicates:
        conditions = []
        if len(each.reasons) == 1:
            conditions.append(f"this.reason === {quoted(each.reasons[0])}")
        elif each.reasons:
            conditions.append(f"[{', '.join(map(quoted, each.reasons))}].includes(this.reason)")
        if each.advice:
            conditions.append(f"this.advice === {quoted(each.advice)}")
        if each.http_status_from:
            conditions.append(f"(this.httpStatus ?? 0) >= {each.http_status_from}")
        out += "\n" + doc([each.doc_in(lambda name: f"`{camel(name)}`")], "  ")
        out += f"  get {camel(each.name)}(): boolean {{\n    return {' || '.join(conditions)};\n  }}\n"
    return out + "}\n"


# Where a name that a generated file may use comes from, as an import within generated/. A class is imported as a value.
SOURCES = {
    "../challenge": ["type Challenge"],
    "../hidden": ["hide"],
    "../options": ["type CallOptions", "type StartOptions"],
    "../result": ["fromStored", "Result"],
    "../tables": [
        "type FieldTable",
        "type FlowDescription",
        "type GuestLike",
        "type JsonObject",
        "type TokensLike",
        "type ValueTable",
    ],
    "../visitor": ["Visitor"],
    "./flows": ["type FlowName", "type FlowParameters", "type FlowResults"],
}


def code_of(text: str) -> str:
    """Without the comments."""
    return re.sub(r"/\*\*.*?\*/", "", text, flags=re.DOTALL)


def imported(text: str, sources: dict[str, list[str]]) -> str:
    """The import lines for the names that this text uses."""
    words = set(re.findall(r"\w+", code_of(text)))
    out = ""
    for place, names in sources.items():
        used = [name for name in names if name.split()[-1] in words]
        if not used:
            continue
        kind = "import"
        if all(name.startswith("type ") for name in used):
            kind, used = "import type", [name.split()[1] for name in used]
        line = f"{kind} {{ {', '.join(used)} }} from {quoted(place)};\n"
        out += line if len(line) <= 141 else f"{kind} {{\n  " + ",\n  ".join(used) + f",\n}} from {quoted(place)};\n"
    return out + "\n" if out else ""


OWNS = ("bindings/node/src/*.ts", "bindings/node/src/generated/*.ts")


def emit(catalogue: Catalogue) -> dict[str, str]:
    NAMES.clear()
    NAMES.update({name: camel(name) for name in catalogue.names if "_" in name})
    results = [result.name for result in catalogue.results]
    parameters = [parameters_type(call) for flow in catalogue.flows for call in flow.calls()]
    files = {
        "abi": (abi_part(catalogue), {}),
        "names": (names_part(), {}),
        "predicates": (predicates_part(catalogue), {}),
        "settings": (settings_part(catalogue), SOURCES),
        "results": ("".join(result_part(result, catalogue.foreign_to(result)) for result in catalogue.results), SOURCES),
        "parameters": (challenge_part(catalogue.flows) + "".join(map(parameters_part, catalogue.flows)), SOURCES),
        "flows": (
            flows_part(catalogue),
            {
                "../tables": SOURCES["../tables"],
                "./parameters": [f"type {name}" for name in dict.fromkeys(parameters)],
                "./results": results,
            },
        ),
        "methods": (
            methods_part(catalogue),
            {
                **SOURCES,
                "./parameters": [f"type {name}" for name in dict.fromkeys(parameters)],
                "./results": [f"type {name}" for name in results],
            },
        ),
    }
    return {
        f"bindings/node/src/generated/{name}.ts": f"// {MARK}.\n{imported(text, sources)}{text}".rstrip("\n") + "\n"
        for name, (text, sources) in files.items()
    }
