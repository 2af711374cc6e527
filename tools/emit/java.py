"""Java: the settings of a builder, a request and its methods for each flow, a person's answers, a class for each result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import _model
from _model import MARK, Call, Catalogue, Flow, Item, Result, Types, Value, pascal, wrap

FOLDER = "bindings/java/src/generated/java/io/headlessid"
OWNS = (f"{FOLDER}/*.java",)

# Words that the language keeps; a name of the catalogue that is one gets an underscore at its end.
RESERVED = frozenset(
    "abstract assert boolean break byte case catch char class const continue default do double else enum extends final "
    "finally float for goto if implements import instanceof int interface long native new package private protected public "
    "return short static strictfp super switch synchronized this throw throws transient try void volatile while true false "
    "null".split()
)
# The first form in which a builder takes a value; setter() has the others.
INPUT = Types(dict.fromkeys(("text", "url", "json", "list"), "@Nullable String") | {"integer": "long", "flag": "boolean"})
OUTPUT = Types(dict.fromkeys(("text", "url", "json"), "String") | {"list": "List<String>", "integer": "Long", "flag": "Boolean"})
# What reads a field of this type out of a result; "get" where it is not here.
READERS = {"List<String>": "getList", "Long": "getLong", "Boolean": "getBoolean"}


def camel(name: str) -> str:
    text = _model.camel(name)
    return text + "_" if text in RESERVED else text


def escaped(text: str) -> str:
    """Plain text as Javadoc reads it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;").replace("*/", "*&#47;")
    return " ".join(text.split())


def javadoc(paragraphs: list[str], indent: str, tags: list[str] | None = None) -> list[str]:
    width = 116 - len(indent)
    lines: list[str] = []
    for number, paragraph in enumerate(p for p in paragraphs if p):
        if number:
            lines.append("")
            paragraph = "<p>" + paragraph
        lines += wrap(paragraph, width)
    if tags:
        lines.append("")
        for tag in tags:
            lines += wrap(tag, width)
    if len(lines) == 1 and len(lines[0]) + len(indent) <= 110:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**"] + [f"{indent} * {line}".rstrip() for line in lines] + [f"{indent} */"]


def value_doc(value: Value) -> list[str]:
    facts = []
    if value.required:
        facts.append("Required.")
    if value.secret:
        facts.append("Secret: clear the array afterwards.")
    if value.choices:
        facts.append("One of " + ", ".join(f'"{choice}"' for choice in value.choices) + ".")
    if value.kind == "json":
        facts.append("JSON text.")
    if value.max_bytes:
        facts.append(f"At most {value.max_bytes:,} bytes.")
    if value.kind == "integer" and value.max:
        facts.append(f"From {value.min:,} to {value.max:,}.")
    if value.excludes:
        facts.append("Cannot be combined with " + ", ".join(camel(name) for name in value.excludes) + ".")
    if value.client_only:
        facts.append("For the library's own HTTP client only.")
    if value.default:
        facts.append(f"Default: {value.default.rstrip('.')}.")
    return [escaped(value.doc), escaped(" ".join(facts))]


# The other forms of a value, by the type or by how it is put.
SOURCES = {
    "char": "characters",
    "byte": "UTF-8 bytes",
    "putList": "single words",
    "putJson": "a map, written as JSON at once: texts, numbers, booleans, lists, maps and nulls",
    "putChoice": "a constant",
    "putKeys": "keys by their ids, in order; clear the arrays afterwards",
}


