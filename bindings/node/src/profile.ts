// Settings from where the headlessid command has them as well: the environment and a profile. Never read unasked.
import { fs } from './builtins';
import { argumentFields, HeadlessIdError } from './errors';
import { SETTINGS, type Settings } from './generated/settings';
import { hide, reveal } from './hidden';
import { readObject } from './result';

export interface EnvOptions {
  /** What the variables' names begin with: 'HEADLESSID_' unless given. */
  readonly prefix?: string | undefined;
  /** The variables; `process.env` unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

const MOST_BYTES = 2 * 1024 * 1024;

/** What is given, over the environment, over the profile that this names; hidden. */
export function settingsFromEnv(given: Partial<Settings>, source: EnvOptions): Settings {
  const prefix = reveal(source).prefix ?? 'HEADLESSID_';
  const env = hide(reveal(source).env ?? process.env);
  const profile = reveal(env)[`${prefix}PROFILE`];
  const below: Partial<Settings> = profile ? settingsFromProfile(profile, {}) : hide({});
  const { found, refusal } = fromVariables(prefix, env);
  if (refusal !== undefined) throw new HeadlessIdError(refusal);
  return over(given, over(found as Partial<Settings>, below));
}

/** What is given, over a profile; hidden. */
export function settingsFromProfile(path: string | URL, given: Partial<Settings>): Settings {
  const text = readProfile(path);
  const read = readObject(text);
  if (reveal(read) === undefined) throw refused('is not a JSON object');
  const twice = nameGivenTwice(text);
  if (twice !== undefined) throw refused(`has ${twice} twice`);
  const { found, why } = fromMembers(read as Record<string, unknown>);
  if (why !== undefined) throw refused(why);
  return over(given, found as Partial<Settings>);
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
    // Shells and containers say "not set" with nothing.
    if (env[variable]) found[key] = env[variable];
    else if (kind === 'integer' && name.endsWith('_ms')) {
      const inSeconds = variable.slice(0, -'_MS'.length);
      const seconds = env[inSeconds];
      if (!seconds) continue;
      if (!/^\d*\.?\d+$/.test(seconds) || !(Number(seconds) > 0 && Number(seconds) <= 1e9)) {
        return { found: hide(found), refusal: argumentFields(key, `${inSeconds} is not a number of seconds above 0`) };
      }
      found[key] = String(Math.ceil(Number(seconds) * 1000));
    }
  }
  return { found: hide(found) };
}

const KEYS = new Map(Object.entries(SETTINGS).map(([key, { name }]) => [name, key]));

/** The members by the keys of `Settings`. A name that is not a setting's is told only where it looks like a name. */
function fromMembers(hidden: Record<string, unknown>): { readonly found: Record<string, unknown>; readonly why?: string } {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(reveal(hidden))) {
    const key = KEYS.get(name);
    if (key === undefined) {
      const meant = [...KEYS.keys()].find((one) => one.replaceAll('_', '') === name.toLowerCase().replaceAll(/[_-]/g, ''));
      const shown = /^[A-Za-z0-9_-]{1,64}$/.test(name) ? ` ${name}` : '';
      return { found: {}, why: `has a member that is not a setting:${shown}${meant === undefined ? '' : `. Did you mean ${meant}?`}` };
    }
    if (value === null) continue;
    const kind = SETTINGS[key]?.kind;
    const words = Array.isArray(value) && kind === 'list' && value.every((word) => typeof word === 'string');
    const object = kind === 'json' && typeof value === 'object';
    const plain = typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
    if (!words && !object && !plain) return { found: {}, why: `has a value of the wrong kind: ${name}` };
    found[key] = words || object ? value : String(value);
  }
  return { found: hide(found) };
}

/** The text of a profile, hidden. */
function readProfile(path: string | URL): string {
  let size: number | undefined;
  let bytes = hide<Buffer | undefined>(undefined);
  try {
    // A pipe would be waited for, with the event loop standing still.
    const stat = fs.statSync(path);
    size = stat.isFile() ? stat.size : undefined;
    if (size !== undefined && size <= MOST_BYTES) bytes = hide(fs.readFileSync(path));
  } catch (error) {
    throw refused(`cannot be read (${(error as { code?: string }).code ?? 'no reason given'}): ${String(path)}`);
  }
  if (size === undefined) throw refused(`is not a file: ${String(path)}`);
  if (size > MOST_BYTES) throw refused('is larger than 2 MiB');
  const [first, second] = reveal(bytes) as Buffer;
  if (first === 0xff || first === 0xfe || first === 0 || second === 0) throw refused('looks like UTF-16: save it as UTF-8');
  return decoded(bytes as Buffer);
}

/** Without the mark that some editors put in front. */
function decoded(bytes: Buffer): string {
  try {
    return hide(new TextDecoder('utf-8', { fatal: true }).decode(reveal(bytes)));
  } catch {
    throw refused('is not UTF-8');
  }
}

/** The first name that a JSON object, which this text is, has twice: which of the two counts, nobody would know. */
function nameGivenTwice(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of reveal(text).matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && token.endsWith(':')) {
      const name = JSON.parse(token.replace(/\s*:$/, '')) as string;
      if (seen.has(name)) return KEYS.has(name) ? name : 'a name';
      seen.add(name);
    }
  }
  return undefined;
}

/** The profile's own names are told as they are written there, which is not how this package spells them. */
function refused(why: string): HeadlessIdError {
  return new HeadlessIdError(argumentFields('profile', why), { names: 'as written' });
}
