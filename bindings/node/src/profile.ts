// Settings from the sources that the headlessid command reads as well: the environment and a profile. Never read unasked.
import { fs } from './builtins';
import { argumentFields, HeadlessIdError, type ErrorFields } from './errors';
import { SETTINGS, type Settings } from './generated/settings';
import { hide, reveal } from './hidden';
import { readObject } from './result';

export interface EnvOptions {
  /** The prefix of the variables' names; 'HEADLESSID_' unless given. */
  readonly prefix?: string | undefined;
  /** The variables; `process.env` unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

const MOST_BYTES = 2 * 1024 * 1024;

// Where the text of a profile is among settings: no name, so that nothing lists it.
const PROFILE = Symbol('profile');

/** `given`, over the environment, over the profile that the environment names; hidden. */
export function settingsFromEnv(given: Partial<Settings>, source: EnvOptions): Settings {
  const prefix = reveal(source).prefix ?? 'HEADLESSID_';
  const env = hide(reveal(source).env ?? process.env);
  const { found, refusal } = fromVariables(prefix, env);
  if (refusal !== undefined) throw new HeadlessIdError(refusal);
  const path = reveal(env)[`${prefix}PROFILE`];
  return over(given, path ? settingsFromProfile(path, found as Partial<Settings>) : (found as Partial<Settings>));
}

/** `given`, over a profile; hidden. */
export function settingsFromProfile(path: string | URL, given: Partial<Settings>): Settings {
  return over(given, hide({ [PROFILE]: readProfile(path) }) as Partial<Settings>);
}

/** The text of the profile among settings, hidden; undefined within where there is none. */
export function profileOf(settings: Settings): Uint8Array | undefined {
  return (reveal(settings) as { readonly [PROFILE]?: Uint8Array })[PROFILE] ?? hide(undefined);
}

// The library's own, which no catalogue tells.
const SESSION_CACHE_MS = 5000;

/** The settings that people see, and that this package reads itself. */
export function shownOf(
  settings: Settings,
  profile: Uint8Array | undefined,
): { readonly site: string; readonly clientId: string; readonly sessionCacheMs: number } {
  const given = reveal(settings) as unknown as Record<string, unknown>;
  const below = (reveal(profile) === undefined ? undefined : reveal(readObject(profile as Uint8Array))) ?? {};
  return {
    site: reveal(settings).site ?? (below['site'] as string),
    clientId: reveal(settings).clientId ?? (below['client_id'] as string),
    sessionCacheMs: Number(given['sessionCacheMs'] ?? given['session_cache_ms'] ?? below['session_cache_ms'] ?? SESSION_CACHE_MS),
  };
}

/** Throws what the library refused in a profile. Its names are told as they are written there, not as this package spells them. */
export function checkProfile(refusal: ErrorFields | undefined): void {
  if (refusal === undefined) return;
  const { message } = refusal;
  throw refused(message.startsWith('json ') ? message.slice('json '.length) : `cannot be used: ${message}`);
}

function over(first: Partial<Settings>, second: Partial<Settings>): Settings {
  const all: Record<string, unknown> = { ...reveal(second) };
  for (const [key, value] of Object.entries(reveal(first))) {
    if (value !== undefined && value !== null) all[key] = value;
  }
  return hide(all as unknown as Settings);
}

function fromVariables(prefix: string, hidden: Readonly<Record<string, string | undefined>>) {
  const env = reveal(hidden);
  const found: Record<string, string> = {};
  for (const [key, { name, kind }] of Object.entries(SETTINGS)) {
    const variable = prefix + name.toUpperCase();
    // For shells and containers an empty variable is one that is not set.
    if (env[variable]) found[key] = env[variable];
    else if (kind === 'integer' && name.endsWith('_ms')) {
      const inSeconds = variable.slice(0, -'_MS'.length);
      const seconds = env[inSeconds];
      if (!seconds) continue;
      if (!/^\d*\.?\d+$/.test(seconds) || !(Number(seconds) > 0 && Number(seconds) <= 1e9)) {
        return { found: hide(found), refusal: argumentFields(key, `(${inSeconds}) must be a positive number of seconds`) };
      }
      found[key] = String(Math.ceil(Number(seconds) * 1000));
    }
  }
  return { found: hide(found) };
}

/** The bytes of a profile, hidden. */
function readProfile(path: string | URL): Uint8Array {
  let size: number | undefined;
  let bytes = hide<Uint8Array | undefined>(undefined);
  try {
    // Reading a pipe would wait, and stop the event loop.
    const stat = fs.statSync(path);
    size = stat.isFile() ? stat.size : undefined;
    if (size !== undefined && size <= MOST_BYTES) bytes = hide(fs.readFileSync(path));
  } catch (error) {
    throw refused(`cannot be read (${(error as { code?: string }).code ?? 'no reason given'}): ${String(path)}`);
  }
  if (size === undefined) throw refused(`is not a file: ${String(path)}`);
  if (size > MOST_BYTES) throw refused('is larger than 2 MiB');
  return bytes as Uint8Array;
}

function refused(why: string): HeadlessIdError {
  return new HeadlessIdError(argumentFields('profile', why), { names: 'as written' });
}
