import { argumentFields, badArgument, type Refusal } from './errors';
import { NAMES } from './generated/names';
import { hide, reveal } from './hidden';
import { nearest } from './nearest';
import type { ValueEntry, ValueTable } from './tables';

/** What the addon accepts: text, exact bytes, or absent. */
export type NativeValue = string | Uint8Array | undefined;

// Nothing below throws while a value is at hand: what is wrong is returned, and thrown where no value is held.

type Fitting<T> = { readonly is: T } | { readonly refusal: Refusal };

/**
 * Names and values as the library reads them, one after the other in the order given, hidden. What is undefined or
 * null is left out, so that the library picks its default; a name that the table does not have goes through as it
 * is, for the library to refuse, unless it is nearly one that the table has.
 */
export function toNative(table: ValueTable, given: object, what: string): { readonly values: NativeValue[]; readonly refusal?: Refusal } {
  const values: NativeValue[] = [];
  for (const [key, value] of inOrder(reveal(given) ?? {})) {
    if (value === undefined || value === null) continue;
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    const meant = entry === undefined ? alike(key, Object.keys(table)) : undefined;
    if (meant !== undefined) return { values: [], refusal: argumentFields(key, `${what}. Did you mean ${meant}?`) };
    const fitting: Fitting<NativeValue> = entry === undefined ? asText(key, value) : toText(key, entry, value);
    if ('refusal' in fitting) return { values: [], refusal: fitting.refusal };
    values.push(entry?.name ?? key, fitting.is);
  }
  return { values: hide(values) };
}

/** A guest and a session first: a parameter that is given by its name overrides the one that they fill. */
function inOrder(given: object): [string, unknown][] {
  const all = Object.entries(given);
  return [...all.filter(([key]) => Object.hasOwn(SESSIONS, key)), ...all.filter(([key]) => !Object.hasOwn(SESSIONS, key))];
}

