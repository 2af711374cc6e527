// The check of stores finds each store that breaks one of its promises.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkStore, StoreCheckError } from 'headlessid/testing';
import { MemoryStore } from 'headlessid/stores';

const tick = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));

// A good store, each of whose operations may be changed.
function storeWith(change) {
  const store = new MemoryStore();
  const good = Object.fromEntries(['load', 'save', 'delete', 'lock', 'unlock'].map((name) => [name, store[name].bind(store)]));
  return { ...good, ...change(good) };
}

const broken = {
  'saves whatever version is there': [
    (good) => ({
      save: async (key, _, version, value, ttl) => {
        const there = await good.load(key);
        return good.save(key, there?.version, version, value, ttl);
      },
    }),
    /save/,
  ],
  'looks and then acts': [
    (good) => ({
      save: async (key, expected, version, value, ttl) => {
        if ((await good.load(key))?.version !== expected) return false;
        await tick();
        const there = good.load(key);
        return good.save(key, there?.version, version, value, ttl);
      },
    }),
    /at once/,
  ],
  'locks in two steps': [
    (good) => {
      const held = new Map();
      return {
        lock: async (key, owner, ttl) => {
          const name = key.toString();
          if (held.has(name) && held.get(name).ends > Date.now() && held.get(name).owner !== owner) return false;
          await tick();
          held.set(name, { owner, ends: Date.now() + ttl });
          return true;
        },
        unlock: (key, owner) => {
          const one = held.get(key.toString());
          return one?.owner === owner && one.ends > Date.now() && held.delete(key.toString());
        },
        load: good.load,
      };
    },
    /exactly one holds the lock/,
  ],
  'deletes whatever version is there': [(good) => ({ delete: async (key) => good.delete(key, (await good.load(key))?.version) }), /delete/],
  'says that it deleted, always': [
    (good) => ({
      delete: (key, version) => {
        good.delete(key, version);
        return true;
      },
    }),
    /delete/,
  ],
  'deletes in two steps': [
    (good) => ({
      delete: async (key, version) => {
        if (good.load(key)?.version !== version) return false;
        await tick();
        good.delete(key, version);
        return true;
      },
    }),
    /several deletes/,
  ],
  'lets anybody unlock': [
    (good) => {
      const owners = new Map();
      return {
        lock: (key, owner, ttl) => {
          const did = good.lock(key, owner, ttl);
          if (did) owners.set(key.toString(), owner);
          return did;
        },
        unlock: (key) => good.unlock(key, owners.get(key.toString()) ?? ''),
      };
    },
    /unlock/,
  ],
  'refuses its lock to the owner': [(good) => ({ lock: (key, owner, ttl) => good.lock(key, `${owner}${Math.random()}`, ttl) }), /lock/],
  'has one lock for all': [
    (good) => ({
      lock: (_, owner, ttl) => good.lock(Buffer.from('one'), owner, ttl),
      unlock: (_, owner) => good.unlock(Buffer.from('one'), owner),
    }),
    /lock of its own/,
  ],
  'keeps sessions for ever': [
    (good) => ({ save: (key, expected, version, value) => good.save(key, expected, version, value, 1e9) }),
    /time to live/,
  ],
  'keeps the first time to live': [
    (good) => {
      const first = new Map();
      return {
        save: (key, expected, version, value, ttl) => {
          const name = key.toString();
          if (!first.has(name)) first.set(name, Date.now() + ttl);
          return good.save(key, expected, version, value, Math.max(1, first.get(name) - Date.now()));
        },
      };
    },
    /replaces the one before/,
  ],
  'holds locks for ever': [(good) => ({ lock: (key, owner) => good.lock(key, owner, 1e9) }), /lock whose time is over/],
  'keeps values as text': [
    (good) => ({
      save: (key, expected, version, value, ttl) => good.save(key, expected, version, Buffer.from(Buffer.from(value).toString()), ttl),
    }),
    /byte for byte/,
  ],
  'cuts values at NUL': [
    (good) => ({
      save: (key, expected, version, value, ttl) =>
        good.save(key, expected, version, value.includes(0) ? value.slice(0, value.indexOf(0)) : value, ttl),
    }),
    /byte for byte/,
  ],
  'cuts values at 32 KiB': [
    (good) => ({ save: (key, expected, version, value, ttl) => good.save(key, expected, version, value.slice(0, 32768), ttl) }),
    /byte for byte/,
  ],
  'keeps the array that it was given': [
    () => {
      const held = new Map();
      const at = (key) => {
        const one = held.get(Buffer.from(key).toString('latin1'));
        return one && one.ends > Date.now() ? one : undefined;
      };
      return {
        load: (key) => at(key) ?? null,
        save: (key, expected, version, value, ttl) => {
          if (at(key)?.version !== expected) return false;
          held.set(Buffer.from(key).toString('latin1'), { version, value, ends: Date.now() + ttl });
          return true;
        },
        delete: (key, version) => at(key)?.version === version && held.delete(Buffer.from(key).toString('latin1')),
      };
    },
    /whatever becomes of the array/,
  ],
  'keeps keys as text': [(good) => onKeys(good, (key) => Buffer.from(Buffer.from(key).toString())), /key/],
  'keeps keys without case': [
    (good) => onKeys(good, (key) => Buffer.from(Buffer.from(key).toString('latin1').toLowerCase(), 'latin1')),
    /key/,
  ],
  'trims keys': [(good) => onKeys(good, (key) => Buffer.from(Buffer.from(key).toString('latin1').trimEnd(), 'latin1')), /key/],
  'keeps locks among sessions': [
    (good) => ({
      lock: (key, owner, ttl) => {
        const there = good.load(key);
        if (there?.version === owner) return true;
        return there === null && good.save(key, undefined, owner, new Uint8Array(1), ttl);
      },
      unlock: (key, owner) => good.delete(key, owner),
    }),
    /lock/,
  ],
  'says nothing of what it did': [(good) => ({ save: (...given) => void good.save(...given) }), /true or false/],
  'gives undefined for none': [(good) => ({ load: (key) => good.load(key) ?? undefined }), /null where nothing is there/],
  'gives an empty session for none': [(good) => ({ load: (key) => good.load(key) ?? { version: '', value: new Uint8Array() } }), /nothing/],
  'reads from a copy that lags': [
    (good) => {
      const before = new Map();
      return {
        save: (key, ...rest) => {
          before.set(key.toString(), good.load(key));
          return good.save(key, ...rest);
        },
        load: (key) => (before.has(key.toString()) ? before.get(key.toString()) : good.load(key)),
      };
    },
    /load gives what was saved/,
  ],
};

function onKeys(good, change) {
  return Object.fromEntries(Object.entries(good).map(([name, operation]) => [name, (key, ...rest) => operation(change(key), ...rest)]));
}

for (const [what, [change, message]] of Object.entries(broken)) {
  test(`a store that ${what} is found out`, async () => {
    const store = storeWith(change);
    await assert.rejects(
      checkStore(() => store, { ttlMs: 40, racers: 4 }),
      (error) => {
        assert.ok(error instanceof StoreCheckError, `${error.stack}`);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('a good store passes, whether it is asynchronous or not', async () => {
  const store = storeWith(() => ({}));
  await checkStore(() => store, { ttlMs: 40, racers: 4 });
  const slow = Object.fromEntries(
    Object.entries(storeWith(() => ({}))).map(([name, operation]) => [name, async (...given) => (await tick(), operation(...given))]),
  );
  await checkStore(async () => slow, { ttlMs: 100, racers: 4 });
});
