import { fs, os, path } from './builtins';
import { HeadlessIdError, type ErrorFields } from './errors';
import { ABI_VERSION } from './generated/abi';
import { BUILD, installation, isMusl, placesOf, platform, prebuiltPackage, type Places } from './places';
import type { NativeValue } from './values';

/** The addon as it is: every call returns its outcome, or the fields of an error. */
export interface NativeApp {
  setProfile(json: NativeValue): ErrorFields | undefined;
  open(settings: readonly NativeValue[]): ErrorFields | undefined;
}
export interface NativeRequest {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
  readonly retrySafe: boolean;
  readonly prefersHttp2: boolean;
  readonly deadlineMs: number | bigint;
}
export interface NativeAsk {
  readonly name?: string;
  readonly secret: boolean;
  readonly problem?: ErrorFields;
  readonly url?: string;
  readonly code?: string;
  readonly verificationUri?: string;
}
export interface NativeStore {
  /** 1 to 5: load, save, delete, lock, unlock. */
  readonly operation: number;
  readonly key: Uint8Array;
  readonly version?: string;
  readonly newVersion?: string;
  readonly value?: Uint8Array;
  readonly ttlMs: number | bigint;
  readonly owner?: string;
}
export interface NativeFlow {
  open(app: NativeApp, name: string): ErrorFields | undefined;
  unseal(
    app: NativeApp,
    name: string | undefined,
    ticket: NativeValue,
    binding: NativeValue,
    now: number | bigint,
  ): ErrorFields | undefined;
  openSession(session: NativeSession, name: string): ErrorFields | undefined;
  name(): string | undefined;
  set(name: string, value: NativeValue): ErrorFields | undefined;
  setTimeoutMs(timeout: number | bigint): ErrorFields | undefined;
  setTrace(on: boolean): ErrorFields | undefined;
  trace(): string | undefined;
  setEvents(on: boolean): ErrorFields | undefined;
  /** A JSON object a line; undefined while a client runs the flow. */
  events(): string | undefined;
  next(now: number | bigint): number | ErrorFields;
  stepName(step: number): string;
  request(): NativeRequest | ErrorFields;
  giveResponse(status: number, httpVersion: number, headers: readonly string[], body: NativeValue): ErrorFields | undefined;
  giveNoResponse(sent: number, why: string | undefined, reason?: string): ErrorFields | undefined;
  ask(): NativeAsk | ErrorFields;
  giveValue(name: string, value: NativeValue): ErrorFields | undefined;
  offer(name: string, value: NativeValue): ErrorFields | undefined;
  giveNothing(why?: string): ErrorFields | undefined;
  resend(): ErrorFields | undefined;
  seal(binding: NativeValue, now: number | bigint): string | ErrorFields;
  ticketId(): string | undefined;
  sign(): { readonly algorithm: string; readonly input: Uint8Array } | ErrorFields;
  store(): NativeStore | ErrorFields;
  /** Nothing, or what is there. */
  giveStored(version?: string, value?: Uint8Array): ErrorFields | undefined;
  giveStoreDone(done: boolean): ErrorFields | undefined;
  giveStoreFault(why: string): ErrorFields | undefined;
  waitUntilMs(): number | bigint | ErrorFields;
  cancel(): ErrorFields | undefined;
  result(): readonly string[] | undefined;
  error(): ErrorFields | undefined;
  close(): void;
}
export interface NativeClient {
  open(app: NativeApp, maxInFlight: number | bigint | undefined): Promise<ErrorFields | undefined> | ErrorFields;
  start(flow: NativeFlow): Promise<number> | ErrorFields;
  inFlight(): number;
  close(): Promise<void> | undefined;
}
export interface NativeSessions {
  open(app: NativeApp, keys: NativeValue): ErrorFields | undefined;
}
export interface NativeSession {
  open(sessions: NativeSessions, key: Uint8Array): ErrorFields | undefined;
  /** The access token, or undefined where a flow must look. */
  token(now: number, minTtl: number): string | undefined;
}
/** JSON in, JSON or the fields of an error out. */
export interface NativeOrg {
  hasOrg(): boolean;
  lint(request: string): Promise<string | ErrorFields>;
  generate(request: string): Promise<string | ErrorFields>;
  explain(request: string): Promise<string | ErrorFields>;
}
export interface Native {
  abiVersion(): number;
  version(): string;
  hasClient(): boolean;
  catalogue(): string;
  shutDown(): void;
  readonly org: NativeOrg;
  readonly App: new () => NativeApp;
  readonly Flow: new () => NativeFlow;
  readonly Client: new () => NativeClient;
  readonly Sessions: new () => NativeSessions;
  readonly Session: new () => NativeSession;
}

/** Where an addon for this system may be: HEADLESSID_ADDON alone, where it is set. */
export function candidates(): Places {
  const named = process.env['HEADLESSID_ADDON'];
  return named ? { paths: [path.resolve(named)], bundled: false } : placesOf('headlessid.node');
}

/**
 * Node's own executable exports the OpenSSL, zlib and nghttp2 that are built into it, and the system's libcurl
 * would be bound to those: another version than it was made for, or half of each. RTLD_DEEPBIND binds the addon's
 * libraries to each other. Not where malloc has been replaced, though (a preloaded jemalloc or sanitizer,
 * Electron): with it, what one malloc gave would go to another's free.
 */
