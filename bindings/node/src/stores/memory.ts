import type { SessionStore, StoredSession } from '../sessions/store';

interface Held<T> {
  readonly what: T;
  readonly endsMs: number;
}

/**
 * Sessions in this process's memory: for tests, and for a program that is one process and may sign its users in again when it
 * starts. Several clients may share one.
 */
export class MemoryStore implements SessionStore {
  readonly #sessions = new Map<string, Held<StoredSession>>();
  readonly #locks = new Map<string, Held<string>>();

  load(key: Uint8Array): StoredSession | null {
    const held = at(this.#sessions, key);
    return held === undefined ? null : { version: held.version, value: held.value.slice() };
  }

  save(key: Uint8Array, expected: string | undefined, version: string, value: Uint8Array, ttlMs: number): boolean {
    if (at(this.#sessions, key)?.version !== expected) return false;
    put(this.#sessions, key, { version, value: value.slice() }, ttlMs);
    return true;
  }

  delete(key: Uint8Array, version: string): boolean {
    return at(this.#sessions, key)?.version === version && this.#sessions.delete(nameOf(key));
  }

  lock(key: Uint8Array, owner: string, ttlMs: number): boolean {
    const holder = at(this.#locks, key);
    if (holder !== undefined && holder !== owner) return false;
    put(this.#locks, key, owner, ttlMs);
    return true;
  }

  unlock(key: Uint8Array, owner: string): boolean {
    return at(this.#locks, key) === owner && this.#locks.delete(nameOf(key));
  }
}

const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');

function at<T>(held: Map<string, Held<T>>, key: Uint8Array): T | undefined {
  const found = held.get(nameOf(key));
  return found !== undefined && Date.now() < found.endsMs ? found.what : undefined;
}

/** With each write the oldest few go that are over, so that the app has not to clean up. */
function put<T>(held: Map<string, Held<T>>, key: Uint8Array, what: T, ttlMs: number): void {
  const now = Date.now();
  held.delete(nameOf(key));
  let looked = 0;
  for (const [name, { endsMs }] of held) {
    if (endsMs <= now) held.delete(name);
    if ((looked += 1) >= 4) break;
  }
  held.set(nameOf(key), { what, endsMs: now + ttlMs });
}
