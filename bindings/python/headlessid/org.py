"""The org's side: the configuration of an org as files, checked, written and explained. Nothing here asks an org.

    from headlessid import org

    report = org.lint("force-app", flows=["login", "guest"], client="public")
    assert report.ok, str(report)

docs/org.md says what each argument means. Every call may run in any thread, and lets others run meanwhile.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

from . import _native
from ._hidden import Hidden
from ._org_files import members_of

__all__ = [
    "AppReport",
    "Entry",
    "Explanation",
    "Finding",
    "FlowVerdict",
    "Generated",
    "LintReport",
    "Meaning",
    "MetadataPlace",
    "SettingPlace",
    "explain",
    "generate",
    "is_available",
    "lint",
]

Kind = Literal["external_client_app", "connected_app"]
ClientKind = Literal["public", "private"]
Severity = Literal["error", "warning", "note"]
Verdict = Literal["works", "works_but", "does_not", "unknown"]
#: A folder, a zip or a file by its path; files by their paths; or the bytes of a zip.
Source = Union[str, os.PathLike[str], Mapping[str, Union[str, bytes]], bytes]


@dataclass(frozen=True)
class Finding:
    """What the linter says about one place. str() is the line that the command prints; no text shows a secret."""

    id: str
    """Of a rule (docs/org-rules.md), or of the setting that a flow needs."""
    severity: Severity
    stops_deployment: bool
    """Whether the org refuses the file."""
    flows: tuple[str, ...]
    """The flows that it concerns; empty: the file itself."""
    app: str | None
    file: str | None
    """Within the repository, or else the project: the nearest folder above that has .git, or else sfdx-project.json. None: no file says it."""
    line: int | None
    element: str | None
    """Such as ExtlClntAppGlobalOauthSettings.callbackUrl."""
    setting: str | None
    message: str
    """What is."""
    change: str
    """What it must be, and where in Setup."""

    def __str__(self) -> str:
        place = "" if self.file is None else self.file + (f":{self.line}" if self.line else "") + ": "
        return f"{place}{self.severity}: {self.message}" + (f" {self.change}" if self.change else "")


@dataclass(frozen=True)
class FlowVerdict:
    """Whether a flow works with an app."""

    flow: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    """Those that cause it."""
    not_in_files: tuple[str, ...]
    """Elements that decide, and that no file has."""
    site: str | None
    """Of several sites the one that was judged."""

    @property
    def works(self) -> bool:
        return self.verdict in ("works", "works_but")


@dataclass(frozen=True)
class AppReport:
    """An external client app or a connected app."""

    name: str
    kind: Kind
    flows: Mapping[str, FlowVerdict]
    """By the names of the flows; none of an app without OAuth."""


@dataclass(frozen=True)
class LintReport:
    """What files permit. str() has a line for each finding, and for each flow that was asked for and does not work."""

    ok: bool
    """No file is wrong, and each flow that was asked for works with some app, or (unless strict) the files do not tell."""
    wanted: tuple[str, ...]
    """The flows that were asked for."""
    apps: tuple[AppReport, ...]
    findings: tuple[Finding, ...]
    """By file and line."""
    files_read: int
    api_version: int
    unknown_files: tuple[str, ...]

    def app(self, name: str) -> AppReport:
        """Raises KeyError if no file has it."""
        for app in self.apps:
            if app.name == name:
                return app
        raise KeyError(name)

    def __str__(self) -> str:
        lines = [str(finding) for finding in self.findings]
        for app in self.apps if self.wanted else ():
            for flow in app.flows.values():
                if flow.verdict == "does_not":
                    where = "" if flow.site is None else f" at the site {flow.site}"
                    causes = " ".join(one.message for one in flow.findings)
                    lines.append(f"{app.name}: {flow.flow} does not work{where}: {causes}")
                elif flow.verdict == "unknown":
                    lines.append(f"{app.name}: {flow.flow} cannot be told, not in these files: {', '.join(flow.not_in_files)}")
        if not self.apps:
            lines.append(f"these files have no app ({self.files_read} read)")
        return "\n".join(lines) or f"nothing to say about {self.files_read} files"


@dataclass(frozen=True)
class Generated:
    """Files for an org, as texts."""

    files: Mapping[str, str]
    """By their paths below a folder; SETUP.md among them."""
    merged: tuple[str, ...]
    """Paths of those that hold what `existing` has as well."""
    notes: tuple[str, ...]
    """Sentences for a person."""
    zip: bytes | None
    """For a deployment with the Metadata API; only in the format mdapi."""


@dataclass(frozen=True)
class MetadataPlace:
    """An element of the Metadata API."""

    type: str
    element: str
    kind: str
    default: str | None
    since: int
    """The API version that has it."""
    inverted: bool
    """Whether true means off, or the other way round than Setup says."""
    required: bool
    doc: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class SettingPlace:
    """A setting of the org that a word has to do with."""

    id: str
    setup: str
    metadata: str


@dataclass(frozen=True)
class Meaning:
    """What an error code or a reason means where it comes from one place."""

    reason: str
    code: str | None
    """The server's. None: its text alone counts."""
    text: str | None
    """A part of the description that must be there."""
    endpoint: str | None
    """Where it comes from. None: any."""
    doc: str
    hint: str | None
    flows: tuple[str, ...]
    """Of these flows alone; empty: of all."""