def setter(value: Value, returns: str) -> list[str]:
    """The builder's methods for one value, as the value's kind asks for."""
    name, method, kind = value.name, camel(value.name), value.kind
    if kind in ("integer", "flag"):
        types = [(value.type(INPUT), "value", "put")]
    elif value.secret:
        types = [
            ("@Nullable CharSequence", "value", "put"),
            ("char @NotNull []", "value", "put"),
            ("byte @NotNull []", "value", "put"),
        ]
        if kind == "list":
            types += [("@NotNull Map<String, byte[]>", "keys", "putKeys")]
    elif kind == "list":
        types = [(value.type(INPUT), "value", "put"), ("@NotNull Collection<String>", "words", "putList")]
    else:
        types = [(value.type(INPUT), "value", "put")]
    if kind == "json":
        types += [("@NotNull Map<String, ?>", "object", "putJson")]
    if value.choices:
        types += [(f"@NotNull {pascal(name)}", "choice", "putChoice")]
    lines = []
    for number, (java_type, argument, put) in enumerate(types):
        doc = value_doc(value) if number == 0 else [f"The same from {SOURCES[put if put != 'put' else java_type.split()[0]]}."]
        lines += javadoc(doc, "    @")
        given = f"{argument}.getText()" if put == "putChoice" else argument
        lines += [
            f"    @public @NotNull {returns} {method}({java_type} {argument}) {{",
            f'    @    values.{"put" if put == "putChoice" else put}("{name}", {given});',
            "    @    return self();",
            "    @}",
            "",
        ]
    return lines


def indented(lines: list[str], indent: str) -> list[str]:
    return [line.replace("    @", indent, 1) for line in lines]


def head(imports: list[str]) -> list[str]:
    lines = [f"// {MARK}.", "package io.headlessid;", ""]
    if imports:
        lines += [f"import {name};" for name in sorted(imports)] + [""]
    return lines


