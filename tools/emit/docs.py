"""The pages of docs/ that follow from the catalogue: docs/settings.md and docs/flows/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from _model import MARK, Call, Catalogue, Flow, Value, camel, kebab

OWNS = ("docs/flows/*.md", "docs/settings.md")


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def limits(value: Value) -> str:
    if value.choices:
        return "one of " + ", ".join(f"`{choice}`" for choice in value.choices)
    if value.kind == "integer":
        return f"number, {value.min:,} to {value.max:,}"
    if value.kind == "flag":
        return "`true` or `false`"
    return f"{value.kind}, at most {value.max_bytes:,} bytes"


def value_rows(values: Sequence[Value]) -> list[str]:
    rows = ["| name | accepts | default | what it is for |", "|---|---|---|---|"]
    for value in values:
        marks = []
        if value.required:
            marks.append("required")
        if value.secret:
            marks.append("secret")
        if value.client_only:
            marks.append("client only")
        if value.single_use:
            marks.append("single-use")
        takes = limits(value) + (f" ({', '.join(marks)})" if marks else "")
        doc = value.doc
        if value.excludes:
            doc += " Mutually exclusive with " + ", ".join(f"`{other}`" for other in value.excludes) + "."
        if value.from_guest:
            doc += f" Filled from a guest result's `{value.from_guest}` when that is given as `guest`."
        rows.append(f"| `{value.name}` | {cell(takes)} | {cell(value.default)} | {cell(doc)} |")
    return rows


# What an example gives where an ellipsis would not say what is meant.
KNOWN = {
    "username": "lena.ortiz@example.com",
    "did": "lamp-4711",
    "id": "https://login.salesforce.com/id/00Dxx0000000001AAA/005xx0000000001AAA",
    "path": "/shop/s/account",
    "redirect_uris": "https://app.example.com/callback",
    "sso_provider": "ExampleProvider",
    "token_url": "https://acme.my.salesforce.com/services/oauth2/token?so=00Dxx0000000001",
}


def example(value: Value) -> str:
    return KNOWN.get(value.name) or (value.choices[0] if value.choices else "…")


def option(value: Value) -> str:
    """As the command takes it: a secret in a file."""
    if not value.secret:
        text = example(value)
        return f"--{kebab(value.name)} " + (f'"{text}"' if "?" in text else text)
    kind = "json" if value.kind == "json" else "pem" if value.name.endswith("_key") else "txt"
    return f"--{kebab(value.name)}-file {kebab(value.name)}.{kind}"


def comes_back(flow: Flow) -> bool:
    """Whether it shows a page from which a browser comes back to the app."""
    return flow.shows and any(ask.name == "callback_url" for ask in flow.asks)


# What stands above the value that is given to a challenge.
SEND_BROWSER = "send the person's browser to {}; then give the whole address at which it arrives"


def waits_always(flow: Flow) -> bool:
    """Whether it brings a challenge and nothing else: it has no parameter for what it asks."""
    return all(call.returns_challenge for call in flow.calls())


def java_lines(call: Call, shown: list[Value]) -> list[str]:
    flow, result, name = call.flow, call.flow.result.name, camel(call.name)
    setters = "".join(f'.{camel(v.name)}("{example(v)}")' for v in shown) + (".guest(guest)" if flow.accepts_guest else "")
    argument = f"request -> request{setters}" if setters else ""
    brings = f"Challenge<{result}> challenge" if call.returns_challenge else f"{result} result"
    lines = [f"{brings} = client.{name}({argument});          // {name}Async: CompletableFuture"]
    if call.returns_challenge:
        more = "".join(f'.{camel(ask.name)}("…")' for ask in flow.given_to_verify[1:])
        lines += [f"// {SEND_BROWSER.format('challenge.getUrl()')}"] if comes_back(flow) else []
        given = f'"…"{f", more -> more{more}" if more else ""}' if flow.asks else ""
        lines += ["// show challenge.getVerificationUri() and challenge.getCode(), then wait"] if not flow.asks else []
        lines.append(f"{result} result = challenge.verify({given});")
    return lines


def c_lines(flow: Flow, shown: Sequence[Value]) -> list[str]:
    lines = [f'hlid_flow_new(app, hlid_str("{flow.name}"), &flow, &err);']
    lines += [f'hlid_flow_set(flow, hlid_str("{v.name}"), hlid_str("{example(v)}"), &err);' for v in shown]
    if flow.guest:
        lines.append('hlid_flow_set(flow, hlid_str("guest"), hlid_result_get(guest, hlid_str("visitor")), &err);')
    elif flow.accepts_guest:
        lines.append('hlid_flow_set(flow, hlid_str("guest_token"), hlid_result_get(guest, hlid_str("access_token")), &err);')
    if not waits_always(flow):
        return lines + ["hlid_client_run(client, flow, &step, &err);          /* HLID_STEP_DONE: hlid_flow_result(flow) */"]
    lines.append(f"hlid_client_run(client, flow, &step, &err);          /* HLID_STEP_{'SHOW' if flow.shows else 'ASK'} */")
    if not flow.asks:
        lines.append("/* show hlid_flow_show_verification_uri and hlid_flow_show_code, or hlid_flow_show_url */")
        lines.append("hlid_client_run(client, flow, &step, &err);          /* waits; HLID_STEP_DONE: hlid_flow_result(flow) */")
    if comes_back(flow):
        lines.append(f"/* {SEND_BROWSER.format('hlid_flow_show_url')} */")
    for ask in flow.given_to_verify:
        lines.append(f'hlid_flow_give_value(flow, hlid_str("{ask.name}"), value, &err);')
        lines.append("hlid_client_run(client, flow, &step, &err);")
    return lines


def snippets_with_tokens(call: Call) -> list[str]:
    """For a flow that takes a session: all of it at once, where a language has it as an object."""
    flow, name, result = call.flow, call.name, call.flow.result.name
    of_session = [v for v in flow.parameters if v.required or v.name in ("access_token", "refresh_token")]
    return [
        *("```python", f"result = client.{name}(tokens)          # a TokenSet; AsyncClient: await", "```"),
        *(
            "```java",
            f"{result} result = client.{camel(name)}(tokens);          // a TokenSet; {camel(name)}Async: CompletableFuture",
            "```",
        ),
        *("```js", f"const result = await client.{camel(name)}(tokens);          // a TokenSet", "```"),
        *("```c", *c_lines(flow, [replace(value, choices=()) for value in of_session]), "```"),
        *("```sh", f"headlessid {kebab(flow.name)} --token-file session.json --json          # what --save wrote", "```"),
    ]


def snippets(flow: Flow) -> list[str]:
    call = flow.calls()[0]
    if flow.accepts_tokens:
        return snippets_with_tokens(call)
    shown = list(flow.shown_parameters)
    guest = flow.accepts_guest
    python = ", ".join([f'{v.name}="{example(v)}"' for v in shown] + (["guest=guest"] if guest else []))
    node = ", ".join([f'{camel(v.name)}: "{example(v)}"' for v in shown] + (["guest"] if guest else []))
    options = " ".join(option(v) for v in shown)
    brings = "challenge" if call.returns_challenge else "result"
    lines = ["```python", f"{brings} = client.{call.name}({python})          # AsyncClient: await"]
    if flow.shows and flow.asks:
        lines.append(f"# {SEND_BROWSER.format('challenge.url')}")
    elif flow.shows:
        lines.append("# show challenge.verification_uri and challenge.code, then wait")
    if call.returns_challenge:
        more = "".join(f', {ask.name}="…"' for ask in flow.given_to_verify[1:])
        lines.append(f'result = challenge.verify("…"{more})' if flow.asks else "result = challenge.verify()")
    lines += ["```", "```java", *java_lines(call, shown), "```"]
    lines += ["```js", f"const {brings} = await client.{camel(call.name)}({{{' ' + node + ' ' if node else ''}}});"]
    if call.returns_challenge:
        more = ", ".join(f'{camel(ask.name)}: "…"' for ask in flow.given_to_verify[1:])
        lines += [f"// {SEND_BROWSER.format('challenge.url')}"] if comes_back(flow) else []
        lines += ["// show challenge.verificationUri and challenge.code, then wait"] if not flow.asks else []
        given = f'"…"{", { " + more + " }" if more else ""}' if flow.asks else ""
        lines.append(f"const result = await challenge.verify({given});")
    lines += ["```", "```c", *c_lines(flow, shown), "```"]
    lines += ["```sh", f"headlessid {kebab(flow.name)} {options} --json".replace("  ", " "), "```"]
    return lines


SHOWS = [
    "A code, the address at which a person types it (`verification_uri`), and the same address with the code filled in (`url`), "
    "for a link or a QR code.",
    "",
    "Python, Java and Node return a challenge that has the three; its `verify`, without a value, waits until the person has used "
    "the code, and returns the result.",
    "",
    "While it shows them, and while it waits, it can be sealed into a ticket and resumed by another process: "
    "[tickets](../tickets.md).",
]


def ask_rows(flow: Flow) -> list[str]:
    lines = ["", "## Asks", "", "| name | accepts | what |", "|---|---|---|"]
    lines += [f"| `{ask.name}` | {cell(limits(ask))} | {cell(ask.doc)} |" for ask in flow.asks]
    later = [call.name for call in flow.calls() if call.returns_challenge]
    if not waits_always(flow):
        also = flow.asks[0].name
        lines += [
            "",
            f"It asks where `{also}` is left out. Python, Java and Node have a separate method for that, `{later[0]}` "
            f"(`{camel(later[0])}`), which returns a challenge.",
        ]
    else:
        lines += [
            "",
            "Python, Java and Node return a challenge; its `verify` returns the result. The flow asks again after a wrong value.",
        ]
    if flow.resends:
        lines += ["", "`resend` sends the message again. A single-use value is then needed again."]
    lines += ["", "While it waits it can be sealed into a ticket and resumed by another process: [tickets](../tickets.md)."]
    return lines


# Where a request goes, by its base.
BASES = {"site": "<site>", "org": "<site's origin>", "named": "<site>", "integration": "<site>", "login": "<login host>"}

# What leads out of a state, as a person says it.
EVENTS = {
    "response": "response",
    "no_response": "no response",
    "value": "value",
    "shown": "shown",
    "time": "time",
    "resend": "resend",
}


def diagram(flow: Flow) -> list[str]:
    """The flow's own table as a picture: its states with their steps, and what leads from one to the next."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {flow.states[0].name}"]
    for state in flow.states:
        if state.step != "DONE":
            lines.append(f"    {state.name} : {state.name} ({state.step})")
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in flow.rows:
        for state in row.next:
            arrows.setdefault((row.state, state), []).append(EVENTS[row.event])
    for (begin, end), events in arrows.items():
        lines.append(f"    {begin} --> {end} : {' or '.join(dict.fromkeys(events))}")
    lines += [f"    {state.name} --> [*]" for state in flow.states if state.step == "DONE"]
    return [*lines, "```"]