@dataclass(frozen=True)
class Entry:
    """One meaning of a word."""

    kind: Literal["setting", "element", "type", "flow", "scope", "rule", "reason", "error_code"]
    name: str
    doc: str
    hint: str | None
    setup: str | None
    """Where in Setup."""
    metadata: tuple[MetadataPlace, ...]
    settings: tuple[SettingPlace, ...]
    flows: tuple[str, ...]
    """The flows that it touches."""
    errors: tuple[str, ...]
    """Reasons of errors where it is wrong; of an error code, what it may mean."""
    meanings: tuple[Meaning, ...]
    """Of an error code or a reason, the common ones first; of a code `hint` is None where they disagree."""
    folder: str | None = None
    """Of a type: the folder and the ending of its files."""
    suffix: str | None = None


@dataclass(frozen=True)
class Explanation:
    """What a word means."""

    entries: tuple[Entry, ...]
    nearest: tuple[str, ...]
    """Similar words, if nothing was found."""
    advice: str | None
    """What to ask for instead of a whole text."""


def is_available() -> bool:
    """Whether this build has the org's side. Without it each call raises StateError, reason "no_org_part"."""
    return _native.has_org()


def lint(
    source: Source,
    *,
    flows: Iterable[str] | None = None,
    app: str | None = None,
    strict: bool = False,
    client: ClientKind | None = None,
    credentials_placement: Literal["body", "header"] | None = None,
    uses: Iterable[Literal["login_hint", "emailtemplate", "tokens_of_other_apps"]] | None = None,
    site: str | None = None,
    api_version: int | str | None = None,
) -> LintReport:
    """Says of each app among the files which flows work, and what to change.

    Args:
        source: A folder, a zip or a file by its path; files by their paths, as texts or bytes; or the bytes of a zip. Of a
            folder, links, hidden folders and node_modules are left out, and the ignore files of its project count.
        flows: Those that must work. None: a verdict on each flow, and none is an error.
        app: The name of the only app that counts. None: each flow must work with one of them.
        strict: A flow of which the files do not tell whether it works is not ok; goes with flows.
        client: Whether the app keeps a secret ("private") or cannot ("public").
        credentials_placement: As the app's setting.
        uses: What the app uses besides its flows. None: such needs are not judged.
        site: The name of a Network, where there are several.
        api_version: What the files are deployed with. None: what they say.

    Raises:
        ArgumentError: an argument is wrong; not for files that are, which are findings.
        StateError: reason "no_org_part": this build lacks the org's side.
        OSError: a file or folder cannot be read.
    """
    hidden = Hidden(source)
    del source
    wanted = _listed(flows)
    _need_part()
    request = members_of(hidden)
    request().update(
        _given(
            flows=wanted,
            app=app,
            strict=strict or None,
            client=client,
            credentials_placement=credentials_placement,
            uses=_listed(uses),
            site=site,
            api_version=api_version,
        )
    )
    return _report(_ask(_native.org_lint, request), tuple(wanted or ()))