def annotations(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    names = [f"org.jetbrains.annotations.{name}" for name in ("NotNull", "Nullable") if f"@{name}" in text]
    names += ["java.util.Collection"] if "Collection<" in text else []
    names += ["java.util.List"] if " List<" in text else []
    names += ["java.util.Map"] if " Map<" in text else []
    names += ["java.nio.file.Path"] if " Path " in text else []
    return names


def settings_class(catalogue: Catalogue) -> str:
    body = javadoc(
        [
            "Every setting of an app, by the names of the catalogue.",
            "The library's default applies to a setting that is not given; null removes one again. {@code build()} checks the "
            "settings, and its error names the one that is wrong.",
        ],
        "",
        ["@param <B> the builder's own class"],
    )
    body += [
        "public abstract class AppSettings<B extends AppSettings<B>> {",
        "    private static final String[] NAMES = {",
        *[f'        "{value.name}",' for value in catalogue.settings],
        "    };",
        "",
        "    final Values values = new Values();",
        "",
        "    AppSettings() {}",
        "",
        "    abstract B self();",
        "",
    ]
    body += javadoc(
        [
            "Reads every setting from the environment, as the command does: {@code HEADLESSID_SITE}, {@code HEADLESSID_CLIENT_ID} and "
            "so on; an empty variable counts as absent. They override the profile that {@code HEADLESSID_PROFILE} names."
        ],
        "    ",
        ["@throws HeadlessIdException ARGUMENT for a profile that cannot be read"],
    )
    body += [
        "    public final @NotNull B fromEnvironment() {",
        "        SettingsSource.environment(values, NAMES);",
        "        return self();",
        "    }",
        "",
    ]
    body += javadoc(
        ["Reads settings from a profile: a JSON object as for {@code --profile} of the command."],
        "    ",
        [
            "@param file UTF-8 text, at most 2 MiB",
            "@throws HeadlessIdException ARGUMENT for a file that cannot be read or a member that is not a setting",
        ],
    )
    body += [
        "    public final @NotNull B fromProfile(@NotNull Path file) {",
        "        SettingsSource.profile(values, file);",
        "        return self();",
        "    }",
        "",
    ]
    for value in catalogue.settings:
        body += indented(setter(value, "B"), "    ")
    body = body[:-1] + [
        "",
        "    /** The names of the given settings, never their values. */",
        "    @Override",
        "    public final String toString() {",
        '        return "AppSettings" + values;',
        "    }",
        "}",
    ]
    return "\n".join(head(annotations(body)) + body) + "\n"


def choice_constant(word: str) -> str:
    text = "".join(c if c.isalnum() else "_" for c in word).upper()
    return "V" + text if text[0].isdigit() else text


def choice_class(value: Item) -> str:
    name = pascal(value.name)
    body = javadoc([f"The values of {{@code {camel(value.name)}}}.", escaped(value.doc)], "")
    body += [f"public enum {name} {{"]
    words = value.choices
    for number, word in enumerate(words):
        body += [f'    /** "{word}". */', f'    {choice_constant(word)}("{word}"){"," if number + 1 < len(words) else ";"}']
    body += [
        "",
        "    private final String text;",
        "",
        f"    {name}(String text) {{",
        "        this.text = text;",
        "    }",
        "",
        "    /** The value as the catalogue spells it. */",
        "    public @NotNull String getText() {",
        "        return text;",
        "    }",
        "",
        "    @Override",
        "    public String toString() {",
        "        return text;",
        "    }",
        "}",
    ]
    return "\n".join(head(annotations(body)) + body) + "\n"


def names_class(catalogue: Catalogue) -> str:
    """The names that errors mention, in this language's spelling."""
    body = [
        "/** The names of settings and parameters whose spelling in Java differs from the catalogue's. */",
        "final class CatalogueNames {",
        "    private static final Map<String, String> JAVA = new HashMap<>();",
        "",
        "    static {",
        *[f'        JAVA.put("{name}", "{camel(name)}");' for name in catalogue.names if camel(name) != name],
        "    }",
        "",
        "    private CatalogueNames() {}",
        "",
        "    /** The name as Java spells it; any other word unchanged. */",
        "    static String inJava(String name) {",
        "        return JAVA.getOrDefault(name, name);",
        "    }",
        "}",
    ]
    return "\n".join(head(["java.util.HashMap", "java.util.Map"]) + body) + "\n"


def request_name(flow: Flow) -> str:
    return pascal(flow.name) + "Request"


def constant(flow: Flow) -> str:
    return flow.name.upper()


def request_class(flow: Flow) -> str:
    name, result = request_name(flow), flow.result.name
    source = [f"Source: {escaped(flow.source)}"] if flow.source else []
    org = []
    if flow.org_settings:
        org = [
            "Required org settings: " + "; ".join(escaped(s.setup) + f" ({escaped(s.metadata)})" for s in flow.org_settings) + "."
        ]
    body = javadoc([escaped(flow.summary), escaped(flow.description), escaped(flow.standing)] + org + source, "")
    body += [
        f"public final class {name} extends FlowRequest<{result}> {{",
        f"    private {name}(Builder builder) {{",
        f"        super(FlowKinds.{constant(flow)}, builder);",
        "    }",
        "",
        "    /** Starts without parameters. */",
        "    public static @NotNull Builder builder() {",
        "        return new Builder();",
        "    }",
        "",
        "    /** Names the parameters; the others stay absent. Not for use by several threads at once. */",
        "    public static final class Builder extends FlowRequest.Builder<Builder> {",
    ]
    body += ["        private Builder() {}", ""]
    for value in flow.parameters:
        body += indented(setter(value, "Builder"), "        ")
    if flow.guest:
        filled = ", ".join(camel(p.name) for p in flow.filled_by_guest)
        body += javadoc([f"The visitor to carry over. Fills {filled}, unless given by name."], "        ")
        body += [
            "        public @NotNull Builder guest(@Nullable GuestIdentity visitor) {",
            f'            values.putGuest("{flow.guest.name}", visitor);',
            "            return this;",
            "        }",
            "",
        ]
    if flow.tokens:
        body += javadoc(["The session's tokens."], "        ")
        body += [
            "        public @NotNull Builder tokens(@NotNull TokenSet tokens) {",
            f'            values.putFirst("{flow.tokens.name}", tokens.toJson());',
            "            return this;",
            "        }",
            "",
        ]
    body += [
        "        /** Builds the request; this builder can build another afterwards. */",
        f"        public @NotNull {name} build() {{",
        f"            return new {name}(this);",
        "        }",
        "",
    ]
    body += ["        @Override", "        Builder self() {", "            return this;", "        }", "    }", "}"]
    return "\n".join(head(annotations(body)) + body) + "\n"


def answers_class(catalogue: Catalogue) -> str:
    """Values for a flow that waits for a person: what it asks for, and secrets that a ticket may have no room for."""
    values: dict[str, Value] = {}
    for flow in catalogue.flows:
        for value in [*flow.asks, *(p for p in flow.parameters if flow.asks and p.secret and not p.from_guest)]:
            first = values.setdefault(value.name, value)
            if first.doc != value.doc:
                # Flows say different things of it.
                values[value.name] = replace(first, doc="See the flow's own request.", max_bytes=0)
    body = javadoc(
        [
            "Named values for a {@link Challenge}: answers to what the flow asks, and parameters that count once (a reCAPTCHA token) or "
            "that a ticket had no room for. Each flow rejects names that are not its own.",
        ],
        "",
    )
    body += [
        "public final class Answers {",
        "    final Values values = new Values();",
        "",
        "    private Answers() {}",
        "",
        "    static Answers of(Consumer<Answers> named) {",
        "        Answers answers = new Answers();",
        "        named.accept(answers);",
        "        return answers;",
        "    }",
        "",
        "    static Answers of(Map<String, ?> named) {",
        "        Answers answers = new Answers();",
        "        answers.values.putAnswers(named);",
        "        return answers;",
        "    }",
        "",
        "    private Answers self() {",
        "        return this;",
        "    }",
        "",
    ]
    for value in values.values():
        # Required, excluded, by default: that is for the beginning of a flow.
        body += indented(setter(replace(value, required=False, excludes=(), default=""), "Answers"), "    ")
    body += [
        "    /** The names of the values, never the values themselves. */",
        "    @Override",
        "    public String toString() {",
        '        return "Answers" + values;',
        "    }",
        "}",
    ]
    return "\n".join(head(annotations(body) + ["java.util.function.Consumer"]) + body) + "\n"


def kinds_class(catalogue: Catalogue) -> str:
    body = [
        "/** The flows of the catalogue, each with its result and the values that it may ask a person for. */",
        "public final class FlowKinds {",
    ]
    for flow in catalogue.flows:
        asks = "".join(f', "{ask.name}"' for ask in flow.asks)
        result = flow.result.name
        body += javadoc([escaped(flow.summary)], "    ")
        body += [
            f"    public static final @NotNull FlowKind<{result}> {constant(flow)} =",
            f'            new FlowKind<>("{flow.name}", {result}.class, {result}::new{asks});',
        ]
    body += [
        "",
        "    private static final FlowKind<?>[] ALL = {",
        *[f"        {constant(flow)}," for flow in catalogue.flows],
        "    };",
        "",
        "    private FlowKinds() {}",
        "",
        "    static FlowKind<?>[] all() {",
        "        return ALL;",
        "    }",
        "",
        "    static FlowKind<?> of(String name) {",
        "        for (FlowKind<?> kind : ALL) {",
        "            if (kind.getName().equals(name)) {",
        "                return kind;",
        "            }",
        "        }",
        '        throw HeadlessIdException.state("unknown_flow", "this version does not know the flow " + name);',
        "    }",
        "}",
    ]
    return "\n".join(head(annotations(body)) + body) + "\n"


def brought(returns: str, suffix: str) -> str:
    what = "the challenge" if returns.startswith("Challenge") else "the flow's result"
    return f"a future with {what}; it also reports every error" if suffix else what


def needs(flow: Flow) -> list[str]:
    """What the reader of a method must know: its parameters and the org's settings."""
    parameters = [f"{{@code {camel(p.name)}}}" + (" (required)" if p.required else "") for p in flow.parameters]
    said = [f"Parameters, on {{@link {request_name(flow)}.Builder}}: {', '.join(parameters)}."] if parameters else []
    org = [escaped(setting.setup) for setting in flow.org_settings]
    return said + (["Required in the org: " + "; ".join(org) + "."] if org else [])


def method_group(call: Call) -> list[str]:
    """One way to call a flow: waiting and not, from a request and from what is named on its builder."""
    flow, method = call.flow, camel(call.name)
    if call.returns_challenge:
        runs, returns = "start", f"Challenge<{flow.result.name}>"
        what = next((ask.name for ask in flow.asks), "").replace("_", " ").replace("otp", "OTP")
        verb = f"is asked for the {what}" if not flow.shows else "is sent to a page" if flow.asks else "is to see the code"
        notes = [f"Returns the challenge when the person {verb}."]
    else:
        runs, returns = "call", flow.result.name
        notes = [f"For a caller that already has the {ask.name.replace('_', ' ')}." for ask in flow.asked_parameters[:1]]
    request = request_name(flow)
    lines: list[str] = []
    discouraged = flow.status == "discouraged"
    mark = ["    @Deprecated"] if discouraged else []
    deprecated = ["@deprecated " + escaped(flow.standing)] if discouraged else []
    if not discouraged and flow.standing:
        notes.append(flow.standing)
    waits = ["@throws HeadlessIdException a wrong parameter, or the flow's error; see its predicates"]
    comes = ["@throws IllegalStateException after {@link Client#close}"]
    for suffix, wrap_in in (("", "@NotNull {}"), ("Async", "@NotNull CompletableFuture<{}>")):
        name = method.rstrip("_") + suffix if suffix else method
        said = [escaped(" ".join([flow.summary] + notes + (["Returns at once."] if suffix else [])))]
        java_type = wrap_in.format(returns)
        thrown = comes if suffix else waits + comes
        lines += javadoc(
            said + needs(flow),
            "    ",
            ["@param request from its builder", f"@return {brought(returns, suffix)}"] + thrown + deprecated,
        ) + [
            *mark,
            f"    public {java_type} {name}(@NotNull {request} request) {{",
            f"        return {runs}{suffix}(request);",
            "    }",
            "",
        ]
        tags = (
            [
                "@param parameters names the parameters on the builder that it receives",
                f"@return {brought(returns, suffix)}",
            ]
            + thrown
            + deprecated
        )
        lines += javadoc(said + needs(flow), "    ", tags) + [
            *mark,
            f"    public {java_type} {name}(@NotNull Consumer<{request}.Builder> parameters) {{",
            f"        {request}.Builder builder = {request}.builder();",
            "        parameters.accept(builder);",
            f"        return {runs}{suffix}(builder.build());",
            "    }",
            "",
        ]
        if flow.accepts_tokens:
            tags = ["@param tokens of the session", f"@return {brought(returns, suffix)}"] + thrown + deprecated
            lines += javadoc(said, "    ", tags) + [
                *mark,
                f"    public {java_type} {name}(@NotNull TokenSet tokens) {{",
                f"        return {runs}{suffix}({request}.builder().tokens(tokens).build());",
                "    }",
                "",
            ]
        # A flow that asks a person must at least know which one.
        if not flow.asks and not flow.accepts_tokens and not any(p.required for p in flow.parameters):
            lines += javadoc(said, "    ", [f"@return {brought(returns, suffix)}"] + thrown + deprecated) + [
                *mark,
                f"    public {java_type} {name}() {{",
                f"        return {runs}{suffix}({request}.builder().build());",
                "    }",
                "",
            ]
    return lines


def methods_class(catalogue: Catalogue) -> str:
    body = javadoc(
        ["The flows as methods, in a waiting and an asynchronous form. See {@link Client} for what they throw and promise."], ""
    )
    body += [
        "public abstract class FlowMethods {",
        "    FlowMethods() {}",
        "",
        "    /** Runs a request from start to end and waits. */",
        "    public abstract <R> @NotNull R call(@NotNull FlowRequest<R> request);",
        "",
        "    /** Starts a request and returns at once. */",
        "    public abstract <R> @NotNull CompletableFuture<R> callAsync(@NotNull FlowRequest<R> request);",
        "",
        "    /** Runs a request until its flow waits for a person, and waits until then. */",
        "    public abstract <R> @NotNull Challenge<R> start(@NotNull FlowRequest<R> request);",
        "",
        "    /** The same without waiting. */",
        "    public abstract <R> @NotNull CompletableFuture<Challenge<R>> startAsync(@NotNull FlowRequest<R> request);",
        "",
    ]
    for flow in catalogue.flows:
        for call in flow.calls():
            body += method_group(call)
    body = body[:-1] + ["}"]
    imports = annotations(body) + ["java.util.concurrent.CompletableFuture", "java.util.function.Consumer"]
    return "\n".join(head(imports) + body) + "\n"


# Left out by toJson: the server's complete response, a second copy of every token.
NOT_STORED = ("raw",)
STORED_AS = {"integer": "integer", "flag": "flag"}


def result_shape(result: Result, foreign: Sequence[str]) -> list[str]:
    """Which members the JSON of a result has, as ResultShape reads and writes them, and which only another one has."""
    lines = []
    for field in result.fields:
        if field.name not in NOT_STORED:
            call = STORED_AS.get(field.kind, "text")
            words = "".join(f', "{word}"' for word in field.choices)
            lines.append(f'            .{call}("{field.name}", {"true" if field.always else "false"}{words})')
    if foreign:
        lines.append("            .without(" + ", ".join(f'"{name}"' for name in foreign) + ")")
    return lines


def result_class(result: Result, foreign: Sequence[str]) -> str:
    name, fields = result.name, result.fields
    is_guest = result.is_visit
    hidden = any(field.secret for field in fields)
    about = ["Immutable. A field is null if the server sent none."] if fields else ["Immutable."]
    if hidden:
        about.append(
            "JSON mappers (Jackson, Gson, Moshi) never see a secret field. {@link #toJson} includes them, to store the result; "
            "{@link #fromJson} restores it."
        )
    body = javadoc([escaped(result.doc)] + about, "")
    body += [f"public final class {name}{' implements GuestIdentity' if is_guest else ''} {{"]
    shape = result_shape(result, foreign)
    body += [f'    private static final ResultShape SHAPE = new ResultShape("{name}")' + ("" if shape else ";")]
    if shape:
        body += shape[:-1] + [shape[-1] + ";"]
    body += ["", "    private final transient FlowResult result;", ""]
    body += [f"    {name}(FlowResult result) {{", "        this.result = result;", "    }", ""]
    body += javadoc(
        [
            "Restores the text of {@link #toJson}, written here or in another language. Ignores members that this version does not know.",
        ],
        "    ",
        [
            "@param json an object of the catalogue's field names",
            "@throws HeadlessIdException ARGUMENT with the member that is missing or has the wrong type",
        ],
    )
    body += [
        f"    public static @NotNull {name} fromJson(@NotNull CharSequence json) {{",
        f"        return new {name}(SHAPE.read(json));",
        "    }",
        "",
    ]
    body += javadoc(
        [
            "The result as JSON text with the catalogue's field names, to store it: the only call that includes the secrets. "
            "Leaves out absent fields" + (" and {@link #getRaw}." if result.has("raw") else "."),
        ],
        "    ",
    )
    body += ["    public @NotNull String toJson() {", "        return SHAPE.write(result);", "    }", ""]
    for field in fields:
        kind = field.kind
        java_type = field.type(OUTPUT)
        facts = ["JSON text."] if kind == "json" else []
        facts += ["Secret."] if field.secret else []
        if field.choices:
            facts.append(f"The text of one of {{@link {pascal(field.name)}}}.")
        text = escaped(field.doc) + "".join(" " + fact for fact in facts)
        always = field.always
        body += javadoc([text], "    ", [f"@return {'never null' if always else 'null if the server sent none'}"])
        if field.secret:
            body += ["    @JsonIgnore"]
        if is_guest and field.name in ("uvid", "access_token"):
            body += ["    @Override"]
        reading = f'result.{READERS.get(java_type, "get")}("{field.name}")'
        body += [
            f"    public {'@NotNull' if always else '@Nullable'} {java_type} get{pascal(field.name)}() {{",
            f"        return {reading};",
            "    }",
            "",
        ]
    if result.visitor:
        body += [
            "    /** The part that an app stores, to continue the visit later. Secret. */",
            "    @JsonIgnore",
            "    public @NotNull Visitor getVisitor() {",
            f'        String json = result.get("{result.visitor.name}");',
            "        // A stored result has the same without that text.",
            "        return json == null ? new Visitor(getUvid(), getAccessToken(), getRenewAtMs()) : Visitor.fromJson(json);",
            "    }",
            "",
        ]
    body += [
        "    /** Public values, and dots for secrets. */",
        "    @Override",
        "    public String toString() {",
        f'        return new ToString("{name}")',
    ]
    for field in fields:
        add = "addSecret" if field.secret else "add"
        body += [f'                .{add}("{camel(field.name)}", result.get("{field.name}"))']
    body += ["                .end();", "    }", "}"]
    imports = annotations(body) + (["com.fasterxml.jackson.annotation.JsonIgnore"] if hidden else [])
    return "\n".join(head(imports) + body) + "\n"


# The getters of an error that the catalogue's name does not give.
ERROR_GETTERS = {"retry_after_ms": "getRetryAfterMillis"}


def getter(name: str) -> str:
    return f"{{@code {ERROR_GETTERS.get(name) or 'get' + pascal(name)}()}}"


def predicates_class(catalogue: Catalogue) -> str:
    body = [
        "/** The questions that a program asks of an error. */",
        "public abstract class ErrorPredicates extends RuntimeException {",
        "    private static final long serialVersionUID = 1L;",
        "",
        "    ErrorPredicates(String message) {",
        "        super(message);",
        "    }",
        "",
        "    public abstract @NotNull String getReason();",
        "",
        "    public abstract @NotNull Advice getAdvice();",
        "",
        "    public abstract int getHttpStatus();",
    ]
    for each in catalogue.predicates:
        conditions = [f'"{reason}".equals(getReason())' for reason in each.reasons]
        conditions += [f"getAdvice() == Advice.{each.advice}"] if each.advice else []
        conditions += [f"getHttpStatus() >= {each.http_status_from}"] if each.http_status_from else []
        body += ["", *javadoc([each.doc_in(getter)], "    ")]
        body += [f"    public boolean {camel(each.name)}() {{"]
        if sum(map(len, conditions)) > 100:
            body += [f"        return {conditions[0]}", *(f"                || {one}" for one in conditions[1:])]
            body[-1] += ";"
        else:
            body += [f"        return {' || '.join(conditions)};"]
        body += ["    }"]
    body += ["}"]
    return "\n".join(head(annotations(body)) + body) + "\n"


def emit(catalogue: Catalogue) -> dict[str, str]:
    files = {
        f"{FOLDER}/AppSettings.java": settings_class(catalogue),
        f"{FOLDER}/FlowMethods.java": methods_class(catalogue),
        f"{FOLDER}/FlowKinds.java": kinds_class(catalogue),
        f"{FOLDER}/Answers.java": answers_class(catalogue),
    }
    files[f"{FOLDER}/ErrorPredicates.java"] = predicates_class(catalogue)
    files[f"{FOLDER}/CatalogueNames.java"] = names_class(catalogue)
    for value in catalogue.choices:
        files[f"{FOLDER}/{pascal(value.name)}.java"] = choice_class(value)
    for flow in catalogue.flows:
        files[f"{FOLDER}/{request_name(flow)}.java"] = request_class(flow)
    for result in catalogue.results:
        files[f"{FOLDER}/{result.name}.java"] = result_class(result, catalogue.foreign_to(result))
    return files