def table_section(flow: Flow) -> list[str]:
    lines = ["", "## States", "", *diagram(flow), ""]
    lines.append("Any state can also end in FAILED: [architecture](../architecture.md) says how the engine runs such a table.")
    own = {state.request for state in flow.states}
    others = [f"`{request.name}`" for request in flow.requests if request.name not in own]
    if others:
        lines.append(f"The engine sends {' and '.join(others)} itself, and only when needed.")
    return lines


# Each kind of host: its form, and whose it is.
HOSTS = {
    "site": (
        "`https://acme.my.site.com/shop`, or a domain of your own",
        "An Experience Cloud site, with its path prefix: Setup > Digital Experiences > All Sites",
    ),
    "my_domain": (
        "`https://acme.my.salesforce.com`, of a sandbox `https://acme--dev.sandbox.my.salesforce.com`",
        "The org's My Domain: Setup > My Domain",
    ),
    "login": (
        "`https://login.salesforce.com`, of a sandbox `https://test.salesforce.com`",
        "Salesforce's login hosts, for users of any org",
    ),
}


def host_section(flow: Flow) -> list[str]:
    lines = ["", "## Hosts", "", "The setting `site` may be:", "", "| form | |", "|---|---|"]
    lines += [f"| {form} | {what} |" for kind, (form, what) in HOSTS.items() if kind in flow.hosts]
    if len(flow.hosts) < len(HOSTS):
        lines += ["", "Any other kind of host is refused before anything is sent."]
    if flow.needs:
        lines += ["", "The flow also needs the setting " + " and ".join(f"`{name}`" for name in flow.needs) + "."]
    if flow.name in PROOFS:
        lines += ["", PROOFS[flow.name]]
    return lines


