// Shows whether a store of sessions keeps its promises: each in a function of its own, which throws what it found.
import { builtin, path } from '../builtins';
import type { SessionStore, StoredSession } from '../sessions/store';
import { increment, type Round } from './race';

const { fork } = (builtin('node:child_process') ?? require('node:child_process')) as typeof import('node:child_process');

/** Opens the storage that is checked: one more connection each time, as of another process. */
export type MakeStore = () => SessionStore | Promise<SessionStore>;

export interface CheckStoreOptions {
  /** Times to live in the checks are this long, in milliseconds: longer for a slow store. Default: 300. */
  readonly ttlMs?: number | undefined;
  /** How many race in the checks of races. Default: 8. */
  readonly racers?: number | undefined;
  /**
   * The path of a CommonJS or ES module whose default export is the same function: then processes race too. They end by
   * themselves; what the store keeps open goes with them.
   */
  readonly module?: string | undefined;
}

/** A promise that the store does not keep; the message says which. */
export class StoreCheckError extends Error {
  override readonly name = 'StoreCheckError';
}

interface Checked {
  readonly store: SessionStore;
  readonly others: readonly SessionStore[];
  readonly ttlMs: number;
  /** A key that nothing else uses. */
  key(name?: string): Buffer;
}

const LONG_MS = 60_000;

/**
 * Checks a store of your own: that it compares and acts in one step, also where several do so at once; that "nothing there", times to
 * live and locks are what they say; that keys and values come back as they were, byte for byte. Rejects with a StoreCheckError that
 * names the promise that is not kept. Leaves nothing behind but what a time to live removes within a minute.
 *
 * ```js
 * await checkStore(() => new MyStore(connection));
 * ```
 */
export async function checkStore(makeStore: MakeStore, options: CheckStoreOptions = {}): Promise<void> {
  const { ttlMs = 300, racers = 8, module } = options;
  const stores = await Promise.all(Array.from({ length: racers }, () => makeStore()));
  const run = `check-${process.pid}-${Math.random().toString(36).slice(2)}-`;
  let keys = 0;
  const checked: Checked = {
    store: stores[0] as SessionStore,
    others: stores,
    ttlMs,
    key: (name = '') => Buffer.from(`${run}${(keys += 1)}-${name}`),
  };
  for (const check of [absent, saves, deletes, locks, values, manyKeys, timesToLive, lockTimes, raceOfSaves, raceOfLocks, raceOfDeletes]) {
    await check(checked);
  }
  if (module !== undefined) await raceOfProcesses(checked, module);
}

function must(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new StoreCheckError(promise);
}