def generate(
    name: str,
    *,
    flows: Iterable[str],
    contact_email: str,
    label: str | None = None,
    kind: Kind | None = None,
    client: ClientKind | None = None,
    redirect_uris: Iterable[str] | None = None,
    permission_sets: Iterable[str] | None = None,
    run_as_user: str | None = None,
    scopes: Iterable[str] | None = None,
    certificate: str | None = None,
    attestation_certificate: str | None = None,
    asset_token_certificate: str | None = None,
    asset_token_audiences: str | None = None,
    asset_token_validity: int | None = None,
    client_id: str | None = None,
    site: str | None = None,
    network: str | None = None,
    registration_profile: str | None = None,
    recaptcha: bool = False,
    login_hint: bool = False,
    api_secrets: bool = False,
    idp_issuer: str | None = None,
    idp_keys: str | None = None,
    idp_audience: str | None = None,
    api_version: int | None = None,
    format: Literal["source", "mdapi"] | None = None,
    existing: Mapping[str, str] | None = None,
) -> Generated:
    """Writes the files that an org needs for an app and its flows, as texts.

    Args:
        name: The developer name: letters, digits and single underscores.
        flows: Every flow that the app is to use.
        contact_email: Required by the org.
        label: For people. None: made from the name.
        kind: "external_client_app" (default) or "connected_app".
        client: "private" (default) or "public".
        redirect_uris: Required where a flow ends at a callback.
        permission_sets: Whose users may use the app. None: one is made.
        run_as_user: User name of the integration user.
        scopes: Besides those that flows need.
        certificate: Of the bearer flows: PEM, or its base64 body.
        attestation_certificate: Of first-party apps.
        asset_token_certificate: For asset_token, as are the next two.
        asset_token_audiences: See docs/flows/asset_token.md.
        asset_token_validity: See docs/flows/asset_token.md.
        client_id: Of a connected app that exists.
        site: The name of the site's Network.
        network: Its file, as retrieved from the org.
        registration_profile: Of users that register.
        recaptcha: reCAPTCHA instead of the integration user's token.
        login_hint: Users are found by a class.
        api_secrets: The org gives key and secret to its REST API.
        idp_issuer: Of tokens that are exchanged, as are the next two.
        idp_keys: Where its keys are.
        idp_audience: Their audience.
        api_version: 67 if absent.
        format: "source" (default) or "mdapi".
        existing: Texts of a project's files by their paths, which may have another app: its manifest and the org's settings
            keep what they have, its SETUP.md keeps its name, its sfdx-project.json stays.

    Raises:
        ArgumentError: field names what is wrong, or what the flows lack.
        StateError: reason "no_org_part": this build lacks the org's side.
    """
    request = _given(
        name=name,
        flows=_listed(flows),
        contact_email=contact_email,
        label=label,
        kind=kind,
        client=client,
        redirect_uris=_listed(redirect_uris),
        permission_sets=_listed(permission_sets),
        run_as_user=run_as_user,
        scopes=_listed(scopes),
        certificate=certificate,
        attestation_certificate=attestation_certificate,
        asset_token_certificate=asset_token_certificate,
        asset_token_audiences=asset_token_audiences,
        asset_token_validity=asset_token_validity,
        client_id=client_id,
        site=site,
        network=network,
        registration_profile=registration_profile,
        recaptcha=recaptcha,
        login_hint=login_hint,
        api_secrets=api_secrets,
        idp_issuer=idp_issuer,
        idp_keys=idp_keys,
        idp_audience=idp_audience,
        api_version=api_version,
        format=format,
        existing=None if existing is None else [{"path": path, "text": text} for path, text in existing.items()],
    )
    response = _ask(_native.org_generate, Hidden(request))
    archive = response.get("zip_base64")
    return Generated(
        files={file["path"]: file["text"] for file in response["files"]},
        merged=tuple(response["merged"]),
        notes=tuple(response["notes"]),
        zip=None if archive is None else base64.b64decode(archive),
    )


