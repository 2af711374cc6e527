import { causeInShort, HeadlessIdError, type ErrorFields } from '../errors';
import { hide, reveal } from '../hidden';
import type { NativeFlow, NativeStore } from '../native';
import { sleepAtMost } from './time';

/** What a store has under a key. */
export interface StoredSession {
  readonly version: string;
  readonly value: Uint8Array;
}

type Eventually<T> = T | Promise<T>;

/**
 * Where sessions are kept. Keys and values are bytes: a key at most 512, a value at most 64 KiB, sealed. Versions and
 * owners are text of at most 64 letters, digits and hyphens. Each operation is one step for everybody who uses the
 * store; what it throws, or a promise that rejects, is a fault, after which the flow finds out what has happened. "Done" that
 * was not done, or "nothing there" where the store could not look, costs a session. `checkStore` of `headlessid/testing` shows
 * whether a store keeps these promises.
 */
export interface SessionStore {
  /**
   * What is there; null: nothing, or its time to live is over. A load after a save sees it: no replica. `undefined`, as of
   * a function that forgot to return, is a fault.
   */
  load(key: Uint8Array): Eventually<StoredSession | null>;
  /**
   * Puts value and version for `ttlMs` milliseconds, only if `expected` is the version that is there (undefined: only if
   * nothing is). Whether it did.
   */
  save(key: Uint8Array, expected: string | undefined, version: string, value: Uint8Array, ttlMs: number): Eventually<boolean>;
  /** Removes what is there, only if this is its version. Whether it did. */
  delete(key: Uint8Array, version: string): Eventually<boolean>;
  /** Takes the key's lock for `ttlMs` milliseconds, if no other owner holds it; an owner may take it again. Whether it did. */
  lock(key: Uint8Array, owner: string, ttlMs: number): Eventually<boolean>;
  /** Gives the lock back, if this owner holds it. Whether it did. */
  unlock(key: Uint8Array, owner: string): Eventually<boolean>;
}

const METHODS = ['load', 'save', 'delete', 'lock', 'unlock'] as const;

/** What an object lacks to be a store; undefined: nothing. */
export function lackOf(store: unknown): string | undefined {
  const given = Object(store) as Record<string, unknown>;
  return METHODS.find((name) => typeof given[name] !== 'function');
}

/** Thrown for what a store gave back that is neither an outcome nor an error. */
class WrongOutcome extends Error {
  override readonly name = 'WrongOutcome';
}

/**
 * Does the operation at which a flow waits, and gives the outcome to the flow. Resolves with what the store threw, if it
 * failed.
 */
export async function serve(handle: NativeFlow, store: SessionStore, timeoutMs: number): Promise<unknown> {
  const wanted = wantedBy(handle);
  const number = reveal(wanted).operation;
  const operation = METHODS[number - 1];
  let found: StoredSession | undefined;
  let done = false;
  try {
    if (operation === undefined) throw new WrongOutcome(`the operation ${number} is newer than this package`);
    const given = hide(await sleepAtMost(timeoutMs, () => perform(operation, wanted, store)));
    if (operation === 'load') found = storedIn(given);
    else if (typeof reveal(given) === 'boolean') done = reveal(given) as boolean;
    else throw new WrongOutcome(`the store's ${operation} gave neither true nor false`);
  } catch (cause) {
    handle.giveStoreFault(shortly(cause));
    return cause;
  }
  const refused =
    operation !== 'load'
      ? handle.giveStoreDone(done)
      : found === undefined
        ? handle.giveStored()
        : handle.giveStored(found.version, reveal(found.value));
  if (refused === undefined) return undefined;
  const cause = new WrongOutcome(`the store's ${operation} gave what the library refuses: ${refused.message}`);
  handle.giveStoreFault(cause.message);
  return cause;
}

/** What the flow waits for, hidden: the key may be the id of a browser's session. */
function wantedBy(handle: NativeFlow): NativeStore {
  const wanted = hide(handle.store());
  if ('kind' in reveal(wanted)) throw new HeadlessIdError(reveal(wanted) as ErrorFields);
  return wanted as NativeStore;
}

function perform(operation: (typeof METHODS)[number], hidden: NativeStore, store: SessionStore): Eventually<unknown> {
  const wanted = (): NativeStore => reveal(hidden);
  const { version, owner = '' } = wanted();
  const ttlMs = Number(wanted().ttlMs);
  switch (operation) {
    case 'load':
      return store.load(wanted().key);
    case 'save':
      return store.save(wanted().key, version, wanted().newVersion ?? '', wanted().value ?? new Uint8Array(), ttlMs);
    case 'delete':
      return store.delete(wanted().key, version ?? '');
    case 'lock':
      return store.lock(wanted().key, owner, ttlMs);
    case 'unlock':
      return store.unlock(wanted().key, owner);
  }
}

/** The value is sealed, and hidden anyway. */
function storedIn(hidden: unknown): StoredSession | undefined {
  const given = (): Partial<StoredSession> => Object(reveal(hidden)) as Partial<StoredSession>;
  if (reveal(hidden) === null) return undefined;
  // Not "nothing there", which would sign the user out.
  if (reveal(hidden) === undefined) throw new WrongOutcome("the store's load gave undefined: it must resolve with a session, or null");
  const { version } = given();
  if (typeof version !== 'string' || version === '' || !(given().value instanceof Uint8Array)) {
    throw new WrongOutcome("the store's load gave neither null nor a version and a Uint8Array");
  }
  return { version, value: hide(given().value as Uint8Array) };
}

/** One line without secrets: a foreign message may quote a key or a value. The words of a Redis server's error come first in it. */
function shortly(cause: unknown): string {
  if (cause instanceof WrongOutcome) return cause.message;
  const word = cause instanceof Error ? /^[A-Z]{2,20}(?= )/.exec(cause.message)?.[0] : undefined;
  return word === undefined ? causeInShort(cause) : `${causeInShort(cause)}: ${word}`;
}