/** Sets a flow's parameters: the first that is refused, or nothing. */
export function setAll(
  flow: { set(name: string, value: NativeValue): Refusal; name(): string | undefined },
  table: ValueTable,
  given: object,
): Refusal {
  const { values, refusal } = toNative(table, given, `is not a parameter of ${flow.name() ?? 'the flow'}`);
  if (refusal !== undefined) return refusal;
  const pairs = reveal(values);
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const refused = flow.set(pairs[i] as string, pairs[i + 1]);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** The parameters of a flow that accepts a session's tokens; hidden. The tokens may be given themselves, in the parameters' place. */
export function withTokens(given: object): object {
  const all: object = reveal(given) ?? {};
  // Their members cannot be listed: they are secret. A promise of them is refused by name.
  return 'toJson' in all || 'then' in all ? hide({ tokens: all }) : given;
}

// What is read of an object that is given as one of these, and where such an object comes from.
const SESSIONS: { readonly [name: string]: { readonly members: Readonly<Record<string, string>>; readonly from: string } } = {
  guest: { members: { uvid: 'uvid', accessToken: 'access_token' }, from: 'give what guest() resolved with, or a Visitor' },
  tokens: { members: { accessToken: 'access_token', refreshToken: 'refresh_token' }, from: 'give what login() resolved with' },
};

/** A guest, a visitor or a session as the text that the library takes apart. */
function sessionText(key: string, value: unknown): Fitting<NativeValue> {
  const given = Object(value) as object;
  const { toJson } = given as { toJson?: () => string };
  if (typeof toJson === 'function') return { is: toJson.call(given) };
  const { members, from } = SESSIONS[key] as (typeof SESSIONS)[string];
  // A promise of a session, for one, would be ignored without a word.
  if (!Object.keys(members).some((member) => member in given)) {
    return { refusal: argumentFields(key, `has neither ${Object.keys(members).join(' nor ')}: ${from}`) };
  }
  const text: Record<string, unknown> = {};
  for (const [own, name] of Object.entries(members)) {
    const member = (given as Record<string, unknown>)[own];
    if (member instanceof Uint8Array) text[name] = Buffer.from(member.buffer, member.byteOffset, member.byteLength).toString();
    else if (member !== undefined && member !== null) text[name] = member;
  }
  return { is: JSON.stringify(text) };
}

function toText(key: string, entry: ValueEntry, value: unknown): Fitting<NativeValue> {
  switch (entry.kind) {
    case 'integer':
      if (typeof value === 'bigint') return { is: value.toString() };
      if (typeof value !== 'number') break;
      if (!Number.isSafeInteger(value)) return { refusal: argumentFields(key, 'must be a whole number below 2^53') };
      return { is: value.toString() };
    case 'flag':
      if (typeof value === 'boolean') return { is: value ? 'true' : 'false' };
      break;
    case 'list':
      if (Array.isArray(value)) return { is: value.join(' ') };
      if (value instanceof Map) return keys(key, value as Map<unknown, unknown>);
      // Not a promise of keys, and no list of another kind.
      if (entry.name === SESSION_KEYS && isPlain(value)) return keys(key, new Map(Object.entries(value)));
      if (entry.name === SESSION_KEYS && typeof value !== 'string' && !(value instanceof Uint8Array)) return wrongKeys(key);
      break;
    case 'json':
      if (typeof value === 'string' || value instanceof Uint8Array) break;
      if (Object.hasOwn(SESSIONS, entry.name)) return sessionText(key, value);
      if (value instanceof Map) return { is: JSON.stringify(Object.fromEntries(value)) };
      if (typeof value === 'object') return { is: JSON.stringify(value) };
      break;
    case 'text':
    case 'url':
      break;
  }
  return asText(key, value);
}

/**
 * The name that a misspelt one was meant to be. The library, which judges all other names, repeats only what cannot be a
 * value in the place of a name.
 */
function alike(name: string, names: readonly string[]): string | undefined {
  // The catalogue's own spelling is accepted.
  return NAMES.has(name) ? undefined : nearest(name, names);
}

function asText(key: string, value: unknown): Fitting<NativeValue> {
  if (typeof value === 'string' || value instanceof Uint8Array) return { is: value };
  return { refusal: new TypeError(`${key} must be a string or a Uint8Array`) };
}

/** Keys by their id, in the order given. */
function keys(key: string, given: Map<unknown, unknown>): Fitting<NativeValue> {
  const words: string[] = [];
  for (const [id, value] of given) {
    const text = keyText(value);
    if (text === undefined) return wrongKeys(key);
    words.push(`${String(id)}:${text}`);
  }
  return { is: words.join(' ') };
}

/** Base64 of a key's bytes; its own text, if that is one word, as two would be two keys. The library judges both. */
function keyText(value: unknown): string | undefined {
  if (typeof value === 'string') return /\s/.test(value.trim()) ? '?' : value.trim();
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64url') : undefined;
}

const wrongKeys = (key: string): { refusal: Refusal } => ({
  refusal: new TypeError(
    `${key} must be words id:base64-of-32-bytes, as \`headlessid session new-key\` prints one, a list of them, ` +
      'or a Map or an object of each id to its 32 bytes, or to their base64',
  ),
});

const SESSION_KEYS = 'session_keys';

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A whole number that is carried over exactly, or an error that names it. */
export function exactInteger(field: string, value: number | bigint): number | bigint {
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw badArgument(field, 'does not fit into 64 bits');
    return value;
  }
  if (!Number.isSafeInteger(value)) throw badArgument(field, 'must be a whole number below 2^53, or a bigint');
  return value;
}

/** A whole number of 32 bits, or an error that names it. */
export function smallInteger(field: string, value: number): number {
  if ((value | 0) !== value) throw badArgument(field, 'must be a whole number of 32 bits');
  return value;
}

/** A number from the library, which is a bigint where a number would not be exact. */
export function exactNumber(field: string, value: number | bigint): number {
  if (typeof value === 'bigint') throw badArgument(field, 'is beyond 2^53 and has no exact number');
  return value;
}