function dlopenFlags(): number {
  const deep = (os.constants.dlopen as { RTLD_DEEPBIND?: number }).RTLD_DEEPBIND;
  const replaced = process.env['LD_PRELOAD'] || process.versions['electron'] || process.versions['bun'];
  return os.constants.dlopen.RTLD_NOW | (deep !== undefined && !replaced && !isMusl() ? deep : 0);
}

/**
 * Loads an addon and checks that it fits these sources. Each environment (the main thread, each worker) has its
 * own instance of it, which knows nothing of the others.
 */
export function load(places: Places): Native {
  const found = places.paths.find((candidate) => fs.existsSync(candidate));
  if (found === undefined) throw loadError('addon_missing', missing(places));
  let native: Native;
  try {
    const module: { exports: unknown } = { exports: {} };
    process.dlopen(module, found, dlopenFlags());
    native = module.exports as Native;
  } catch (error) {
    throw loadError('addon_unloadable', unloadable(found, error instanceof Error ? error.message : 'no reason given'), error);
  }
  return fits(native, found);
}

const BUILD_NEEDS = 'which needs CMake, a C++20 compiler, and the headers of OpenSSL, libcurl and simdjson';

function missing({ paths, bundled }: Places): string {
  const looked = `looked for ${paths.join(', ')}`;
  if (process.env['HEADLESSID_ADDON']) return `HEADLESSID_ADDON names ${paths[0]}, and there is no such file`;
  if (bundled) {
    return (
      'this program was bundled, and the native addon did not come along: mark `headlessid` as external (esbuild: --external:headlessid; ' +
      `Next.js: serverExternalPackages; Vite: ssr.external) and ship node_modules/headlessid and node_modules/${prebuiltPackage()}, or ` +
      `put headlessid.node next to the bundle or name it in HEADLESSID_ADDON; ${looked}`
    );
  }
  const install = installation();
  if (install === undefined) return `there is no prebuilt addon for ${platform()}: build it with ${BUILD}, ${BUILD_NEEDS}; ${looked}`;
  return (
    `the native addon for ${platform()} is missing: install it with ${install} (an optional ` +
    'dependency of headlessid, which `--omit=optional` leaves out, and so does a lock file or a node_modules made on another system), ' +
    `or build it with ${BUILD}, ${BUILD_NEEDS}; ${looked}`
  );
}

// The packages in which the addon's libraries come; simdjson's name ends with the number of the file.
const PACKAGES: readonly (readonly [library: RegExp, packages: string])[] = [
  [/^libsimdjson\.so\.(\d+)/, 'libsimdjson$1 (Debian, Ubuntu), simdjson (Fedora, Alpine, Homebrew)'],
  [/^libcurl\.so\.4/, 'libcurl4 or libcurl4t64 (Debian, Ubuntu), libcurl (Fedora, Alpine)'],
  [/^lib(?:ssl|crypto)\.so\.3/, 'libssl3 or libssl3t64 (Debian, Ubuntu), openssl-libs (Fedora), libssl3 (Alpine)'],
  [/^libpugixml\.so\.1/, 'libpugixml1v5 (Debian, Ubuntu), pugixml (Fedora, Alpine, Homebrew)'],
  [/^libz\.so\.1/, 'zlib1g (Debian, Ubuntu), zlib (Fedora, Alpine)'],
  [/^libstdc\+\+\.so\.6/, 'libstdc++6 (Debian, Ubuntu), libstdc++ (Fedora, Alpine)'],
];

/** What the system's loader said, with what helps: a library that is missing is not built, it is installed. */
export function unloadable(file: string, said: string): string {
  // Not the libc of musl: an addon made on Alpine asks for it, and belongs there.
  const library = /(lib(?!c\.musl)[^\s:/]+\.so[.\d]*): cannot open shared object file/.exec(said)?.[1];
  if (library === undefined)
    return `${file} cannot be loaded on ${platform()} (${said}): if it was built for another system, ${instead(file)}`;
  const known = PACKAGES.find(([pattern]) => pattern.test(library));
  const from = known === undefined ? 'the package that has it' : known[1].replace('$1', known[0].exec(library)?.[1] ?? '');
  return `${file} cannot be loaded: the library ${library} is missing on this machine; install ${from} (${said})`;
}

/** How to get an addon that fits. What was built or named by hand counts more than the package, and would stay in its way. */
function instead(file: string): string {
  const install = installation();
  const build = `build it here with ${BUILD}, ${BUILD_NEEDS}`;
  if (process.env['HEADLESSID_ADDON']) {
    const from = install === undefined ? build : `install it with ${install}, or ${build}`;
    return `unset HEADLESSID_ADDON, or let it name an addon for ${platform()}: ${from}`;
  }
  if (install === undefined) return build;
  const remove = inPrebuilt(file) ? '' : 'remove it and ';
  return `${remove}install the addon for ${platform()} with ${install}, or ${build}`;
}

function inPrebuilt(file: string): boolean {
  return file.includes(`node_modules/${prebuiltPackage()}/`);
}

/** The same addon, if these sources were made for its ABI. */
export function fits(native: Native, file: string): Native {
  const found = native.abiVersion();
  if (found !== ABI_VERSION) {
    const install = inPrebuilt(file) ? installation() : undefined;
    const again = install === undefined ? `build it again with ${BUILD}` : `install the version that belongs to this one: ${install}`;
    throw loadError('abi_mismatch', `${file} has ABI ${found}, these sources need ABI ${ABI_VERSION}: ${again}`);
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
    loaded = load(candidates());
    // The clients' threads must be gone before the process takes its TLS library apart.
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
