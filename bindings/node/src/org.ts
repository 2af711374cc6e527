/**
 * The org's side: the configuration of an org as files, checked, written and explained. Nothing here asks an org, and
 * nothing blocks the event loop.
 */
import { badArgument, HeadlessIdError, type ErrorFields } from './errors';
import type { FlowName } from './generated/flows';
import { hide, reveal } from './hidden';
import { native, type NativeOrg } from './native';
import { nearest } from './nearest';
import { fileOf, readPath, zipOf, type FileMembers } from './org_files';

/** A folder, a zip or a file by its path; files by their paths; or the bytes of a zip. */
export type LintSource =
  string | URL | Uint8Array | Readonly<Record<string, string | Uint8Array>> | ReadonlyMap<string, string | Uint8Array>;

export interface LintOptions {
  /** Those that must work. Absent: a verdict on each flow, and none is an error. */
  readonly flows?: readonly FlowName[] | undefined;
  /** The name of the only app that counts. Absent: each flow must work with one of them. */
  readonly app?: string | undefined;
  /** A flow of which the files do not tell whether it works is not ok; goes with `flows`. */
  readonly strict?: boolean | undefined;
  /** Whether the app keeps a secret ('private') or cannot ('public'). */
  readonly client?: 'public' | 'private' | undefined;
  /** As the app's setting. */
  readonly credentialsPlacement?: 'body' | 'header' | undefined;
  /** What the app uses besides its flows. Absent: such needs are not judged. */
  readonly uses?: readonly ('login_hint' | 'emailtemplate' | 'tokens_of_other_apps')[] | undefined;
  /** The name of a Network, where there are several. */
  readonly site?: string | undefined;
  /** What the files are deployed with. Absent: what they say. */
  readonly apiVersion?: number | string | undefined;
}

export type AppKind = 'external_client_app' | 'connected_app';

/** What the linter says about one place. No text shows a secret. */
export interface Finding {
  /** Of a rule (docs/org-rules.md), or of the setting that a flow needs. */
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'note';
  /** Whether the org refuses the file. */
  readonly stopsDeployment: boolean;
  /** The flows that it concerns; empty: the file itself. */
  readonly flows: readonly FlowName[];
  readonly app: string | undefined;
  /** Within the repository, or else the project: the nearest folder above that has .git, or else sfdx-project.json. Absent: no file says it. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** Such as ExtlClntAppGlobalOauthSettings.callbackUrl. */
  readonly element: string | undefined;
  readonly setting: string | undefined;
  /** What is. */
  readonly message: string;
  /** What it must be, and where in Setup. */
  readonly change: string;
}

/** Whether a flow works with an app. */
export interface FlowVerdict {
  readonly flow: FlowName;
  readonly verdict: 'works' | 'works_but' | 'does_not' | 'unknown';
  /** Those that cause it. */
  readonly findings: readonly Finding[];
  /** Elements that decide, and that no file has. */
  readonly notInFiles: readonly string[];
  /** Of several sites the one that was judged. */
  readonly site: string | undefined;
}

export interface AppReport {
  readonly name: string;
  readonly kind: AppKind;
  readonly flows: readonly FlowVerdict[];
}

/** What files permit. */
export interface LintReport {
  /** No file is wrong, and each flow that was asked for works with some app, or (unless strict) the files do not tell. */
  readonly ok: boolean;
  /** For people: a line for each finding, and for each flow that was asked for and does not work. */
  readonly text: string;
  readonly apps: readonly AppReport[];
  /** By file and line. */
  readonly findings: readonly Finding[];
  readonly filesRead: number;
  readonly apiVersion: number;
  readonly unknownFiles: readonly string[];
}