# One of two settings, which `needs` cannot say.
KEY_OR_HOST = (
    "The flow also needs the setting `private_key`, or `signed_by` with `host`: [a key and its certificate]"
    "(../getting-started.md#a-key-and-its-certificate)."
)
PROOFS = {
    "jwt_bearer": KEY_OR_HOST,
    "saml_bearer": KEY_OR_HOST,
    "introspection": "The flow also needs the setting `client_secret`; or `private_key` with `token_endpoint_auth_method` `private_key_jwt`.",
    "oauth1": "Without `oauth_callback` and `oauth_token` it also needs `redirect_uri`, which must not be http.",
}


NO_WAY_BACK = [
    "",
    "**A browser that does not come back.** Where Salesforce does not know `client_id`, or `redirect_uri` is not among the app's "
    "callbacks, it shows the person an error page of its own and sends the browser nowhere; the same happens if the person closes the "
    "page. The flow cannot notice: wait for a limited time, and offer a way to start again.",
]
# OAuth 1.0a's request token is refused where the app or its callback is wrong: before there is a page.
CLOSED_PAGE = [
    "",
    "**A browser that does not come back.** If the person closes the page, the flow cannot notice: wait for a limited time, and offer "
    "a way to start again.",
]


def metadata(text: str) -> str:
    """A name of the Metadata API, and what is to be known of it."""
    name, *remark = text.split(", the opposite")
    if text.startswith("not "):
        return text
    return f"`{name}`" + (": the opposite" if remark else "")


