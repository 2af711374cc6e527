import { badArgument } from './errors';
import type { GuestLike, ValueEntry, ValueTable } from './types';

/** What the addon takes: text, exact bytes, or absent. */
export type NativeValue = string | Uint8Array | undefined;

/**
 * Names and values as the library takes them, in the order given. What is undefined or null is left out, so that
 * the library picks its default; a name that the table does not know goes through as it is, so that the library
 * refuses it by that name.
 */
export function toNative(table: ValueTable, given: object): [name: string, value: NativeValue][] {
  const out: [string, NativeValue][] = [];
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    out.push(entry === undefined ? [key, value] : [entry.name, toText(entry, value)]);
  }
  return out;
}

/** The parameters of a flow with those filled in that a guest fills. */
export function withGuest(table: ValueTable, given: object): object {
  const { guest, ...rest } = given as { guest?: GuestLike | null };
  if (guest === undefined || guest === null) return rest;
  const filled: Record<string, unknown> = { ...rest };
  for (const [key, entry] of Object.entries(table)) {
    if (entry.fromGuest === undefined) continue;
    filled[key] ??= guest[entry.fromGuest];
  }
  return filled;
}

function toText(entry: ValueEntry, value: unknown): NativeValue {
  switch (entry.kind) {
    case 'integer':
      if (typeof value === 'bigint') return value.toString();
      if (typeof value !== 'number') break;
      if (!Number.isSafeInteger(value)) throw badArgument(entry.name, 'must be a whole number below 2^53');
      return value.toString();
    case 'flag':
      if (typeof value === 'boolean') return value ? 'true' : 'false';
      break;
    case 'list':
      if (Array.isArray(value)) return value.join(' ');
      // Keys by their id, in the order given.
      if (value instanceof Map) return [...(value as Map<string, Uint8Array>)].map(([id, key]) => `${id}:${base64url(entry.name, key)}`).join(' ');
      break;
    case 'json':
      if (value instanceof Map) return JSON.stringify(Object.fromEntries(value));
      if (typeof value === 'object' && !(value instanceof Uint8Array)) return JSON.stringify(value);
      break;
    case 'text':
    case 'url':
      break;
  }
  // Anything else than a string or bytes is refused by the addon, with the name.
  return value as NativeValue;
}

function base64url(name: string, bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name} must hold a Uint8Array for each id`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
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