export interface GenerateOptions {
  /** The developer name: letters, digits and single underscores. */
  readonly name: string;
  /** Every flow that the app is to use. */
  readonly flows: readonly FlowName[];
  readonly contactEmail: string;
  /** For people. Absent: made from the name. */
  readonly label?: string | undefined;
  /** 'external_client_app' if absent. */
  readonly kind?: AppKind | undefined;
  /** 'private' if absent. */
  readonly client?: 'public' | 'private' | undefined;
  /** Required where a flow ends at a callback. */
  readonly redirectUris?: readonly string[] | undefined;
  /** Whose users may use the app. Absent: one is made. */
  readonly permissionSets?: readonly string[] | undefined;
  /** User name of the integration user. */
  readonly runAsUser?: string | undefined;
  /** Besides those that flows need. */
  readonly scopes?: readonly string[] | undefined;
  /** Of the bearer flows: PEM, or its base64 body. */
  readonly certificate?: string | undefined;
  /** Of first-party apps. */
  readonly attestationCertificate?: string | undefined;
  readonly assetTokenCertificate?: string | undefined;
  readonly assetTokenAudiences?: string | undefined;
  readonly assetTokenValidity?: number | undefined;
  /** Of a connected app that exists. */
  readonly clientId?: string | undefined;
  /** The name of the site's Network, and its file as retrieved from the org. */
  readonly site?: string | undefined;
  readonly network?: string | undefined;
  /** Of users that register. */
  readonly registrationProfile?: string | undefined;
  /** reCAPTCHA instead of the integration user's token. */
  readonly recaptcha?: boolean | undefined;
  /** Users are found by a class. */
  readonly loginHint?: boolean | undefined;
  /** The org gives key and secret to its REST API. */
  readonly apiSecrets?: boolean | undefined;
  /** Of tokens that are exchanged. */
  readonly idpIssuer?: string | undefined;
  readonly idpKeys?: string | undefined;
  readonly idpAudience?: string | undefined;
  /** 67 if absent. */
  readonly apiVersion?: number | undefined;
  /** 'source' if absent. */
  readonly format?: 'source' | 'mdapi' | undefined;
  /**
   * Texts of a project's files by their paths, which may have another app: its manifest and the org's settings keep what they
   * have, its SETUP.md keeps its name, its sfdx-project.json stays.
   */
  readonly existing?: Readonly<Record<string, string>> | undefined;
}

/** Files for an org, as texts. */
export interface Generated {
  /** By their paths below a folder; SETUP.md among them. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths of those that hold what `existing` has as well. */
  readonly merged: readonly string[];
  /** Sentences for a person. */
  readonly notes: readonly string[];
  /** For a deployment with the Metadata API; only in the format mdapi. */
  readonly zip: Uint8Array | undefined;
}

/** An element of the Metadata API. */
export interface MetadataPlace {
  readonly type: string;
  readonly element: string;
  readonly kind: string;
  readonly default: string;
  /** The API version that has it. */
  readonly since: number;
  /** Whether true says the opposite of the words in Setup. */
  readonly inverted: boolean;
  readonly required: boolean;
  readonly doc: string;
  readonly choices: readonly string[];
}

/** What an error code or a reason means where it comes from one place. A text that is empty is not there. */
export interface Meaning {
  readonly reason: string;
  readonly code: string;
  /** A part of the description that must be there. */
  readonly text: string;
  /** Where it comes from; empty: from any. */
  readonly endpoint: string;
  readonly doc: string;
  readonly hint: string;
  /** Of these flows alone; empty: of all. */
  readonly flows: readonly FlowName[];
}

/** One meaning of a word. A text that is empty is not there. */
export interface Entry {
  readonly kind: 'setting' | 'element' | 'type' | 'flow' | 'scope' | 'rule' | 'reason' | 'error_code';
  readonly name: string;
  readonly doc: string;
  readonly hint: string;
  /** Where in Setup. */
  readonly setup: string;
  /** Of a type. */
  readonly file?: { readonly folder: string; readonly suffix: string; readonly since: number };
  readonly metadata: readonly MetadataPlace[];
  readonly settings: readonly { readonly id: string; readonly setup: string; readonly metadata: string }[];
  /** The flows that it touches. */
  readonly flows: readonly FlowName[];
  /** Reasons of errors where it is wrong; of an error code, what it may mean. */
  readonly errors: readonly string[];
  /** Of an error code or a reason, the common ones first; of a code `hint` is empty where they disagree. */
  readonly meanings: readonly Meaning[];
}