def flow_page(flow: Flow) -> str:
    result = flow.result
    lines = [f"<!-- {MARK} -->", f"# {flow.name}", "", flow.summary, ""]
    if flow.standing:
        lines += [f"> {flow.standing}", ""]
    lines += [flow.description, "", "## In short", ""]
    lines += snippets(flow)
    lines += host_section(flow)
    lines += ["", "## Parameters", ""]
    parameters = [*flow.parameters, *(each for each in (flow.guest, flow.tokens) if each)]
    lines += value_rows(parameters) if parameters else ["None."]
    if flow.accepts_guest:
        lines += ["", "Python, Java and Node accept one more argument, `guest`: the result of a guest flow."]
    if flow.accepts_tokens:
        lines += ["", "Python, Java and Node accept a `TokenSet` instead."]
    lines += ["", "## Requests", "", "| request | | retried once sent? |", "|---|---|---|"]
    for request in flow.requests:
        again = "yes, with exponential backoff" if request.retry_safe else "never: single-use"
        lines.append(f"| {request.name} | `{request.method} {BASES[request.base]}{request.path}` | {again} |")
    if any(request.name == "keys" for request in flow.requests):
        lines += [
            "",
            "`keys` only where a signature is checked (`verify_jwt`, `verify_id_token`), and neither `jwks` nor a kept key set serves.",
        ]
    if flow.asks:
        lines += ask_rows(flow)
        if comes_back(flow):
            lines += CLOSED_PAGE if flow.name == "oauth1" else NO_WAY_BACK
    elif flow.shows:
        lines += ["", "## Shows", "", *SHOWS]
    if flow.states:
        lines += table_section(flow)
    lines += ["", f"## Result: {result.name}", "", result.doc, ""]
    if result.fields:
        lines += ["| field | kind | |", "|---|---|---|"]
        for field in result.fields:
            if field.name in flow.lacks:
                continue
            kind = field.kind + (", secret" if field.secret else "")
            lines.append(f"| `{field.name}` | {kind} | {cell(field.doc)} |")
    if result.has("cookies"):
        lines += ["", "How the cookies get into a web view: [hybrid apps](../hybrid-apps.md)."]
    if flow.org_settings:
        lines += ["", "## What the org must allow", "", "| in Setup | in the Metadata API | |", "|---|---|---|"]
        lines += [f"| {cell(each.setup)} | {metadata(each.metadata)} | {cell(each.doc)} |" for each in flow.org_settings]
    lines += ["", f"Source: {flow.source}.", ""]
    return "\n".join(lines)