const version = (() => {
  let count = 0;
  // As long as the library's own.
  return (): string => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`;
})();
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

async function is(outcome: boolean | Promise<boolean>, expected: boolean, promise: string): Promise<void> {
  const given: unknown = await outcome;
  must(typeof given === 'boolean', `save, delete, lock and unlock give true or false; here one gave ${typeof given}`);
  must(given === expected, promise);
}

async function has({ store }: Checked, key: Uint8Array, there: StoredSession | null, promise: string): Promise<void> {
  const found: StoredSession | null | undefined = await store.load(key);
  must(found !== undefined, 'load gives null where nothing is there: undefined is a fault');
  must((found === null) === (there === null), promise);
  if (found === null || there === null) return;
  must(typeof found.version === 'string' && found.value instanceof Uint8Array, 'load gives a version as text and a value as a Uint8Array');
  must(found.version === there.version && Buffer.compare(found.value, there.value) === 0, promise);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function absent(checked: Checked): Promise<void> {
  const { store, key } = checked;
  const one = key();
  await has(checked, one, null, 'load gives nothing where nothing was saved');
  await is(store.save(one, version(), version(), bytes('x'), LONG_MS), false, 'save with a version does nothing where nothing is there');
  await is(store.delete(one, version()), false, 'delete gives false where nothing is there');
  await is(store.unlock(one, version()), false, 'unlock gives false where the lock is free');
  await has(checked, one, null, 'an operation that gave false has done nothing');
}

async function saves(checked: Checked): Promise<void> {
  const { store, key } = checked;
  const one = key();
  const [first, second, third] = [version(), version(), version()];
  await is(
    store.save(one, undefined, first, bytes('first'), LONG_MS),
    true,
    'save without a version puts the value where nothing is there',
  );
  await has(checked, one, { version: first, value: bytes('first') }, 'load gives what was saved');
  await is(
    store.save(one, undefined, second, bytes('other'), LONG_MS),
    false,
    'save without a version does nothing where something is there',
  );
  await is(store.save(one, second, third, bytes('other'), LONG_MS), false, 'save does nothing where another version is there');
  await has(checked, one, { version: first, value: bytes('first') }, 'a save that gave false has changed nothing');
  await is(store.save(one, first, second, bytes('second'), LONG_MS), true, 'save puts the value where its version is there');
  await has(checked, one, { version: second, value: bytes('second') }, 'load gives what was saved last');
  await is(store.save(one, first, third, bytes('third'), LONG_MS), false, 'save does nothing where its version was there before');
  await store.delete(one, second);
}

async function deletes(checked: Checked): Promise<void> {
  const { store, key } = checked;
  const one = key();
  const [first, second] = [version(), version()];
  await store.save(one, undefined, first, bytes('x'), LONG_MS);
  await is(store.delete(one, second), false, 'delete does nothing where another version is there');
  await has(checked, one, { version: first, value: bytes('x') }, 'a delete that gave false has changed nothing');
  await is(store.delete(one, first), true, 'delete removes what is there, by its version');
  await has(checked, one, null, 'load gives nothing after a delete');
  await is(store.delete(one, first), false, 'a second delete gives false');
  await is(store.save(one, undefined, second, bytes('y'), LONG_MS), true, 'save without a version works after a delete');
  await store.delete(one, second);
}

async function locks(checked: Checked): Promise<void> {
  const { store, key } = checked;
  const [one, two] = [key(), key()];
  const [owner, other] = [version(), version()];
  await is(store.lock(one, owner, LONG_MS), true, 'lock locks what is free');
  await is(store.lock(one, other, LONG_MS), false, 'lock gives false where another owner holds it');
  await is(store.lock(one, owner, LONG_MS), true, 'an owner may take its lock again');
  await is(store.lock(two, other, LONG_MS), true, 'each key has a lock of its own');
  await is(store.unlock(one, other), false, 'unlock does not free what another owner holds');
  await is(store.lock(one, other, LONG_MS), false, 'an unlock that gave false has freed nothing');
  const kept = version();
  await is(
    store.save(one, undefined, kept, bytes('x'), LONG_MS),
    true,
    'a lock and a session do not meet: save works under a key that is locked',
  );
  await has(checked, one, { version: kept, value: bytes('x') }, 'load gives what was saved under a key that is locked');
  await is(store.unlock(one, owner), true, 'unlock frees what its owner holds');
  await has(checked, one, { version: kept, value: bytes('x') }, 'unlock removes no session');
  await is(store.lock(one, other, LONG_MS), true, 'a lock that was freed can be taken');
  await store.delete(one, kept);
  await is(store.unlock(one, other), true, 'delete frees no lock');
  await store.unlock(two, other);
}

async function values(checked: Checked): Promise<void> {
  const { store, key } = checked;
  const every = Uint8Array.from({ length: 512 }, (_, i) => i);
  const large = Uint8Array.from({ length: 64 * 1024 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  for (const value of [every, large, new Uint8Array([0]), new Uint8Array([0xff, 0xfe, 0]), bytes(' text '), bytes('0')]) {
    const one = key();
    const now = version();
    const given = value.slice();
    await is(store.save(one, undefined, now, given, LONG_MS), true, 'save takes any bytes, up to 64 KiB');
    given.fill(1);
    await has(checked, one, { version: now, value }, 'a value comes back byte for byte, whatever becomes of the array that was given');
    (await store.load(one))?.value.fill(2);
    await has(checked, one, { version: now, value }, 'a value stays as it is, whatever becomes of the array that load gave');
    await store.delete(one, now);
  }
}

async function manyKeys(checked: Checked): Promise<void> {
  const { store, key } = checked;
  const base = key('Key');
  const ends = ['', ' ', '\0', '\0\0', '\n', '*', '%', '{x}', 'é', 'e\u0301', ':', 'a'.repeat(200)].map((end) => Buffer.from(end));
  ends.push(Buffer.from([0xff]), Buffer.from([0xff, 0xfe]), Buffer.from([0xe9]), Buffer.alloc(512 - base.length, 0xc3));
  const keys = [...ends.map((end) => Buffer.concat([base, end])), Buffer.from(base.toString().toLowerCase())];
  const there = keys.map((one, i) => ({ one, version: version(), value: bytes(`value ${i}`) }));
  for (const { one, version: now, value } of there) {
    await is(store.save(one, undefined, now, value, LONG_MS), true, 'each key, byte for byte, has a session of its own');
  }
  for (const { one, version: now, value } of there) {
    await has(checked, one, { version: now, value }, 'a key may be any bytes, up to 512, and is compared byte for byte');
    await is(store.delete(one, now), true, 'delete removes the session of its key');
  }
}

async function timesToLive(checked: Checked): Promise<void> {
  const { store, ttlMs, key } = checked;
  const [one, two, three] = [key(), key(), key()];
  const [first, second, third] = [version(), version(), version()];
  await store.save(one, undefined, first, bytes('x'), ttlMs);
  await store.save(two, undefined, second, bytes('y'), ttlMs);
  await is(store.save(two, second, third, bytes('y'), LONG_MS), true, 'save puts the value where its version is there');
  await store.save(three, undefined, first, bytes('z'), LONG_MS);
  await is(store.save(three, first, second, bytes('z'), ttlMs), true, 'save puts the value where its version is there');
  await pause(ttlMs * 1.5 + 20);
  await has(checked, one, null, 'load gives nothing when the time to live is over');
  await is(store.save(one, first, third, bytes('x'), LONG_MS), false, 'what is over has no version');
  await is(store.delete(one, first), false, 'what is over cannot be deleted');
  await has(checked, two, { version: third, value: bytes('y') }, "a save's time to live replaces the one before: a longer one");
  await has(checked, three, null, "a save's time to live replaces the one before: a shorter one");
  await is(store.save(one, undefined, third, bytes('again'), LONG_MS), true, 'what is over counts as nothing there');
  await has(checked, one, { version: third, value: bytes('again') }, 'load gives what was saved in place of what was over');
  await store.delete(one, third);
  await store.delete(two, third);
}

async function lockTimes(checked: Checked): Promise<void> {
  const { store, ttlMs, key } = checked;
  const [one, two] = [key(), key()];
  const [owner, other] = [version(), version()];
  await store.lock(one, owner, ttlMs);
  await store.lock(two, owner, ttlMs);
  await is(store.lock(two, owner, LONG_MS), true, 'an owner may take its lock again');
  await pause(ttlMs * 1.5 + 20);
  await is(store.unlock(one, owner), false, 'a lock whose time is over has no owner');
  await is(store.lock(one, other, LONG_MS), true, 'a lock whose time is over can be taken');
  await is(store.lock(two, other, LONG_MS), false, 'a lock that its owner took again lasts for its new time');
  await store.unlock(one, other);
  await store.unlock(two, owner);
}

/** Of several that try the same at once, how many did. */
async function winners({ others }: Checked, attempt: (store: SessionStore) => boolean | Promise<boolean>): Promise<number> {
  const outcomes = await Promise.all(others.map(async (store) => attempt(store)));
  return outcomes.filter((did) => did === true).length;
}

const ROUNDS = 20;

async function raceOfSaves(checked: Checked): Promise<void> {
  const { store, others, key } = checked;
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = key();
    must(
      (await winners(checked, (racer) => racer.save(one, undefined, version(), bytes('x'), LONG_MS))) === 1,
      'of several saves without a version at once, exactly one puts its value',
    );
    const now = ((await store.load(one)) as StoredSession).version;
    must(
      (await winners(checked, (racer) => racer.save(one, now, version(), bytes('y'), LONG_MS))) === 1,
      'of several saves in place of one version at once, exactly one puts its value',
    );
    await store.delete(one, ((await store.load(one)) as StoredSession).version);
  }
  const one = key();
  await store.save(one, undefined, version(), bytes('0'), LONG_MS);
  const sums = await Promise.all(others.map((racer) => increment(racer, one, ROUNDS, version)));
  await counted(checked, one, sums);
}

async function counted({ store }: Checked, key: Uint8Array, sums: readonly number[]): Promise<void> {
  const last = (await store.load(key)) as StoredSession;
  const sum = sums.reduce((total, did) => total + did, 0);
  must(
    Buffer.from(last.value).toString() === String(sum),
    `a save that gave true is there until the next one: ${sum} saves have counted to ${Buffer.from(last.value).toString()}`,
  );
  await store.delete(key, last.version);
}

async function raceOfLocks(checked: Checked): Promise<void> {
  const { store, key } = checked;
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = key();
    let holder = '';
    const count = await winners(checked, async (racer) => {
      const owner = version();
      const did = await racer.lock(one, owner, LONG_MS);
      if (did) holder = owner;
      return did;
    });
    must(count === 1, 'of several that lock at once, exactly one holds the lock');
    await store.unlock(one, holder);
  }
}

async function raceOfDeletes(checked: Checked): Promise<void> {
  const { store, key } = checked;
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = key();
    const now = version();
    await store.save(one, undefined, now, bytes('x'), LONG_MS);
    must(
      (await winners(checked, (racer) => racer.delete(one, now))) === 1,
      'of several deletes of one version at once, exactly one removes it',
    );
  }
}

async function raceOfProcesses(checked: Checked, module: string): Promise<void> {
  const key = checked.key();
  await checked.store.save(key, undefined, version(), bytes('0'), LONG_MS);
  const round: Round = { module: path.resolve(module), key: key.toString('base64'), times: ROUNDS * 5 };
  await counted(checked, key, await Promise.all(Array.from({ length: 4 }, () => inProcess(round))));
}

function inProcess(round: Round): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'race.js'), [JSON.stringify(round)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    let did: number | undefined;
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('message', (message) => (did = Number(message)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (did !== undefined) resolve(did);
      else reject(new Error(`a process that raced ended with ${String(code)}: ${said.slice(-2000)}`));
    });
  });
}
