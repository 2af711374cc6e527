/**
 * A simulated org for an app's own tests: an Experience Cloud site in a child process, as strict as a live org is
 * known to be. It ends with this process, whatever happens to it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

import type { Settings } from './generated';
import { platform } from './native';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export interface SimulatedApp {
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
}

export interface SimulatedUser {
  readonly username: string;
  readonly password: string;
}

export interface SimulatedOrgOptions {
  /** Speak TLS, with certificates made at the start: `settings()` then names the CA file. */
  readonly tls?: boolean | undefined;
  /** A free port unless given. */
  readonly port?: number | undefined;
  /** What differs from the standard org: `{ settings: {...}, apps: [...], users: [...] }`, as `headlessid sim --app` reads it. */
  readonly org?: Readonly<Record<string, unknown>> | undefined;
  /** The file to which messages to people are appended, one JSON object a line. */
  readonly outbox?: string | undefined;
  /** The `headlessid` command; otherwise HEADLESSID_CLI, the copy in this package, or the one on the PATH. */
  readonly command?: string | undefined;
  /** How long the start may take, in milliseconds: 10,000 unless given. */
  readonly startTimeout?: number | undefined;
}

/** An answer that the org gives instead of its own, for as many requests as `times` says. */
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
  readonly apps: readonly { client_id: string; client_secret?: string; redirect_uri: string }[];
  readonly users: readonly SimulatedUser[];
}

export class SimulatedOrg {
  /** Address of the site, for the setting `site`. */
  readonly site: string;
  readonly origin: string;
  /** PEM of the CA to trust; undefined without TLS. */
  readonly caFile: string | undefined;
  /** The first app is public, the second private. */
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
    }));
    // Only what a login takes, so that a user can be spread into its parameters.
    this.users = listening.users.map(({ username, password }) => ({ username, password }));
    this.#control = listening.control;
    this.#child = child;
    this.#ended = ended;
    this.#directory = directory;
  }

  /** Starts an org and resolves when it listens. */
  static async start(options: SimulatedOrgOptions = {}): Promise<SimulatedOrg> {
    const command = options.command ?? findCommand();
    const args = ['sim', '--until-eof'];
    if (options.tls) args.push('--tls');
    if (options.port !== undefined) args.push('--port', String(options.port));
    if (options.outbox !== undefined) args.push('--outbox', options.outbox);
    let directory: string | undefined;
    if (options.org !== undefined) {
      directory = await mkdtemp(join(tmpdir(), 'headlessid-'));
      const file = join(directory, 'org.json');
      await writeFile(file, JSON.stringify(options.org), { mode: 0o600 });
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

  /** The settings for one of the apps, ready for `new Client(...)`. */
  settings(app: SimulatedApp = this.apps[0] as SimulatedApp): Settings {
    return {
      site: this.site,
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      redirectUri: app.redirectUri,
      caFile: this.caFile,
      allowHttpLoopback: this.site.startsWith('http:') || undefined,
    };
  }

  /** What is in the org now. */
  state(): Promise<unknown> {
    return this.#call('GET', '/state');
  }
  /** What has arrived: requests by endpoint, and how often each single-use value was used. */
  seen(): Promise<Record<string, unknown>> {
    return this.#call('GET', '/seen') as Promise<Record<string, unknown>>;
  }
  /** Changes settings, apps or users: `{ settings: {...}, apps: [...], users: [...] }`. */
  change(patch: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#call('POST', '/settings', patch);
  }
  /** Moves the org's clock. */
  advance(ms: number): Promise<unknown> {
    return this.#call('POST', '/time', { advance_ms: ms });
  }
  /** Makes an endpoint answer otherwise. */
  fail(failure: InjectedFailure): Promise<unknown> {
    return this.#call('POST', '/fail', failure);
  }
  /** Back to how it started. */
  reset(): Promise<unknown> {
    return this.#call('POST', '/reset', {});
  }

  /** Ends the process and takes its files away. Safe twice. */
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
    const options: https.RequestOptions = {
      method,
      agent: false,
      headers: payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    };
    if (secure && this.caFile !== undefined) options.ca = readFileSync(this.caFile);
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
  const given = process.env['HEADLESSID_CLI'];
  if (given) return given;
  const shipped = join(__dirname, '..', 'prebuilds', platform(), 'headlessid');
  return existsSync(shipped) ? shipped : 'headlessid';
}

function unref(stream: Readable | Writable | null): void {
  // A pipe to a child is a socket, which has unref; the type of the stream does not know.
  (stream as { unref?: () => void } | null)?.unref?.();
}

function firstLine(child: ChildProcess, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let said = '';
    const timer = setTimeout(() => reject(new Error(`${command} sim did not listen within ${timeoutMs} ms${said && `: ${said}`}`)), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'ENOENT'
          ? new Error(`the headlessid command was not found (${command}): set HEADLESSID_CLI to its path, or put it on the PATH`)
          : error,
      ),
    );
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