def settings_page(catalogue: Catalogue) -> str:
    lines = [
        f"<!-- {MARK} -->",
        "# Settings of an app",
        "",
        "One app is one client (an external client app or connected app) at one host: an Experience Cloud site, or for some",
        "flows the org's own. The same names everywhere: `hlid_settings_set` in C, keyword arguments in Python, the builder's methods in Java and the options",
        "object in Node (both in camelCase), `--name` and `HEADLESSID_NAME` on the command line. A setting that is left out",
        "is absent down to the core, which picks the default.",
        "",
        "A service reads the same variables and the same profile (a JSON object of these names) as the command line: in",
        "Python `Client.from_env()`, `Client.from_profile(path)`, and both of `AsyncClient` and `App`; in Node",
        "`Client.fromEnv()`, `Client.fromProfile(path)`, and both of `App`; in Java `fromEnvironment()` and `fromProfile(file)` of",
        "the builder. The member `probed` of a profile is a record of `headlessid org probe` ([the org's side](org.md)), and ignored.",
        "",
    ]
    lines += value_rows(catalogue.settings)
    lines += ["", "*client only*: read by the built-in client, not by a transport of your own.", ""]
    return "\n".join(lines)


def sections(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    filled = {("docs/errors.md", "predicates"): predicate_table(catalogue)}
    for step in ("SEND", "WAIT", "ASK", "SHOW", "SIGN"):
        filled["docs/hosting.md", f"flows at {step}"] = flows_at(catalogue, step)
    return filled


def flows_at(catalogue: Catalogue, step: str) -> str:
    found = [flow for flow in catalogue.flows if flow.stops_at(step)]
    if not any(flow.states for flow in catalogue.flows):
        return ""
    named = "every flow" if len(found) == len(catalogue.flows) else ", ".join(f"[{f.name}](flows/{f.name}.md)" for f in found)
    if step == "WAIT":
        named = "every flow, before it repeats a request" + (f"; for a reason of its own: {named}" if found else "")
    return f"**Flows that stop here**: {named}.\n"


def predicate_table(catalogue: Catalogue) -> str:
    rows = ["| Python | Java, Node | true for | |", "|---|---|---|---|"]
    for each in catalogue.predicates:
        true_for = ["reason " + ", ".join(f"`{reason}`" for reason in each.reasons)] if each.reasons else []
        true_for += [f"advice `{each.advice}`"] if each.advice else []
        true_for += [f"`http_status` {each.http_status_from} or more"] if each.http_status_from else []
        rows.append(f"| `{each.name}` | `{camel(each.name)}` | {', or '.join(true_for)} | {cell(each.doc)} |")
    return "\n".join(rows) + "\n"


def emit(catalogue: Catalogue) -> dict[str, str]:
    files = {"docs/settings.md": settings_page(catalogue)}
    index = [f"<!-- {MARK} -->", "# Flows", "", "| flow | |", "|---|---|"]
    for flow in catalogue.flows:
        files[f"docs/flows/{flow.name}.md"] = flow_page(flow)
        status = "" if flow.status == "current" else f" *{flow.status.capitalize()}.*"
        index.append(f"| [{flow.name}]({flow.name}.md) | {cell(flow.summary)}{status} |")
    files["docs/flows/README.md"] = "\n".join(index) + "\n"
    return files
