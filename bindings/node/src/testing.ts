/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A simulated org for an app's own tests: an Experience Cloud site in a child process, as strict as a live org is
 * known to be. It ends with this process, however that ends.
 */
import type { ChildProcess } from 'node:child_process';
import type { RequestOptions } from 'node:https';
import type { Readable, Writable } from 'node:stream';

import { fs, os, path } from './builtins';
import type { Settings } from './generated/settings';
import { BUILD, installation, placesOf, platform } from './places';

export { checkStore, StoreCheckError, type CheckStoreOptions, type MakeStore } from './kit/check_store';

const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
const { spawn } = (getBuiltinModule?.('node:child_process') ?? require('node:child_process')) as typeof import('node:child_process');
const http = (getBuiltinModule?.('node:http') ?? require('node:http')) as typeof import('node:http');
const https = (getBuiltinModule?.('node:https') ?? require('node:https')) as typeof import('node:https');
const { mkdtemp, rm, writeFile } = fs.promises;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export interface SimulatedApp {
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
  /** What a first-party or JWT bearer app signs with, PEM; undefined where the org does not have it. */
  readonly privateKey: string | undefined;
  readonly scopes: readonly string[];
  /** A first-party app, for OAuth 2.0 for First-Party Applications. */
  readonly firstParty: boolean;
  /** Its tokens are those of an integration user. */
  readonly integration: boolean;
}

export interface SimulatedUser {
  readonly username: string;
  readonly password: string;
}

export interface SimulatedOrgOptions {
  /** Unless false, the org speaks TLS, with certificates made at the start: `clientSettings()` names the CA file. */
  readonly tls?: boolean | undefined;
  /** A free port unless given. */
  readonly port?: number | undefined;
  /** What differs from the standard org: `{ settings: {...}, apps: [...], users: [...] }`, as `headlessid sim --app` reads it. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** The file to which messages to people are appended, one JSON object a line. */
  readonly outbox?: string | undefined;
  /** The `headlessid` command; otherwise HEADLESSID_CLI, the one in this package, or the one on the PATH. */
  readonly command?: string | undefined;
  /** How long the start may take, in milliseconds: 10,000 unless given. */
  readonly startTimeout?: number | undefined;
}

/** A message that a person received. */
export interface SimulatedMessage {
  /** An email address or a phone number. */
  readonly to: string;
  readonly channel: 'email' | 'sms';
  /** `registration`, `passwordless_login`, `password_reset`, `first_party_registration`, `first_party_passwordless`. */
  readonly flow: string;
  readonly username: string;
  readonly otp: string;
  /** The email template; empty for a text message. */
  readonly template: string;
  readonly sent_ms: number;
}

/** A response that the org sends instead of its own, to as many requests as `times` says. */
export interface InjectedFailure {
  readonly endpoint: string;
  readonly status?: number;
  readonly body?: string;
  readonly times?: number;
  readonly delay_ms?: number;
}

interface Listening {
  readonly site: string;
  readonly origin: string;
  readonly ca_file?: string;
  readonly control: string;
  readonly apps: readonly {
    client_id: string;
    client_secret?: string;
    redirect_uri: string;
    private_key?: string;
    scopes: readonly string[];
    first_party: boolean;
    integration: boolean;
  }[];
  readonly users: readonly SimulatedUser[];
}

export class SimulatedOrg {
  /** Address of the site, for the setting `site`. */
  readonly site: string;
  readonly origin: string;
  /** PEM of the CA to trust; undefined without TLS. */
  readonly caFile: string | undefined;
  /** Public, private, for integration users, first-party: publicApp, privateApp, integrationApp, firstPartyApp. */
  readonly apps: readonly SimulatedApp[];
  readonly users: readonly SimulatedUser[];
  readonly #control: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #directory: string | undefined;