/** What a word means. */
export interface Explanation {
  readonly entries: readonly Entry[];
  /** Similar words, if nothing was found. */
  readonly nearest: readonly string[];
  /** What to ask for instead of a whole text; empty if there is nothing to say. */
  readonly advice: string;
}

/** Whether this build has the org's side. Without it each call is refused: STATE, reason `no_org_part`. */
export function isAvailable(): boolean {
  return native().org.hasOrg();
}

/**
 * Says of each app among the files which flows work, and what to change. Of a folder, links, hidden folders and
 * node_modules are left out, and the ignore files of its project count. Rejects with ARGUMENT for a wrong option, not for
 * files that are wrong, which are findings; with Node's own error for what cannot be read.
 */
export async function lint(source: LintSource, options: LintOptions = {}): Promise<LintReport> {
  source = hide(source);
  const given = members(options, LINT);
  if (!isAvailable()) await ask('lint', {});
  const files = hide(await filesOf(source));
  return reportOf((await ask('lint', files, given)) as LintResponse, options.flows !== undefined && options.flows.length > 0);
}

/** Writes the files that an org needs for an app and its flows, as texts. Rejects with ARGUMENT: `field` is what is wrong. */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const request = members(options, GENERATE);
  const { existing } = request;
  if (typeof existing === 'object' && existing !== null)
    request.existing = Object.entries(existing).map(([path, text]) => ({ path, text: text as string }));
  const response = (await ask('generate', request)) as {
    readonly files: readonly { readonly path: string; readonly text: string }[];
    readonly merged: readonly string[];
    readonly notes: readonly string[];
    readonly zip_base64?: string;
  };
  return {
    files: new Map(response.files.map((file) => [file.path, file.text])),
    merged: response.merged,
    notes: response.notes,
    zip: response.zip_base64 === undefined ? undefined : new Uint8Array(Buffer.from(response.zip_base64, 'base64')),
  };
}

/**
 * What a word means: a setting, an element or type of the Metadata API, a flow, a scope, a rule of the linter, a reason or
 * an error code of a server.
 */
export async function explain(word: string): Promise<Explanation> {
  return (await ask('explain', { word })) as Explanation;
}

const LINT: readonly (keyof LintOptions)[] = ['flows', 'app', 'strict', 'client', 'credentialsPlacement', 'uses', 'site', 'apiVersion'];
const GENERATE: readonly (keyof GenerateOptions)[] = [
  'name',
  'flows',
  'contactEmail',
  'label',
  'kind',
  'client',
  'redirectUris',
  'permissionSets',
  'runAsUser',
  'scopes',
  'certificate',
  'attestationCertificate',
  'assetTokenCertificate',
  'assetTokenAudiences',
  'assetTokenValidity',
  'clientId',
  'site',
  'network',
  'registrationProfile',
  'recaptcha',
  'loginHint',
  'apiSecrets',
  'idpIssuer',
  'idpKeys',
  'idpAudience',
  'apiVersion',
  'format',
  'existing',
];

const underscored = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Options by the names that the library knows. */
function members(options: object, known: readonly string[]): Record<string, unknown> {
  if (typeof options !== 'object' || options === null) throw new TypeError(`options must be an object with some of ${known.join(', ')}`);
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      throw badArgument(name, `is not an option of this call${meant === undefined ? '' : `. Did you mean ${meant}?`}`);
    }
    if (value !== undefined && value !== null) out[underscored(name)] = value;
  }
  return out;
}

