import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { HeadlessIdError, type ErrorFields } from './errors';
import { ABI_VERSION } from './generated';
import type { NativeValue } from './values';

/** The addon as it is: every call gives its answer, or the fields of an error. */
export interface NativeApp {
  open(settings: readonly NativeValue[]): ErrorFields | undefined;
}
export interface NativeRequest {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
  readonly repeatable: boolean;
  readonly prefersHttp2: boolean;
  readonly deadlineMs: number | bigint;
}
export interface NativeAsk {
  readonly name?: string;
  readonly secret: boolean;
  readonly problem?: ErrorFields;
  readonly url?: string;
  readonly code?: string;
}
export interface NativeFlow {
  open(app: NativeApp, name: string): ErrorFields | undefined;
  unseal(app: NativeApp, ticket: NativeValue, binding: NativeValue, now: number | bigint): ErrorFields | undefined;
  name(): string | undefined;
  set(name: string, value: NativeValue): ErrorFields | undefined;
  setTimeoutMs(timeout: number | bigint): ErrorFields | undefined;
  setTrace(on: boolean): ErrorFields | undefined;
  trace(): string | undefined;
  next(now: number | bigint): number | ErrorFields;
  stepName(step: number): string;
  request(): NativeRequest | ErrorFields;
  giveAnswer(status: number, httpVersion: number, headers: readonly string[], body: NativeValue): ErrorFields | undefined;
  giveNoAnswer(left: number, why: string | undefined): ErrorFields | undefined;
  ask(): NativeAsk | ErrorFields;
  giveValue(name: string, value: NativeValue): ErrorFields | undefined;
  resend(): ErrorFields | undefined;
  seal(binding: NativeValue, now: number | bigint): string | ErrorFields;
  ticketId(): string | undefined;
  sign(): { readonly algorithm: string; readonly input: Uint8Array } | ErrorFields;
  waitUntilMs(): number | bigint | ErrorFields;
  cancel(): ErrorFields | undefined;
  result(): readonly string[] | undefined;
  error(): ErrorFields | undefined;
  close(): void;
}
export interface NativeClient {
  open(app: NativeApp, maxInFlight: number | bigint | undefined): Promise<ErrorFields | undefined> | ErrorFields;
  start(flow: NativeFlow): Promise<number> | ErrorFields;
  cancel(flow: NativeFlow): void;
  inFlight(): number;
  close(): Promise<void> | undefined;
}
export interface Native {
  abiVersion(): number;
  version(): string;
  hasClient(): boolean;
  catalogue(): string;
  shutDown(): void;
  readonly App: new () => NativeApp;
  readonly Flow: new () => NativeFlow;
  readonly Client: new () => NativeClient;
}

/** Where an addon for this system may be, best first. */
export function candidates(packageRoot: string): string[] {
  return [
    join(packageRoot, 'prebuilds', platform(), 'headlessid.node'),
    join(packageRoot, 'build', 'Release', 'headlessid.node'),
  ];
}

/** "linux-x64", "linux-arm64-musl", "darwin-arm64": what a directory of prebuilds is named. */
export function platform(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
}

/** Whether node itself was made for musl: its own file names the loader near its start. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  let file: number | undefined;
  try {
    file = openSync(process.execPath, 'r');
    const head = Buffer.alloc(8192);
    return head.subarray(0, readSync(file, head)).includes('/ld-musl-');
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Node's own executable exports the OpenSSL, zlib and nghttp2 that are built into it, and the system's libcurl
 * would be bound to those: another version than it was made for, or half of each. RTLD_DEEPBIND binds the addon's
 * libraries to each other. Not where malloc has been replaced, though (a preloaded jemalloc or sanitizer,
 * Electron): with it, what one malloc gave would go to another's free.
 */
function dlopenFlags(): number {
  const deep = (constants.dlopen as { RTLD_DEEPBIND?: number }).RTLD_DEEPBIND;
  const replaced = process.env['LD_PRELOAD'] || process.versions['electron'] || process.versions['bun'];
  return constants.dlopen.RTLD_NOW | (deep !== undefined && !replaced && !isMusl() ? deep : 0);
}

/**
 * Loads an addon and checks that it fits these sources. Each environment (the main thread, each worker) has its
 * own instance of it, which knows nothing of the others.
 */
export function load(paths: readonly string[]): Native {
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw loadError(
      'addon_missing',
      `there is no native addon for ${platform()}: build it with \`npx headlessid-build\` or \`npm rebuild headlessid\` ` +
        `(needs CMake, a C++20 compiler, and the headers of OpenSSL and libcurl); looked for ${paths.join(' and ')}`,
    );
  }
  let native: Native;
  try {
    const module: { exports: unknown } = { exports: {} };
    process.dlopen(module, path, dlopenFlags());
    native = module.exports as Native;
  } catch (error) {
    throw loadError(
      'addon_unloadable',
      `${path} cannot be loaded: build it anew with \`npx headlessid-build\` (${error instanceof Error ? error.message : 'no reason given'})`,
      error,
    );
  }
  return fits(native, path);
}

/** The same addon, if these sources were made for its ABI. */
export function fits(native: Native, path: string): Native {
  const found = native.abiVersion();
  if (found !== ABI_VERSION) {
    throw loadError(
      'abi_mismatch',
      `${path} has ABI ${found}, these sources need ABI ${ABI_VERSION}: build it anew with \`npx headlessid-build\``,
    );
  }
  return native;
}

function loadError(reason: string, message: string, cause?: unknown): HeadlessIdError {
  const fields: ErrorFields = { kind: 'ARGUMENT', advice: 'FIX_ARGUMENT', reason, message };
  return new HeadlessIdError(fields, cause === undefined ? undefined : { cause });
}

let loaded: Native | undefined;

/** The addon of this environment, loaded when it is first needed. */
export function native(): Native {
  if (loaded === undefined) {
    loaded = load(candidates(join(__dirname, '..')));
    // The I/O threads must be gone before the process takes its TLS library apart.
    process.once('exit', loaded.shutDown);
  }
  return loaded;
}

/** The library's version, for people. */
export function version(): string {
  return native().version();
}

/** Every setting and flow, as the library describes them: JSON, parsed. */
export function catalogue(): unknown {
  return JSON.parse(native().catalogue());
}