  private constructor(listening: Listening, child: ChildProcess, ended: Promise<void>, directory: string | undefined) {
    this.site = listening.site;
    this.origin = listening.origin;
    this.caFile = listening.ca_file || undefined;
    this.apps = listening.apps.map((app) => ({
      clientId: app.client_id,
      clientSecret: app.client_secret || undefined,
      redirectUri: app.redirect_uri,
      privateKey: app.private_key || undefined,
      scopes: app.scopes,
      firstParty: app.first_party,
      integration: app.integration,
    }));
    // Only the parameters of a login, so that a user can be spread into them.
    this.users = listening.users.map(({ username, password }) => ({ username, password }));
    this.#control = listening.control;
    this.#child = child;
    this.#ended = ended;
    this.#directory = directory;
  }

  /** Starts an org and resolves when it listens. */
  static async start(options: SimulatedOrgOptions = {}): Promise<SimulatedOrg> {
    const command = options.command ?? findCommand();
    const args = ['sim', '--until-eof', options.tls === false ? '--no-tls' : '--tls'];
    if (options.port !== undefined) args.push('--port', String(options.port));
    if (options.outbox !== undefined) args.push('--outbox', options.outbox);
    let directory: string | undefined;
    if (options.options !== undefined) {
      directory = await mkdtemp(path.join(os.tmpdir(), 'headlessid-'));
      const file = path.join(directory, 'org.json');
      await writeFile(file, JSON.stringify(options.options), { mode: 0o600 });
      args.push('--app', file);
    }
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    try {
      const listening = await firstLine(child, command, options.startTimeout ?? 10_000);
      // The org must not keep a process alive that has nothing else to do; the end of its standard input ends it.
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) unref(stream);
      child.stdout?.resume();
      child.stderr?.resume();
      return new SimulatedOrg(JSON.parse(listening) as Listening, child, ended, directory);
    } catch (error) {
      child.kill();
      await ended;
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The first app without a secret. */
  get publicApp(): SimulatedApp {
    return this.#app('public', (app) => app.clientSecret === undefined);
  }
  /** The first app that has a secret. */
  get privateApp(): SimulatedApp {
    return this.#app('private', (app) => app.clientSecret !== undefined);
  }
  /** The app whose tokens are an integration user's, for sites that require one for registration and the like. */
  get integrationApp(): SimulatedApp {
    return this.#app('integration', (app) => app.integration);
  }
  /** The first-party app; what it signs with is its `privateKey`. */
  get firstPartyApp(): SimulatedApp {
    return this.#app('first-party', (app) => app.firstParty);
  }
  #app(kind: string, fits: (app: SimulatedApp) => boolean): SimulatedApp {
    const found = this.apps.find(fits);
    if (found === undefined) throw new Error(`this simulated org has no ${kind} app`);
    return found;
  }

  /** The settings for one of the apps, ready for `new Client(...)`. */
  clientSettings(app: SimulatedApp = this.apps[0] as SimulatedApp): Settings {
    return {
      site: this.site,
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      redirectUri: app.redirectUri,
      privateKey: app.firstParty ? app.privateKey : undefined,
      caFile: this.caFile,
      allowHttpLoopback: this.site.startsWith('http:') || undefined,
    };
  }