/** Hidden in and out. */
async function filesOf(source: LintSource): Promise<FileMembers> {
  const given = reveal(source);
  if (typeof given === 'string' || given instanceof URL) return hide(await readPath(given));
  if (given instanceof Uint8Array) return hide(zipOf(given));
  if (typeof given !== 'object' || given === null)
    throw new TypeError('the source must be a path, an object of files by their paths, or the bytes of a zip');
  const entries = given instanceof Map ? [...(given as ReadonlyMap<string, string | Uint8Array>)] : Object.entries(given);
  return hide({ files: entries.map(([name, content]) => fileOf(name, content)) });
}

async function ask(call: Exclude<keyof NativeOrg, 'hasOrg'>, ...parts: readonly object[]): Promise<unknown> {
  const response = await native().org[call](JSON.stringify(Object.assign({}, ...parts.map(reveal))));
  if (typeof response === 'string') return JSON.parse(response) as unknown;
  throw new HeadlessIdError(inCamelCase(response), { names: 'as written' });
}

/** The field as this package spells it, which begins the message. */
function inCamelCase(fields: ErrorFields): ErrorFields {
  const { field, message } = fields;
  if (field === undefined || !message.startsWith(field)) return fields;
  const name = field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { ...fields, field: name, message: name + message.slice(field.length) };
}

interface LintResponse {
  readonly ok: boolean;
  readonly apps: readonly {
    readonly name: string;
    readonly kind: AppKind;
    readonly flows: readonly {
      readonly flow: FlowName;
      readonly verdict: FlowVerdict['verdict'];
      readonly findings: readonly number[];
      readonly not_in_files: readonly string[];
      readonly site?: string;
    }[];
  }[];
  readonly findings: readonly (Omit<Finding, 'stopsDeployment' | 'app' | 'file' | 'line' | 'element' | 'setting'> & {
    readonly stops_deployment: boolean;
    readonly app: string;
    readonly file: string;
    readonly line: number;
    readonly element: string;
    readonly setting: string;
  })[];
  readonly files_read: number;
  readonly api_version: number;
  readonly unknown_files: readonly string[];
}

function reportOf(response: LintResponse, wanted: boolean): LintReport {
  const findings: Finding[] = response.findings.map(({ stops_deployment: stopsDeployment, ...finding }) => ({
    ...finding,
    stopsDeployment,
    app: finding.app || undefined,
    file: finding.file || undefined,
    line: finding.line || undefined,
    element: finding.element || undefined,
    setting: finding.setting || undefined,
  }));
  const apps: AppReport[] = response.apps.map((app) => ({
    name: app.name,
    kind: app.kind,
    flows: app.flows.map((flow) => ({
      flow: flow.flow,
      verdict: flow.verdict,
      findings: flow.findings.map((index) => findings[index] as Finding),
      notInFiles: flow.not_in_files,
      site: flow.site,
    })),
  }));
  return {
    ok: response.ok,
    text: textOf(apps, findings, response.files_read, wanted),
    apps,
    findings,
    filesRead: response.files_read,
    apiVersion: response.api_version,
    unknownFiles: response.unknown_files,
  };
}

function textOf(apps: readonly AppReport[], findings: readonly Finding[], filesRead: number, wanted: boolean): string {
  const lines = findings.map(({ file, line, severity, message, change }) => {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    return `${place}${severity}: ${message}${change && ` ${change}`}`;
  });
  for (const { name, flows } of wanted ? apps : []) {
    for (const { flow, verdict, findings: causes, notInFiles, site } of flows) {
      const where = site === undefined ? '' : ` at the site ${site}`;
      if (verdict === 'does_not') lines.push(`${name}: ${flow} does not work${where}: ${causes.map(({ message }) => message).join(' ')}`);
      if (verdict === 'unknown') lines.push(`${name}: ${flow} cannot be told, not in these files: ${notInFiles.join(', ')}`);
    }
  }
  if (apps.length === 0) lines.push(`these files have no app (${filesRead} read)`);
  return lines.join('\n') || `nothing to say about ${filesRead} files`;
}