def explain(word: str) -> Explanation:
    """What a word means: a setting, an element or type of the Metadata API, a flow, a scope, a rule of the linter, a reason
    or an error code of a server.

    Raises:
        ArgumentError: the word is empty or too long.
        StateError: reason "no_org_part": this build lacks the org's side.
    """
    response = _ask(_native.org_explain, Hidden({"word": word}))
    return Explanation(tuple(map(_entry, response["entries"])), tuple(response["nearest"]), response["advice"] or None)


def _need_part() -> None:
    """Before files are read: the library's own error, if it lacks the part."""
    if not _native.has_org():
        _native.org_explain(b"{}")


def _ask(call: Callable[[bytes], bytes], request: Hidden) -> Any:
    # As it is: escapes would make Japanese labels twice as long. The library refuses what cannot be UTF-8.
    return json.loads(call(json.dumps(request(), ensure_ascii=False).encode("utf-8", "surrogatepass")))


def _given(**members: object) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _listed(items: Iterable[str] | None) -> Any:
    # The library refuses a text in a list's place, whose letters would be taken for items here.
    return items if items is None or isinstance(items, str) else list(items)


def _report(response: Any, wanted: tuple[str, ...]) -> LintReport:
    findings = tuple(map(_finding, response["findings"]))
    apps = tuple(
        AppReport(
            app["name"],
            app["kind"],
            {
                flow["flow"]: FlowVerdict(
                    flow["flow"],
                    flow["verdict"],
                    tuple(findings[index] for index in flow["findings"]),
                    tuple(flow["not_in_files"]),
                    flow.get("site"),
                )
                for flow in app["flows"]
            },
        )
        for app in response["apps"]
    )
    return LintReport(
        ok=response["ok"],
        wanted=wanted,
        apps=apps,
        findings=findings,
        files_read=response["files_read"],
        api_version=response["api_version"],
        unknown_files=tuple(response["unknown_files"]),
    )


def _finding(found: Any) -> Finding:
    return Finding(
        id=found["id"],
        severity=found["severity"],
        stops_deployment=found["stops_deployment"],
        flows=tuple(found["flows"]),
        app=found["app"] or None,
        file=found["file"] or None,
        line=found["line"] or None,
        element=found["element"] or None,
        setting=found["setting"] or None,
        message=found["message"],
        change=found["change"],
    )


def _entry(entry: Any) -> Entry:
    file = entry.get("file", {})
    return Entry(
        kind=entry["kind"],
        name=entry["name"],
        doc=entry["doc"],
        hint=entry["hint"] or None,
        setup=entry["setup"] or None,
        metadata=tuple(
            MetadataPlace(
                type=place["type"],
                element=place["element"],
                kind=place["kind"],
                default=place["default"] or None,
                since=place["since"],
                inverted=place["inverted"],
                required=place["required"],
                doc=place["doc"],
                choices=tuple(place["choices"]),
            )
            for place in entry["metadata"]
        ),
        settings=tuple(SettingPlace(one["id"], one["setup"], one["metadata"]) for one in entry["settings"]),
        flows=tuple(entry["flows"]),
        errors=tuple(entry["errors"]),
        meanings=tuple(
            Meaning(
                reason=one["reason"],
                code=one["code"] or None,
                text=one["text"] or None,
                endpoint=one["endpoint"] or None,
                doc=one["doc"],
                hint=one["hint"] or None,
                flows=tuple(one["flows"]),
            )
            for one in entry["meanings"]
        ),
        folder=file.get("folder"),
        suffix=file.get("suffix"),
    )