  /** The current state of the org. */
  state(): Promise<unknown> {
    return this.#call('GET', '/state');
  }
  /** The requests so far by endpoint, and how often each single-use value was used. */
  seen(): Promise<Record<string, unknown>> {
    return this.#call('GET', '/seen') as Promise<Record<string, unknown>>;
  }
  /** Changes settings, apps or users: `{ settings: {...}, apps: [...], users: [...] }`. */
  change(patch: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#call('POST', '/settings', patch);
  }
  /** Changes settings of the org by name, `{ max_otp_attempts: 1 }` for example, and resolves with all as they are then. */
  async changeSettings(changes: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    const state = (await this.change({ settings: changes })) as { settings: Record<string, unknown> };
    return state.settings;
  }
  /** Messages with one-time codes, oldest first: all, or those to an email address, a phone number or a username. */
  async outbox(toOrUsername?: string): Promise<SimulatedMessage[]> {
    const query = toOrUsername === undefined ? '' : `?to=${encodeURIComponent(toOrUsername)}`;
    const { messages } = (await this.#call('GET', `/outbox${query}`)) as { messages: SimulatedMessage[] };
    return messages;
  }
  /** The one-time code in the last message to an address or username. Does not wait: rejects where there is no message. */
  async lastOtp(toOrUsername: string): Promise<string> {
    const last = (await this.outbox(toOrUsername)).at(-1);
    if (last === undefined) throw new Error(`no message to ${toOrUsername}`);
    return last.otp;
  }
  /** What a person does at the page of a device flow: enters the code, signs in (as the first user) and allows access. */
  approveDevice(userCode: string, username = this.users[0]?.username): Promise<unknown> {
    return this.#call('POST', '/device', { user_code: userCode, username });
  }
  /** The same, but the person denies access. */
  denyDevice(userCode: string): Promise<unknown> {
    return this.#call('POST', '/device', { user_code: userCode, approve: false });
  }
  /** Moves the org's clock on by so many seconds. */
  advance(seconds: number): Promise<unknown> {
    return this.#call('POST', '/time', { advance_ms: Math.round(seconds * 1000) });
  }
  /** Makes an endpoint respond differently. */
  fail(failure: InjectedFailure): Promise<unknown> {
    return this.#call('POST', '/fail', failure);
  }
  /** Back to how it started. */
  reset(): Promise<unknown> {
    return this.#call('POST', '/reset', {});
  }

  /** Ends the process and removes its files. Safe to call twice. */
  async stop(): Promise<void> {
    this.#child.ref();
    this.#child.stdin?.end();
    this.#child.kill();
    await this.#ended;
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @internal The users' passwords are for tests, but a test's log is a log. */
  [INSPECT](): string {
    return `SimulatedOrg { ${this.site} }`;
  }

  #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const url = new URL(this.#control + path);
    const secure = url.protocol === 'https:';
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      agent: false,
      headers: payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    };
    if (secure && this.caFile !== undefined) options.ca = fs.readFileSync(this.caFile);
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if ((response.statusCode ?? 0) >= 300) reject(new Error(`the simulated org said ${response.statusCode}: ${text}`));
          else resolve(text === '' ? undefined : JSON.parse(text));
        });
      });
      request.on('error', reject);
      request.end(payload);
    });
  }
}

function findCommand(): string {
  return process.env['HEADLESSID_CLI'] || (placesOf('headlessid').paths.find((candidate) => fs.existsSync(candidate)) ?? 'headlessid');
}

function unref(stream: Readable | Writable | null): void {
  // A pipe to a child is a socket, which has unref; the type of the stream does not know.
  (stream as { unref?: () => void } | null)?.unref?.();
}

function notFound(command: string): string {
  const install = installation();
  const orBuild = `build it with ${BUILD}, which needs nlohmann-json for it`;
  return (
    `the headlessid command was not found (${command}): ${install === undefined ? '' : `install it for ${platform()} with ${install}, or `}${orBuild}; ` +
    'or set HEADLESSID_CLI to its path, or put it on the PATH'
  );
}

function firstLine(child: ChildProcess, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let said = '';
    const timer = setTimeout(
      () => reject(new Error(`${command} sim did not listen within ${timeoutMs} ms${said && `: ${said}`}`)),
      timeoutMs,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    child.once('error', (error: NodeJS.ErrnoException) => fail(error.code === 'ENOENT' ? new Error(notFound(command)) : error));
    child.once('exit', (code) => fail(new Error(`${command} sim ended with status ${code}${said && `: ${said}`}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const end = out.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      resolve(out.slice(0, end));
    });
  });
}
