#!/usr/bin/env node
// One of several processes that share sessions in a store, in Node. The first line of standard input says what to do, as the driver
// of this folder writes it; one JSON object a line goes to standard output.
import Module, { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const binding = createRequire(new URL('../../bindings/node/package.json', import.meta.url));
const { Client } = binding('headlessid');
const { MemoryStore, RedisStore, SqliteStore } = binding('headlessid/stores');

// Where the tests of the package keep it, for a Node without node:sqlite.
process.env.NODE_PATH = fileURLToPath(new URL('../../bindings/node/test/better-sqlite3/node_modules', import.meta.url));
Module._initPaths();

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// The same numbers for the same seed: mulberry32.
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function openStore(address) {
  if (address.startsWith('redis:')) {
    const Redis = binding('ioredis');
    const redis = new Redis(address, { maxRetriesPerRequest: 2 });
    // Each failure is a fault of an operation, and is told there.
    redis.on('error', () => {});
    return { store: new RedisStore(redis), close: () => redis.disconnect() };
  }
  if (address.startsWith('sqlite:')) {
    const store = new SqliteStore(address.slice('sqlite:'.length));
    return { store, close: () => store.close() };
  }
  return { store: new MemoryStore(), close: () => {} };
}

async function main() {
  let line;
  for await (line of createInterface({ input: process.stdin })) break;
  // Nothing else is read, and an open pipe would keep this process.
  process.stdin.destroy();
  const given = JSON.parse(line);
  const { site, keys, calls, threads = 1, min_ttl_ms: minTtl = 0, pause_ms: [least, most] = [0, 0], seed = 1, use = false } = given;
  const counts = { calls: 0, refreshed: 0, failed: 0 };
  // By the catalogue's names, whose values are text.
  const settings = Object.fromEntries(Object.entries(given.settings ?? {}).map(([name, value]) => [name, String(value)]));
  const client = new Client(
    { site, clientId: given.client_id, redirectUri: given.redirect_uri, ...settings },
    {
      onEvent: (event) => {
        if (event.event === 'flow' && event.refreshedBy === 'this') counts.refreshed += 1;
      },
    },
  );
  const { store, close } = await openStore(given.store);
  const sessions = client.sessions(store);
  await client.ready();
  say({ ready: true });

  const random = numbers(seed);
  const between = (from, to) => from + random() * (to - from);
  const one = async () => {
    const key = keys[Math.floor(random() * keys.length)];
    try {
      const session = sessions.get(key);
      const token = await session.accessToken({ minTtl });
      if (!use) return;
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await fetch(`${site}/services/oauth2/userinfo`, { headers });
      if (status === 401) await session.rejected(token);
    } catch (error) {
      counts.failed += 1;
      say({ failure: error.reason ?? error.name, advice: error.advice ?? 'NONE', key, at_ms: Date.now() });
    }
  };
  let left = calls;
  await Promise.all(
    Array.from({ length: threads }, async () => {
      while (left > 0) {
        left -= 1;
        await one();
        counts.calls += 1;
        const pause = between(least, most);
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }),
  );
  await client.close();
  await close();
  say(counts);
}

await main();
